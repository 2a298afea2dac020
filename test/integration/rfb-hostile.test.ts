import { deflateSync } from "node:zlib";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { Secret } from "#base/secret.ts";
import { milliseconds, seconds } from "#base/units.ts";
import { RfbClient } from "#protocols/rfb/client.ts";
import { parseKeys } from "#protocols/rfb/keys.ts";
import { greeting, rectangle, scripted, u16, u32, update } from "../support/rfb-script.ts";

const host = "127.66.6.1";
const quick = { within: seconds(1), patience: milliseconds(700) };

/** What comes of a server: its error, or what `then` gives. */
async function outcome(
  serve: (socket: Socket) => void,
  then = (client: RfbClient): Promise<unknown> => client.capture({ within: seconds(3) }),
  target = {},
) {
  await using server = await scripted(host, serve);
  await using client = await RfbClient.open({ host, port: server.port, ...target }, quick);
  return await then(client);
}

const says =
  (...parts: readonly (Buffer | string)[]) =>
  (socket: Socket) => {
    for (const part of parts) socket.write(part);
  };

/** Writes one thing as long as the client reads it. */
function endlessly(socket: Socket, piece: Buffer): void {
  const more = () => {
    while (!socket.destroyed && socket.write(piece));
  };
  socket.on("drain", more);
  more();
}

const password = new Secret("password");
const openings: readonly [title: string, code: string, serve: (socket: Socket) => void, target?: object][] = [
  ["an HTTP server", "rfb.garbage", says("HTTP/1.1 400 Bad Request\r\n\r\n")],
  ["an SSH server", "rfb.garbage", says("SSH-2.0-OpenSSH_9\r\n")],
  ["a version that is none", "rfb.garbage", says("RFB 00x.0y8\n")],
  ["silence", "rfb.silent", says()],
  ["one byte and silence", "rfb.silent", says("R")],
  ["a closed door", "rfb.closed", (socket) => socket.end()],
  ["no security types and a reason", "rfb.refused", says("RFB 003.008\n", Buffer.of(0), u32(7), "go away")],
  [
    "too many failures before",
    "rfb.auth.locked",
    says("RFB 003.008\n", Buffer.of(0), u32(26), "Too many security failures"),
  ],
  ["a reason of 4 GB", "rfb.protocol", says("RFB 003.008\n", Buffer.of(0), u32(0xffff_ffff))],
  ["only log-ins that nobody knows", "rfb.auth.unsupported", says("RFB 003.008\n", Buffer.of(2, 5, 30))],
  ["a password wanted and none there", "rfb.auth.missing", says("RFB 003.008\n", Buffer.of(1, 2))],
  [
    "a wrong password",
    "rfb.auth.password",
    says("RFB 003.008\n", Buffer.of(1, 2), Buffer.alloc(16), u32(1), u32(2), "no"),
    { password },
  ],
  [
    "a wrong password in 3.3",
    "rfb.auth.password",
    says("RFB 003.003\n", u32(2), Buffer.alloc(16), u32(1)),
    { password },
  ],
  ["a log-in that came to nothing we know", "rfb.protocol", says("RFB 003.008\n", Buffer.of(1, 1), u32(77))],
  [
    "no TLS where it is required",
    "rfb.auth.unsupported",
    says("RFB 003.008\n", Buffer.of(2, 1, 2)),
    { password, tls: { mode: "required" } },
  ],
  [
    "plain text where TLS was agreed on",
    "rfb.protocol",
    says("RFB 003.008\n", Buffer.of(1, 19), Buffer.of(0, 2, 0, 1), u32(260), Buffer.of(1), "hello, this is not TLS"),
  ],
  [
    "VeNCrypt with a password in clear text only",
    "rfb.auth.unsupported",
    says("RFB 003.008\n", Buffer.of(1, 19), Buffer.of(0, 2, 0, 1), u32(256)),
    { password },
  ],
  ["a desktop of 65535x65535", "rfb.too-large", says(greeting(65_535, 65_535))],
  ["a name of 4 GB", "rfb.protocol", says(greeting().subarray(0, -8), u32(0xffff_fff0))],
];
test.each(openings)("opening: %s ends in %s", async (_title, code, serve, target) => {
  await expect(outcome(serve, undefined, target)).rejects.toMatchObject({ code });
});

test("the answer to the wrong TLS is clear as well", async () => {
  const late = (socket: Socket) => {
    says("RFB 003.008\n", Buffer.of(1, 19), Buffer.of(0, 2, 0, 1), u32(260))(socket);
    // Version, security type, VeNCrypt's version and the choice are 19 bytes; what follows is TLS.
    let got = 0;
    socket.on("data", (bytes) => {
      if (got < 19 && got + bytes.length >= 19) socket.write(Buffer.of(1));
      got += bytes.length;
      if (got > 19) socket.write("hello, this is not TLS");
    });
  };
  await expect(outcome(late)).rejects.toMatchObject({ code: "rfb.tls" });
});

