import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { answerChallenge } from "#protocols/rfb/challenge.ts";
import type { Frame } from "#protocols/rfb/frame.ts";
import { Secret } from "#base/secret.ts";
import { root } from "./shared.ts";
import { runProgram } from "./program.ts";

/** A key and a certificate for it, as files in `folder`, made by the openssl program. */
export async function certificateIn(folder: string): Promise<{ key: string; cert: string }> {
  const [key, cert] = [join(folder, "server-key.pem"), join(folder, "server-cert.pem")];
  const subject = ["-subj", "/CN=console", "-days", "2"];
  const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const made = await runProgram("openssl", ["req", "-x509", ...kind, ...subject, "-keyout", key, "-out", cert]);
  if (made.code !== 0) throw new Error(made.stderr);
  writeFileSync(join(folder, "ca-cert.pem"), readFileSync(cert));
  return { key, cert };
}

/** Tries `look` until it gives something. */
export async function until<T>(look: () => T | undefined | Promise<T | undefined>, what: string, limit = 10_000) {
  const end = performance.now() + limit;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > end) throw new Error(`${what}: not within ${limit} ms`);
    await sleep(20);
  }
}

/** True as soon as something listens there. */
export function listening(host: string, port: number): Promise<true | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.once("connect", () => resolve(true)).once("error", () => resolve(undefined));
    socket.once("connect", () => socket.destroy());
  });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await gone;
}

/** A binary PPM (P6, 255), as QEMU's screendump writes it. */
function decodePpm(bytes: Buffer): Frame {
  const head = /^P6\s+(\d+)\s+(\d+)\s+255\s/.exec(bytes.subarray(0, 64).toString("latin1"));
  if (head === null) throw new Error("no PPM");
  const [width, height] = [Number(head[1]), Number(head[2])];
  const data = new Uint8Array(width * height * 4).fill(255);
  for (let from = head[0].length, to = 0; to < data.length; from += 3, to += 4)
    data.set(bytes.subarray(from, from + 3), to);
  return { width, height, data };
}

export interface Guest extends AsyncDisposable {
  /** All scan codes that the guest got so far. */
  scanCodes(): Buffer;
  /** The screen as QEMU itself sees it. */
  screendump(): Promise<Frame>;
  /** The guest has written its greeting and listens to its keyboard. */
  readonly ready: Promise<void>;
  readonly folder: string;
}

/**
 * QEMU with a disk that writes the scan code of each key to its serial port, and a smooth picture of 1024x768 at F9 (fixtures/rfb/keyboard.s).
 * `vnc`: what stands behind `-vnc`; `prepare` may put files into the folder and give more arguments.
 */
export async function startGuest(vnc: string, prepare?: (folder: string) => Promise<string[]>): Promise<Guest> {
  const folder = mkdtempSync(join(tmpdir(), "rfb-"));
  const more = (await prepare?.(folder)) ?? [];
  const disk = join(root, "test/fixtures/rfb/keyboard.img");
  const [qmp, serial] = [join(folder, "qmp"), join(folder, "serial")];
  writeFileSync(serial, "");
  const machine = ["-accel", "tcg", "-m", "16", "-nodefaults", "-vga", "std", "-monitor", "none"];
  const doors = ["-qmp", `unix:${qmp},server=on,wait=off`, "-serial", `file:${serial}`, "-vnc", vnc];
  const drive = ["-drive", `file=${disk},format=raw,if=ide,snapshot=on`];
  const child = spawn("qemu-system-x86_64", [...machine, ...drive, ...doors, ...more], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (complaint += chunk));
  const alive = () => {
    if (child.exitCode !== null) throw new Error(`qemu ended: ${complaint}`);
  };
  const screendump = async () => {
    const file = join(folder, "screen.ppm");
    await askQmp(qmp, "screendump", { filename: file });
    return decodePpm(readFileSync(file));
  };
  const greeted = () => {
    alive();
    return readFileSync(serial).length > 0 ? (true as const) : undefined;
  };
  const ready = until(greeted, "the guest's greeting", 20_000).then(() => {});
  ready.catch(() => {});
  return {
    folder,
    scanCodes: () => readFileSync(serial).subarray(1),
    screendump,
    ready,
    async [Symbol.asyncDispose]() {
      await ended(child);
      await ready.catch(() => {});
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** One command of QEMU's machine protocol, over a connection of its own. */
function askQmp(path: string, execute: string, args: Record<string, unknown>): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    let text = "";
    socket.setEncoding("utf8").on("error", reject);
    socket.on("data", (chunk: string) => {
      text += chunk;
      const lines = text.split("\n");
      text = lines.pop() ?? "";
      for (const line of lines) {
        const said: { id?: number; error?: { desc: string }; QMP?: unknown } = JSON.parse(line);
        if (said.QMP)
          socket.write('{"execute":"qmp_capabilities"}\n' + JSON.stringify({ execute, arguments: args, id: 1 }));
        if (said.id !== 1) continue;
        socket.destroy();
        if (said.error) reject(new Error(said.error.desc));
        else resolve();
      }
    });
  });
}

