import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import fc from "fast-check";
import { RackhandError } from "#base/errors.ts";
import { Secret } from "#base/secret.ts";
import { milliseconds } from "#base/units.ts";
import { RedfishClient } from "#protocols/redfish/client.ts";
import { link } from "#protocols/redfish/resource.ts";
import { walk } from "#protocols/redfish/walk.ts";
import { serve, type Handler } from "../support/https-server.ts";
import { describeShared } from "../support/shared.ts";

/** A recorded tree as it lies there: no sessions, no behaviour. */
function recorded(dir: string): Handler {
  return ({ method, path }) => {
    if (method !== "GET") return { status: 405 };
    const file = join(dir, new URL(path, "http://bmc").pathname, "index.json");
    return existsSync(file)
      ? { body: readFileSync(file, "utf8"), headers: { "Content-Type": "application/json" } }
      : { status: 404 };
  };
}

const login = { username: "admin", password: new Secret("s3cret-pw"), scheme: "http" } as const;

describeShared("redfish", "recorded trees", (dir) => {
  const trees = readdirSync(dir, { withFileTypes: true }).filter((one) => one.isDirectory() && one.name !== "misc");

  test.each(trees.map(({ name }) => name))("%s is read whole by following links, each resource once", async (name) => {
    await using server = await serve(recorded(join(dir, name)));
    await using client = await RedfishClient.open({ host: server.host, port: server.port, ...login });
    const root = await client.root();
    const skipped: string[] = [];
    let count = 0;
    for await (const _ of walk(client, root, { onSkip: (path) => skipped.push(path), most: 20_000 })) count += 1;
    expect(count).toBeGreaterThan(10);
    expect(skipped).toEqual([]);
    const paths = server.seen.filter(({ method }) => method === "GET").map(({ path }) => path.replace(/\/+$/, ""));
    expect(paths.filter((path, i) => paths.indexOf(path) !== i && !/^\/redfish\/v1(\/[A-Za-z]+)?$/.test(path))).toEqual(
      [],
    );
    const systems = link(root, "Systems");
    if (systems === undefined) return;
    let members = 0;
    for await (const _ of client.collection(systems, { expand: ["Id", "PowerState"] })) members += 1;
    expect(members).toBeGreaterThan(0);
  });
});

test("any bytes in place of an answer end in an error with a code, and the client stays usable", async () => {
  let noise: Uint8Array | undefined;
  await using server = await serve(() =>
    noise === undefined
      ? { body: { "@odata.id": "/redfish/v1/", Systems: { "@odata.id": "/redfish/v1/Systems" } } }
      : (_response, socket) => void socket.end(Buffer.from(noise ?? [])),
  );
  await using client = await RedfishClient.open({
    host: server.host,
    port: server.port,
    ...login,
    authentication: "basic",
  });
  const head = fc.constantFrom(
    "",
    "HTTP/1.1 200 OK\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
  );
  const limits = { answer: milliseconds(2000), busy: milliseconds(0) };
  await fc.assert(
    fc.asyncProperty(head, fc.uint8Array({ maxLength: 200 }), async (start, bytes) => {
      noise = Buffer.concat([Buffer.from(start), bytes]);
      const error: unknown = await client.get("/redfish/v1/x", { limits }).catch((error: unknown) => error);
      expect(error).toBeInstanceOf(RackhandError);
      noise = undefined;
      expect((await client.get("/redfish/v1/")).path).toBe("/redfish/v1/");
    }),
    { numRuns: 60 },
  );
});
