import { execFile, execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer as createHttp, type RequestListener } from "node:http";
import { createServer as createHttps } from "node:https";
import { createServer as createTcp, type Server } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { milliseconds, seconds } from "#base/units.ts";
import { look } from "#probes/look.ts";
import type { Probe } from "#probes/probe.ts";
import { freeTcpPort } from "../support/ipmi-sim.ts";
import { describeNeeding, needs } from "../support/needs.ts";

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, "../..");
const servers: Server[] = [];
afterAll(() => servers.forEach((server) => server.close()));

async function listening(server: Server, address = "127.0.0.1"): Promise<number> {
  servers.push(server);
  server.listen(0, address);
  await once(server, "listening");
  const bound = server.address();
  return typeof bound === "object" && bound ? bound.port : 0;
}

const timeout = seconds(5);
const tcp = (host: string, port: number): Probe => ({ kind: "tcp", host, port });

describe("a look by tcp", () => {
  test("is ready when the port accepts", async () => {
    const port = await listening(createTcp((socket) => socket.destroy()));
    const seen = await look(tcp("127.0.0.1", port), { timeout });
    expect(seen).toMatchObject({ outcome: "ready", detail: `127.0.0.1:${port} accepts connections` });
  });

  test("tries every address of a name: one that accepts is enough", async () => {
    const port = await listening(createTcp((socket) => socket.destroy()));
    expect(await look(tcp("localhost", port), { timeout })).toMatchObject({ outcome: "ready" });
  });

  test("is not ready when the port is closed", async () => {
    const port = await freeTcpPort("127.0.0.1");
    expect(await look(tcp("127.0.0.1", port), { timeout })).toMatchObject({
      outcome: "not-ready",
      detail: `127.0.0.1:${port} refused the connection`,
    });
  });

  test("could not be made when the name does not resolve", async () => {
    expect(await look(tcp("nas.invalid", 22), { timeout })).toMatchObject({
      outcome: "not-made",
      detail: expect.stringContaining("the name nas.invalid cannot be resolved"),
    });
  });

  test("ends with the signal's reason when the caller gives up", async () => {
    const signal = AbortSignal.abort(new Error("stopped"));
    await expect(look(tcp("127.0.0.1", 1), { timeout, signal })).rejects.toThrow("stopped");
  });
});

describe("a look by http", () => {
  const http = (url: string, more: object = {}): Probe => ({ kind: "http", url, ...more });
  const answer: RequestListener = (request, response) => {
    const codes: Record<string, number> = { "/moved": 302, "/broken": 503, "/gone": 404 };
    response
      .writeHead(codes[request.url ?? ""] ?? 200, { location: "/elsewhere" })
      .end(`all systems go ${request.url}`);
  };
  let base = "";
  beforeAll(async () => {
    base = `http://127.0.0.1:${await listening(createHttp(answer))}`;
  });

  test.each([
    ["/", {}, "ready"],
    ["/moved", {}, "ready"],
    ["/broken", {}, "not-ready"],
    ["/gone", { status: [404] }, "ready"],
    ["/", { status: [204] }, "not-ready"],
    ["/", { match: "systems go" }, "ready"],
    ["/", { match: "all is lost" }, "not-ready"],
  ])("%s %j is %s", async (where, more, outcome) => {
    expect(await look(http(base + where, more), { timeout })).toMatchObject({ outcome });
  });

  test("shows neither password nor query", async () => {
    const { detail } = await look(http(base.replace("//", "//user:canary1@") + "/?token=canary2"), { timeout });
    expect(detail).not.toContain("canary");
  });

  test("a server that accepts and never answers is not ready; one that speaks no HTTP neither", async () => {
    const mute = await listening(createTcp((socket) => socket.on("error", () => {})));
    const other = await listening(createTcp((socket) => socket.on("error", () => {}).end("hello\r\n\r\n")));
    expect(await look(http(`http://127.0.0.1:${mute}/`), { timeout: milliseconds(300) })).toMatchObject({
      outcome: "not-ready",
    });
    expect(await look(http(`http://127.0.0.1:${other}/`), { timeout })).toMatchObject({ outcome: "not-ready" });
  });

  test("an endless page ends", async () => {
    const port = await listening(
      createHttp((_, response) => {
        response.on("error", () => {});
        const more = () => {
          while (!response.destroyed && response.write("x".repeat(65_536)));
          if (!response.destroyed) response.once("drain", more);
        };
        more();
      }),
    );
    expect(await look(http(`http://127.0.0.1:${port}/`, { match: "y" }), { timeout })).toMatchObject({
      outcome: "not-ready",
    });
  });

  test("a certificate that is not trusted says nothing about the machine, unless it shall not matter", async () => {
    needs("openssl");
    const dir = mkdtempSync(path.join(tmpdir(), "rackhand-tls-"));
    execFileSync(
      "openssl",
      [
        "req",
        "-x509",
        "-newkey",
        "ed25519",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=nas",
        "-keyout",
        `${dir}/key`,
        "-out",
        `${dir}/cert`,
      ],
      { stdio: "ignore" },
    );
    const server = createHttps({ key: readFileSync(`${dir}/key`), cert: readFileSync(`${dir}/cert`) }, answer);
    rmSync(dir, { recursive: true });
    const url = `https://127.0.0.1:${await listening(server)}/`;
    expect(await look(http(url), { timeout })).toMatchObject({
      outcome: "not-made",
      detail: expect.stringContaining("insecure: true"),
    });
    expect(await look(http(url, { insecure: true }), { timeout })).toMatchObject({ outcome: "ready" });
  });
});

