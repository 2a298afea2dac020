import { Socket } from "node:net";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readBanner } from "./banner.ts";

/** Feeds the chunks to a socket that was never connected, then its end. */
async function heard(chunks: readonly Uint8Array[]): Promise<string | undefined> {
  const socket = new Socket();
  const banner = readBanner(socket, new AbortController().signal);
  for (const chunk of chunks) socket.emit("data", Buffer.from(chunk));
  socket.emit("close", false);
  return banner;
}

const bytes = (text: string) => Buffer.from(text, "latin1");

test("a greeting may come in pieces, and after other lines", async () => {
  expect(await heard(["hel", "lo\r\nSS", "H-2.0-x y\r", "\n"].map(bytes))).toBe("SSH-2.0-x y");
});

test("a greeting that is cut off is none", async () => {
  expect(await heard([bytes("SSH-2.0-OpenSSH")])).toBeUndefined();
});

test("whatever comes, it ends, and what it gives is short and printable", async () => {
  const chunk = fc.oneof(fc.uint8Array({ maxLength: 400 }), fc.constant(bytes("SSH-")), fc.constant(bytes("\r\n")));
  await fc.assert(
    fc.asyncProperty(fc.array(chunk, { maxLength: 60 }), async (chunks) => {
      const banner = (await heard(chunks)) ?? "SSH-x";
      expect(banner).toMatch(/^SSH-[\x20-\x7e]{1,253}$/);
    }),
  );
});