const zeros = deflateSync(Buffer.alloc(50_000_000));
const messages: readonly [title: string, code: string, ...parts: Buffer[]][] = [
  ["an unknown message", "rfb.protocol", Buffer.of(99)],
  ["an encoding that nobody asked for", "rfb.protocol", update(1), rectangle(4711)],
  ["a rectangle outside of the picture", "rfb.protocol", update(1), rectangle(0, 10, 10, 16, 16)],
  ["a copy from outside of the picture", "rfb.protocol", update(1), rectangle(1), u16(1), u16(0)],
  ["a desktop that grows to 65535x65535", "rfb.too-large", update(1), rectangle(-223, 0, 0, 65_535, 65_535)],
  ["a clipboard of 4 GB", "rfb.too-large", Buffer.of(3, 0, 0, 0), u32(0xffff_ffff)],
  ["a name of 2 GB", "rfb.protocol", update(1), rectangle(-307), u32(0x7fff_ffff)],
  ["a pointer of 65535x65535", "rfb.protocol", update(1), rectangle(-239, 0, 0, 65_535, 65_535)],
  ["4 G rectangles of RRE", "rfb.protocol", update(1), rectangle(2), u32(0xffff_ffff), u32(0)],
  [
    "an RRE rectangle outside of its own",
    "rfb.protocol",
    update(1),
    rectangle(2),
    u32(1),
    u32(0),
    u32(0),
    u16(10),
    u16(0),
    u16(10),
    u16(1),
  ],
  [
    "a Hextile rectangle outside of its tile",
    "rfb.protocol",
    update(1),
    rectangle(5, 0, 0, 8, 8),
    Buffer.of(8, 1, 0, 0xff),
  ],
  ["4 GB of ZRLE", "rfb.protocol", update(1), rectangle(16), u32(0xffff_ffff)],
  ["ZRLE that is not zlib's", "rfb.protocol", update(1), rectangle(16), u32(8), Buffer.from("notzlib!")],
  ["a zlib bomb in ZRLE", "rfb.protocol", update(1), rectangle(16), u32(1000), zeros.subarray(0, 1000)],
  ["ZRLE that ends too early", "rfb.protocol", update(1), rectangle(16), ...sized(deflateSync(Buffer.of(0, 1, 2)))],
  ["a ZRLE tile of no kind", "rfb.protocol", update(1), rectangle(16), ...sized(deflateSync(Buffer.of(100, 0, 0, 0)))],
  [
    "a ZRLE run that leaves its tile",
    "rfb.protocol",
    update(1),
    rectangle(16),
    ...sized(deflateSync(Buffer.of(128, 0, 0, 0, 255, 255, 0))),
  ],
  ["a zlib bomb in Tight", "rfb.protocol", update(1), rectangle(7), Buffer.of(0, 0xe8, 0x07), zeros.subarray(0, 1000)],
  [
    "Tight that is too short",
    "rfb.protocol",
    update(1),
    rectangle(7),
    Buffer.of(0, 11),
    deflateSync(Buffer.alloc(3)).subarray(0, 11),
  ],
  ["Tight compression that does not exist", "rfb.protocol", update(1), rectangle(7), Buffer.of(0xf0)],
  ["a Tight filter that does not exist", "rfb.protocol", update(1), rectangle(7), Buffer.of(0x40, 9)],
  ["a JPEG that nobody can decode", "rfb.protocol", update(1), rectangle(7), Buffer.of(0x90, 3, 1, 2, 3)],
  ["an update that is never finished", "rfb.stalled", update(1), rectangle(0), Buffer.alloc(10)],
];

function sized(data: Buffer): [Buffer, Buffer] {
  return [u32(data.length), data];
}

test.each(messages)("picture: %s ends in %s", async (_title, code, ...parts) => {
  await expect(outcome(says(greeting(), ...parts))).rejects.toMatchObject({ code });
});

test("a server that never sends a picture ends in rfb.silent, and the connection may be used on", async () => {
  await expect(
    outcome(says(greeting()), (client) => client.capture({ within: milliseconds(200) })),
  ).rejects.toMatchObject({
    code: "rfb.silent",
  });
});

test("one byte now and then is given up", async () => {
  const drip = (bytes: Buffer) => async (socket: Socket) => {
    for (const byte of bytes) {
      if (socket.destroyed) return;
      socket.write(Buffer.of(byte));
      await sleep(50);
    }
  };
  await expect(outcome((socket) => void drip(greeting())(socket))).rejects.toMatchObject({ code: "rfb.silent" });
  const slow = (socket: Socket) => {
    socket.write(Buffer.concat([greeting(), update(1), rectangle(0)]));
    void drip(Buffer.alloc(1024))(socket);
  };
  await expect(outcome(slow)).rejects.toMatchObject({ code: "rfb.stalled" });
});

/** What the buffers grew by, at most, while `act` ran. */
async function grown(act: () => Promise<unknown>): Promise<number> {
  const size = () => process.memoryUsage().arrayBuffers;
  const before = size();
  let most = 0;
  const timer = setInterval(() => (most = Math.max(most, size() - before)), 10);
  await act().finally(() => clearInterval(timer));
  return most;
}