describeNeeding("ping")("a look by icmp", () => {
  test("is ready when an echo comes back", async () => {
    expect(await look({ kind: "icmp", host: "127.0.0.1" }, { timeout })).toMatchObject({ outcome: "ready" });
  });

  test("could not be made when the name does not resolve, whatever the name looks like", async () => {
    expect(await look({ kind: "icmp", host: "nas.invalid" }, { timeout })).toMatchObject({ outcome: "not-made" });
    expect(await look({ kind: "icmp", host: "-c9.invalid" }, { timeout })).toMatchObject({ outcome: "not-made" });
  });

  test("could not be made without the ping program, and says what to install", async () => {
    const { detail, outcome } = await lookElsewhere([], { kind: "icmp", host: "127.0.0.1" }, { PATH: "/nonexistent" });
    expect([outcome, detail]).toEqual(["not-made", expect.stringContaining("iputils-ping")]);
  });
});

/** Looks from a process of its own, so that its network can be broken. */
async function lookElsewhere(before: readonly string[], probe: Probe, env: NodeJS.ProcessEnv = process.env) {
  const script = `
    import { look } from "${root}/src/probes/look.ts";
    console.log(JSON.stringify(await look(${JSON.stringify(probe)}, { timeout: 1500 })));
  `;
  const [program, ...args] = [...before, process.execPath, "--input-type=module", "-e", script];
  const { stdout } = await run(program, args, { env });
  return JSON.parse(stdout) as { outcome: string; detail: string };
}

describeNeeding("unshare", "ip")("a network of our own that is broken", () => {
  const inside = (setup: string) => [
    "unshare",
    "--user",
    "--map-root-user",
    "--net",
    "sh",
    "-c",
    `${setup}; exec "$@"`,
    "sh",
  ];
  const far: Probe = { kind: "tcp", host: "192.0.2.9", port: 22 };

  test("no route: the look could not be made", async () => {
    expect(await lookElsewhere(inside("ip link set lo up"), far)).toMatchObject({
      outcome: "not-made",
      detail: expect.stringContaining("ENETUNREACH"),
    });
  });

  test("our own link without a carrier: the look could not be made, and says which link", async () => {
    const setup = "ip link add near type veth peer name far; ip addr add 192.0.2.1/24 dev near; ip link set near up";
    expect(await lookElsewhere(inside(setup), far)).toMatchObject({
      outcome: "not-made",
      detail: expect.stringContaining("link of this host's own near is down"),
    });
    expect(await lookElsewhere(inside(setup), { kind: "icmp", host: "192.0.2.9" })).toMatchObject({
      outcome: "not-made",
    });
  });

  test("a link that is up and silence on it: not ready", async () => {
    const setup =
      "ip link add near type veth peer name far; ip addr add 192.0.2.1/24 dev near; ip link set near up; ip link set far up";
    expect(await lookElsewhere(inside(setup), far)).toMatchObject({ outcome: "not-ready" });
  });

  test("the same holds for IPv6", async () => {
    const setup =
      "ip link add near type veth peer name far; ip -6 addr add 2001:db8::1/64 dev near nodad; ip link set near up";
    const probe: Probe = { kind: "tcp", host: "2001:db8::9", port: 22 };
    expect(await lookElsewhere(inside(setup), probe)).toMatchObject({ outcome: "not-made" });
    expect(await lookElsewhere(inside(`${setup}; ip link set far up`), probe)).toMatchObject({ outcome: "not-ready" });
  });
});
