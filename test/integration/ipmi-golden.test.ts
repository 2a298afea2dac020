import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Secret } from "#base/secret.ts";
import { cipherSuite, sessionKeys, type SessionKeys } from "#protocols/ipmi/crypto.ts";
import { decodeRequest, type RequestMessage } from "#protocols/ipmi/message.ts";
import { decodeDatagram, unseal } from "#protocols/ipmi/packet.ts";
import { Session } from "#protocols/ipmi/session.ts";
import { describeShared } from "../support/shared.ts";

interface Vector {
  cipher_suite: number;
  username: string;
  password: string;
  kg: string;
  derived: { console_random: string; sik?: string };
  packets: { dir: "c2b" | "b2c"; hex: string }[];
}

/** Answers the n-th datagram with the n-th recorded answer, whatever was asked. */
async function playBmc(answers: readonly Buffer[]) {
  const socket = createSocket("udp4");
  const heard: string[] = [];
  socket.on("message", (datagram, from) => {
    const answer = answers[heard.length];
    heard.push(datagram.toString("hex"));
    if (answer) socket.send(answer, from.port, from.address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const close = async () => {
    socket.close();
    await once(socket, "close");
  };
  return { port: socket.address().port, heard, [Symbol.asyncDispose]: close };
}

interface InSession {
  vector: Buffer;
  message: RequestMessage;
}

/** The requests that ipmitool sent inside the session, and the initialisation vectors it drew. */
function requestsOf(file: Vector, keys: SessionKeys): InSession[] {
  const asked = file.packets
    .filter(({ dir }) => dir === "c2b")
    .map(({ hex }) => decodeDatagram(Buffer.from(hex, "hex")));
  return asked.flatMap((datagram) => {
    if (datagram.kind !== "plus" || datagram.sessionId === 0) return [];
    const message = decodeRequest(unseal(keys, datagram));
    return [{ vector: Buffer.from(datagram.payload.subarray(0, 16)), message }];
  });
}

/** The console's id (ipmitool's is always the same), its nonce, then one vector per packet: what ipmitool drew, in the order in which it is drawn. */
function drawn(file: Vector, requests: readonly InSession[]): (length: number) => Uint8Array {
  const vectors = requests.map(({ vector }) => vector);
  const queue = [Buffer.from("a4a3a2a0", "hex"), Buffer.from(file.derived.console_random, "hex"), ...vectors];
  return (length) => {
    const next = queue.shift();
    if (next?.length !== length) throw new Error(`${length} random bytes asked for out of order`);
    return next;
  };
}

describeShared("ipmi-vectors", "against ipmitool's recorded sessions", (folder) => {
  test.each([0, 1, 2, 3, 17, "3-kg", "17-kg"])("suite %s: every datagram is byte for byte ipmitool's", async (name) => {
    const file: Vector = JSON.parse(readFileSync(join(folder, `session-suite${name}.json`), "utf8"));
    const suite = cipherSuite(file.cipher_suite);
    if (!suite) throw new Error("an unknown suite");
    const requests = requestsOf(file, sessionKeys(suite, Buffer.from(file.derived.sik ?? "", "hex")));
    const of = (dir: "c2b" | "b2c") => file.packets.filter((packet) => packet.dir === dir).map((packet) => packet.hex);
    await using bmc = await playBmc(of("b2c").map((answer) => Buffer.from(answer, "hex")));
    const target = {
      host: "127.0.0.1",
      port: bmc.port,
      username: file.username,
      password: new Secret(file.password),
      ...(file.kg ? { kg: new Secret(`0x${file.kg}`) } : {}),
      cipherSuites: [file.cipher_suite],
      // ipmitool proposes the highest level and counts from 3.
      quirks: ["open-privilege-highest"],
    };
    const session = await Session.open(target, { random: drawn(file, requests), firstSequence: 3 });
    // The first one raises the privilege and the last one closes: the session sends both by itself.
    for (const { message } of requests.slice(1, -1)) await session.raw(message.netFn, message.code, message.data);
    await session.close();
    expect(bmc.heard).toEqual(of("c2b"));
  });
});