/** A program in the background; ended with {@link AsyncDisposable}. */
export function background(program: string, args: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(program, args, {
    env: { ...process.env, LC_ALL: "C", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = { text: "" };
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => (output.text += chunk));
  }
  return { output, [Symbol.asyncDispose]: () => ended(child) };
}

/** The file that holds a VNC password: DES under a key that everybody knows. */
export function passwordFile(folder: string, password: string): string {
  const file = join(folder, "passwd");
  const padded = Buffer.alloc(8);
  padded.write(password);
  writeFileSync(file, answerChallenge(padded, new Secret("\u0017Rk\u0006#NX\u0007")));
  return file;
}

export interface XServer extends AsyncDisposable {
  /** `:7`. */
  readonly display: string;
  readonly folder: string;
  /** The root window as another X client sees it. */
  screen(): Promise<Frame>;
}

/** TigerVNC's X server. */
export async function startXvnc(
  host: string,
  port: number,
  prepare?: (folder: string) => Promise<string[]>,
): Promise<XServer> {
  const folder = mkdtempSync(join(tmpdir(), "rfb-"));
  const more = (await prepare?.(folder)) ?? ["-SecurityTypes", "None"];
  const place = ["-interface", host, "-rfbport", String(port), "-geometry", "400x300", "-depth", "24"];
  const server = ["-displayfd", "3", "-nolisten", "tcp", "-AlwaysShared", "-BlacklistThreshold", "50"];
  const child = spawn("Xvnc", [...server, ...place, ...more], { stdio: ["ignore", "ignore", "pipe", "pipe"] });
  let complaint = "";
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => (complaint += chunk));
  let told = "";
  child.stdio[3]?.on("data", (chunk: Buffer) => (told += chunk.toString()));
  const number = await until(() => {
    if (child.exitCode !== null) throw new Error(`Xvnc ended: ${complaint}`);
    return /^(\d+)\n/.exec(told)?.[1];
  }, "Xvnc");
  const display = `:${number}`;
  return {
    display,
    folder,
    screen: async () => {
      const file = join(folder, "root.xwd");
      const dumped = await runProgram("xwd", ["-root", "-silent", "-display", display, "-out", file]);
      if (dumped.code !== 0) throw new Error(dumped.stderr);
      return decodeXwd(readFileSync(file));
    },
    async [Symbol.asyncDispose]() {
      await ended(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Where things stand in the header of an XWD file (X11/XWDFile.h), in words of 32 bits. */
const Xwd = {
  headerSize: 0,
  version: 1,
  format: 2,
  depth: 3,
  width: 4,
  height: 5,
  byteOrder: 7,
  unit: 8,
  pad: 10,
  bits: 11,
  stride: 12,
  visual: 13,
  masks: 14,
  rgbBits: 17,
  entries: 18,
  colours: 19,
  windowWidth: 20,
  windowHeight: 21,
} as const;

function decodeXwd(bytes: Buffer): Frame {
  const word = (at: number) => bytes.readUInt32BE(at * 4);
  const [width, height, stride] = [word(Xwd.width), word(Xwd.height), word(Xwd.stride)];
  const start = word(Xwd.headerSize) + word(Xwd.colours) * 12;
  const data = new Uint8Array(width * height * 4).fill(255);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = start + y * stride + x * 4;
      data.set([bytes[from + 2] ?? 0, bytes[from + 1] ?? 0, bytes[from] ?? 0], (y * width + x) * 4);
    }
  }
  return { width, height, data };
}

/** A file that `xwud` shows: a picture of 24 bits, as an XWD image. */
export function writeXwd(file: string, { width, height, data }: Frame): void {
  const words = Array.from({ length: 25 }, () => 0);
  words[Xwd.headerSize] = 104;
  words[Xwd.version] = 7;
  words[Xwd.format] = 2;
  words[Xwd.depth] = 24;
  words[Xwd.width] = words[Xwd.windowWidth] = width;
  words[Xwd.height] = words[Xwd.windowHeight] = height;
  words[Xwd.unit] = words[Xwd.pad] = words[Xwd.bits] = 32;
  words[Xwd.stride] = width * 4;
  words[Xwd.visual] = 4;
  words.splice(Xwd.masks, 3, 0xff0000, 0xff00, 0xff);
  words[Xwd.rgbBits] = 8;
  words[Xwd.entries] = 256;
  const head = Buffer.alloc(104);
  words.forEach((value, at) => head.writeUInt32BE(value, at * 4));
  head.write("rfb", 100);
  const pixels = Buffer.alloc(width * height * 4);
  for (let at = 0; at < pixels.length; at += 4)
    pixels.set([data[at + 2] ?? 0, data[at + 1] ?? 0, data[at] ?? 0, 0], at);
  writeFileSync(file, Buffer.concat([head, pixels]));
}

/** Where two pictures differ, in a few words; undefined when they do not. `loss`: by how much a part of a colour may be off. */
export function difference(a: Frame, b: Frame, loss = 0): string | undefined {
  if (a.width !== b.width || a.height !== b.height) return `${a.width}x${a.height} against ${b.width}x${b.height}`;
  let count = 0;
  let first = -1;
  for (let at = 0; at < a.data.length; at++) {
    if (Math.abs((a.data[at] ?? 0) - (b.data[at] ?? 0)) <= loss) continue;
    if (first < 0) first = at;
    count += 1;
  }
  if (count === 0) return undefined;
  const pixel = first >> 2;
  const values = [a, b].map(({ data }) => [...data.subarray(pixel * 4, pixel * 4 + 3)].join("/")).join(" against ");
  return `${count} parts differ, first at ${pixel % a.width},${Math.floor(pixel / a.width)}: ${values}`;
}