test("an update without an end is a flood, and costs no memory", async () => {
  const endless = (socket: Socket) => {
    socket.write(Buffer.concat([greeting(256, 256), update(0xffff)]));
    endlessly(socket, Buffer.concat([rectangle(0, 0, 0, 64, 64), Buffer.alloc(64 * 64 * 4)]));
  };
  const grew = await grown(() => expect(outcome(endless)).rejects.toMatchObject({ code: "rfb.flood" }));
  expect(grew).toBeLessThan(64 * 1024 * 1024);
});

test("rectangles without a size are a flood as well", async () => {
  const endless = (socket: Socket) => {
    socket.write(Buffer.concat([greeting(), update(0xffff)]));
    endlessly(socket, Buffer.concat(Array.from({ length: 1000 }, () => rectangle(0, 0, 0, 0, 0))));
  };
  await expect(outcome(endless, (client) => client.capture({ within: seconds(20) }))).rejects.toMatchObject({
    code: expect.stringMatching(/^rfb\.(flood|stalled)$/),
  });
});

test("updates that nobody asked for wait with the server", async () => {
  let written = 0;
  const piece = Buffer.concat([update(1), rectangle(0, 0, 0, 256, 256), Buffer.alloc(256 * 256 * 4)]);
  const streaming = (socket: Socket) => {
    socket.write(greeting(256, 256));
    endlessly(socket, piece);
    socket.on("close", () => (written = socket.bytesWritten));
  };
  const grew = await grown(() =>
    outcome(streaming, async (client) => {
      await sleep(500);
      // And whoever asks still gets pictures.
      expect(await client.capture()).toMatchObject({ width: 256 });
    }),
  );
  expect(grew).toBeLessThan(64 * 1024 * 1024);
  expect(written).toBeLessThan(200 * piece.length);
});

test("garbage without an end behind a good start ends at once", async () => {
  const noise = Buffer.from(Array.from({ length: 65_536 }, (_, at) => (at * 31) & 255));
  await expect(
    outcome((socket) => {
      socket.write(greeting());
      endlessly(socket, noise);
    }),
  ).rejects.toMatchObject({ code: expect.stringMatching(/^rfb\./) });
});

test("a server that takes no keys ends in rfb.stalled, and closing lets nothing hang", async () => {
  const deaf = (socket: Socket) => {
    socket.write(greeting());
    socket.pause();
  };
  const strokes = Array.from({ length: 3000 }, () => parseKeys("{Ctrl-Alt-Del}")).flat();
  await outcome(deaf, async (client) => {
    const signal = AbortSignal.timeout(300);
    await expect(client.type(strokes, { pace: milliseconds(1), signal })).rejects.toThrow("timeout");
  });
});

test("cancelling ends the opening and each wait at once", async () => {
  await using server = await scripted(host, says("RFB"));
  const opening = RfbClient.open({ host, port: server.port }, { signal: AbortSignal.timeout(50) });
  await expect(opening).rejects.toThrow("timeout");
  await outcome(says(greeting()), (client) =>
    expect(client.update({ signal: AbortSignal.timeout(50) })).rejects.toThrow("timeout"),
  );
});

test("keys that were typed right before the end arrive, however much the server still has to say", async () => {
  const seen: Buffer[] = [];
  const piece = Buffer.concat([update(1), rectangle(0, 0, 0, 256, 256), Buffer.alloc(256 * 256 * 4)]);
  const streaming = (socket: Socket) => {
    socket.write(greeting(256, 256));
    endlessly(socket, piece);
    // A server that is slow to listen.
    socket.pause();
    setTimeout(() => socket.on("data", (bytes) => void seen.push(bytes)).resume(), 200);
  };
  await outcome(streaming, (client) => client.type(parseKeys("reboot{Enter}"), { pace: milliseconds(0) }));
  await sleep(300);
  expect(Buffer.concat(seen).toString("hex")).toMatch(/040100000000ff0d040000000000ff0d$/);
});

test("nobody listening and names that do not exist are told apart", async () => {
  await expect(RfbClient.open({ host, port: 1 })).rejects.toMatchObject({ code: "rfb.port-unreachable", exitCode: 3 });
  await expect(RfbClient.open({ host: "no-such-name.invalid" })).rejects.toMatchObject({
    code: "rfb.name",
    exitCode: 3,
  });
});

test("keys that are down when the client is closed are let go", async () => {
  const seen: Buffer[] = [];
  const listen = (socket: Socket) => {
    socket.write(greeting());
    socket.on("data", (bytes) => void seen.push(bytes));
  };
  await outcome(listen, async (client) => {
    const [stroke] = parseKeys("{Ctrl}");
    await client.key(stroke!.keys[0]!, true);
    await client.close();
    await sleep(50);
  });
  const sent = Buffer.concat(seen).toString("hex");
  expect(sent).toContain("040100000000ffe3");
  expect(sent.endsWith("040000000000ffe3")).toBe(true);
});
