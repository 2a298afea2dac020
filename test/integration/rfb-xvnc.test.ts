import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { createSecureContext, TLSSocket } from "node:tls";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Secret } from "#base/secret.ts";
import { milliseconds, seconds } from "#base/units.ts";
import { decodePicture } from "#console/picture.ts";
import { RfbClient } from "#protocols/rfb/client.ts";
import type { Frame } from "#protocols/rfb/frame.ts";
import { parseKeys, plainKeys } from "#protocols/rfb/keys.ts";
import { describeNeeding } from "../support/needs.ts";
import { runProgram } from "../support/program.ts";
import {
  background,
  certificateIn,
  difference,
  listening,
  passwordFile,
  startXvnc,
  until,
  writeXwd,
  type XServer,
} from "../support/vnc.ts";

const encodings = ["raw", "rre", "hextile", "zrle", "tight"] as const;

/** A bit of everything that encoders know: one colour, two, some, many, a smooth part and noise. */
function motley(width: number, height: number): Frame {
  const data = new Uint8Array(width * height * 4).fill(255);
  let noise = 1;
  for (let at = 0; at < width * height; at++) {
    const [x, y] = [at % width, Math.floor(at / width)];
    noise = (Math.imul(noise, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    const few = [0x00, 0x55, 0xaa, 0xff, 0x80, 0x2a, 0xc0];
    const parts =
      x < 80 ? [0, 0, 170]
      : x < 160 ? ((x ^ y) & 3 ? [0, 0, 0] : [170, 170, 170])
      : x < 240 ? [few[(x >> 2) % 7] ?? 0, few[(y >> 1) % 7] ?? 0, few[(x + y) % 3] ?? 0]
      : x < 320 ? [x - 160, y & 255, (x + y) >> 2]
      : [noise & 255, (noise >> 8) & 255, (noise >> 16) & 255]; // prettier-ignore
    data.set(parts, at * 4);
  }
  return { width, height, data };
}

/**
 * TLS in front of a server that has none. `outer`: from the first byte, as stunnel and iDRAC do it; `anonymous`: security type 18, whose inside is the
 * server's own list of log-ins without VeNCrypt.
 */
async function startTunnel(kind: "outer" | "anonymous", folder: string, to: { host: string; port: number }) {
  const host = "127.66.5.3";
  const secureContext = createSecureContext(
    kind === "outer"
      ? { key: readFileSync(join(folder, "server-key.pem")), cert: readFileSync(join(folder, "server-cert.pem")) }
      : { ciphers: "aNULL:@SECLEVEL=0", maxVersion: "TLSv1.2", dhparam: "auto" },
  );
  const exactly = async (stream: Duplex, count: number) => {
    let bytes: Buffer | null;
    while ((bytes = stream.read(count)) === null) await once(stream, "readable");
    return bytes;
  };
  const open: Duplex[] = [];
  const serve = async (plain: Socket, inner: Socket) => {
    if (kind === "anonymous") {
      // The version of the real server; then type 18 alone; then TLS, in which the real server's list follows.
      plain.write(await exactly(inner, 12));
      inner.write(await exactly(plain, 12));
      plain.write(Buffer.of(1, 18));
      await exactly(plain, 1);
    }
    const secured = new TLSSocket(plain, { isServer: true, secureContext }).on("error", () => {});
    secured.pipe(inner).pipe(secured);
  };
  const server = createServer((plain) => {
    const inner = connect(to);
    for (const stream of [plain, inner]) open.push(stream.on("error", () => {}));
    serve(plain, inner).catch(() => plain.destroy());
  });
  await new Promise<void>((resolve) => void server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  const close = () => {
    for (const stream of open) stream.destroy();
    return new Promise<void>((resolve) => void server.close(() => resolve()));
  };
  return { host, port, [Symbol.asyncDispose]: close };
}

/** By how much a part of a colour is off. */
function meanError(a: Frame, b: Frame): number {
  return a.data.reduce((sum, part, at) => sum + Math.abs(part - (b.data[at] ?? 0)), 0) / a.data.length;
}

/** TigerVNC draws the pointer for everybody but the one who moved it last. */
async function ownPointer(client: RfbClient): Promise<void> {
  await client.pointer(50, 50);
  await rest(client);
}

/** Waits until nothing changes any more. */
async function rest(client: RfbClient): Promise<void> {
  const quiet = async () =>
    (await client.update({ within: milliseconds(250) })).damage.length === 0 ? true : undefined;
  await until(quiet, "rest");
}

describeNeeding(
  "Xvnc",
  "xwd",
  "xwud",
  "xterm",
  "x11vnc",
  "openssl",
)("other VNC servers", () => {
  const at = { host: "127.66.5.1", port: 5901 };
  const password = new Secret("pass-w0r");
  let server: XServer;
  beforeAll(async () => {
    server = await startXvnc(at.host, at.port, async (folder) => {
      const { key, cert } = await certificateIn(folder);
      const security = ["-SecurityTypes", "None,VncAuth,TLSNone,TLSVnc,X509None,X509Vnc"];
      return [
        ...security,
        "-PasswordFile",
        passwordFile(folder, password.reveal()),
        "-X509Key",
        key,
        "-X509Cert",
        cert,
      ];
    });
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  test("TigerVNC: a motley picture arrives exactly in every encoding and pixel format", async () => {
    const file = join(server.folder, "motley.xwd");
    writeXwd(file, motley(400, 300));
    await using _picture = background("xwud", ["-display", server.display, "-geometry", "400x300+0+0", "-in", file]);
    const truth = await until(async () => {
      const seen = await server.screen();
      return difference(seen, motley(400, 300)) === undefined ? seen : undefined;
    }, "the picture on the X server");
    for (const name of encodings) {
      for (const [pixels, loss] of [
        ["rgb888", 0],
        ["server", 0],
        ["rgb565", 8],
        ["bgr233", 84],
      ] as const) {
        await using client = await RfbClient.open(at, { encodings: [name], pixels });
        expect(difference(await client.capture(), truth, loss), `${name}, ${pixels}`).toBeUndefined();
      }
    }
    const decoded: Frame[] = [];
    const jpeg = async (bytes: Uint8Array) => {
      const picture = await decodePicture(bytes);
      decoded.push(picture);
      return picture;
    };
    await using lossy = await RfbClient.open(at, { encodings: ["tight"], lossy: 9, jpeg });
    expect(meanError(await lossy.capture(), truth), "JPEG").toBeLessThan(6);
    expect(decoded.length).toBeGreaterThan(0);
    await using mapped = await RfbClient.open(at, { encodings: ["zrle"], pixels: "map8" });
    expect(difference(await mapped.capture(), truth, 84), "through a table of colours").toBeUndefined();
  });

  test("TigerVNC: a terminal that scrolls ends right in every encoding, CopyRect among them, and typed text arrives", async () => {
    for (const name of encodings) {
      await using client = await RfbClient.open(at, { encodings: ["copyRect", name] });
      const file = join(server.folder, `typed-${name}`);
      const script = `seq 1 300; head -n1 > ${file}; seq 300 -1 1; sleep 60`;
      const place = ["-display", server.display, "-geometry", "60x20+0+0", "+sb"];
      await using _terminal = background("xterm", [...place, "-e", "sh", "-c", script]);
      await client.update({ within: seconds(5) });
      await ownPointer(client);
      const text = `${name}: The "quick" brown fox; ~!@#$%^&*()_+`;
      await client.type([...plainKeys(text), ...parseKeys("{Enter}")], { pace: milliseconds(2) });
      await client.update({ within: seconds(5) });
      await rest(client);
      const { frame } = await client.update({ within: milliseconds(10) });
      expect(difference(frame, await server.screen()), name).toBeUndefined();
      const { stdout } = await runProgram("cat", [file]);
      expect(stdout).toBe(`${text}\n`);
    }
  });

  test("TigerVNC: another size of the desktop is followed", async () => {
    await using client = await RfbClient.open(at);
    await ownPointer(client);
    for (const [width, height] of [
      [640, 480],
      [1280, 800],
      [400, 300],
    ] as const) {
      const mode = `${width}x${height}`;
      const set = await runProgram("xrandr", ["--display", server.display, "--fb", mode]);
      const resized =
        set.code === 0 || (await runProgram("xrandr", ["--display", server.display, "-s", mode])).code === 0;
      expect(resized, set.stderr).toBe(true);
      await until(
        async () => ((await client.update({ within: seconds(1) })).frame.width === width ? true : undefined),
        mode,
      );
      expect(difference(await client.capture(), await server.screen())).toBeUndefined();
    }
  });

  test("TigerVNC: the best log-in that both know is taken, and TLS can be left out or asked for", async () => {
    const story = async (target: Partial<Parameters<typeof RfbClient.open>[0]>) => {
      await using client = await RfbClient.open({ ...at, ...target });
      await client.capture();
      return client.security;
    };
    expect(await story({ password })).toBe("VeNCrypt X.509 with VNC authentication");
    expect(await story({})).toBe("VeNCrypt X.509");
    expect(await story({ password, tls: { mode: "never" } })).toBe("VNC authentication");
    expect(await story({ tls: { mode: "never" } })).toBe("None");
    expect(await story({ password, tls: { mode: "required" } })).toBe("VeNCrypt X.509 with VNC authentication");
    const wrong = RfbClient.open({ ...at, password: new Secret("wrong-one") });
    await expect(wrong).rejects.toMatchObject({ code: "rfb.auth.password" });
  });

  test.each(["outer", "anonymous"] as const)("TLS around everything is spoken too: %s", async (kind) => {
    await using tunnel = await startTunnel(kind, server.folder, at);
    const where = { host: tunnel.host, port: tunnel.port };
    const tls = { mode: kind === "outer" ? ("outer" as const) : ("required" as const) };
    await using client = await RfbClient.open({ ...where, tls, password });
    expect(client.security).toBe("TLS with VNC authentication");
    await ownPointer(client);
    expect(difference(await client.capture(), await server.screen())).toBeUndefined();
  });

  const flavours = [
    { title: "3.3", args: ["-rfbversion", "3.3"], target: {}, story: "None", version: "3.3" },
    {
      title: "3.3 with a password",
      args: ["-rfbversion", "3.3", "PASSWORD"],
      target: { password },
      story: "VNC authentication",
      version: "3.3",
    },
    { title: "3.7", args: ["-rfbversion", "3.7"], target: {}, story: "None", version: "3.7" },
    {
      title: "3.7 with a password",
      args: ["-rfbversion", "3.7", "PASSWORD"],
      target: { password },
      story: "VNC authentication",
      version: "3.7",
    },
  ];
  test.each(flavours)("x11vnc: $title", async ({ args, target, story, version }) => {
    const where = { host: "127.66.5.2", port: 5902 };
    const more = args.flatMap((arg) => (arg === "PASSWORD" ? ["-rfbauth", join(server.folder, "passwd")] : [arg]));
    const place = ["-display", server.display, "-rfbport", String(where.port), "-listen", where.host, "-no6", "-norc"];
    await using peer = background("x11vnc", [...place, "-forever", "-shared", "-noxdamage", "-nocursor", ...more]);
    await until(() => listening(where.host, where.port), "x11vnc").catch((error: unknown) => {
      throw new Error(peer.output.text, { cause: error });
    });
    await using client = await RfbClient.open({ ...where, ...target }, { encodings: ["tight"], within: seconds(5) });
    expect({ story: client.security, version: client.version }).toEqual({ story, version });
    expect(difference(await client.capture(), await server.screen())).toBeUndefined();
  });
});
