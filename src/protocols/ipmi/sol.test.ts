import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { scaledClock } from "#base/clock.ts";
import { RackhandError } from "#base/errors.ts";
import { shared } from "../../../test/support/shared.ts";
import { cipherSuite, sessionKeys } from "./crypto.ts";
import { MalformedError } from "./errors.ts";
import { decodeRequest, decodeResponse } from "./message.ts";
import { decodeDatagram, PayloadType, seal, unseal, type PlusDatagram } from "./packet.ts";
import { ActivatePayload, DeactivatePayload } from "./payload.ts";
import { SolExchange, type ExchangeOptions } from "./sol/exchange.ts";
import { Inbound } from "./sol/inbound.ts";
import { foreignPort } from "./sol/port.ts";
import { decodeSol, encodeSol, SolStatus, type SolPacket } from "./sol-packet.ts";

interface Vector {
  cipher_suite: number;
  derived: { sik: string };
  packets: { dir: "c2b" | "b2c"; hex: string }[];
}

const folder = shared("ipmi-vectors");
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const nothing = new Uint8Array(0);

interface Recorded {
  dir: "c2b" | "b2c";
  whole: string;
  datagram: PlusDatagram;
  payload: Uint8Array;
}

/** What was said inside the session, decrypted with the keys that ipmitool computed. */
function load(suite: number) {
  const file: Vector = JSON.parse(readFileSync(join(folder ?? "", `sol-suite${suite}.json`), "utf8"));
  const used = cipherSuite(suite);
  if (!used) throw new Error("an unknown suite");
  const keys = sessionKeys(used, Buffer.from(file.derived.sik, "hex"));
  const recorded = file.packets.flatMap(({ dir, hex: whole }): Recorded[] => {
    const datagram = decodeDatagram(Buffer.from(whole, "hex"));
    if (datagram.kind !== "plus" || datagram.sessionId === 0) return [];
    return [{ dir, whole, datagram, payload: unseal(keys, datagram) }];
  });
  const sol = recorded.filter(({ datagram }) => datagram.payloadType === PayloadType.sol);
  const messages = recorded.filter(({ datagram }) => datagram.payloadType === PayloadType.message);
  return { keys, sol, messages };
}

/** An exchange whose packets, characters and gaps are kept. */
function exchange(options: Partial<ExchangeOptions> = {}, speed = 1) {
  const sent: SolPacket[] = [];
  const heard: string[] = [];
  const made = new SolExchange({
    clock: scaledClock(speed),
    size: 100,
    zeroMeansAll: false,
    bumpSequence: false,
    send: (packet) => sent.push({ ...packet, data: Uint8Array.from(packet.data) }),
    data: (bytes) => heard.push(Buffer.from(bytes).toString("latin1")),
    gap: (why) => heard.push(`<${why}>`),
    brk: () => heard.push("<break>"),
    available: (is) => heard.push(is ? "<on>" : "<off>"),
    deactivated: () => heard.push("<over>"),
    doubt: () => undefined,
    silent: () => heard.push("<silent>"),
    ...options,
  });
  let order = 0;
  const receive = (packet: Partial<SolPacket> & { text?: string }, at = ++order) =>
    made.receive(
      { sequence: 0, acknowledges: 0, accepted: 0, flags: 0, data: Buffer.from(packet.text ?? ""), ...packet },
      at,
    );
  return { made, sent, heard, receive, end: () => made.close(new RackhandError("test", "over")) };
}

describe.skipIf(folder === undefined).each([1, 3])("ipmitool's recorded console, suite %d", (suite) => {
  test("what we send for the same keys and the same answers is byte for byte what ipmitool sent", async () => {
    const { sol, keys } = load(suite);
    const { made, sent, heard, receive, end } = exchange();
    const theirs = sol.filter(({ dir }) => dir === "b2c").map(({ payload }) => decodeSol(payload));
    const [acknowledged, echo, breakHeard] = theirs;
    if (!acknowledged || !echo || !breakHeard) throw new Error("three answers were recorded");
    const written = made.write(Buffer.from("hello\r"));
    receive(acknowledged);
    await written;
    receive(echo);
    const broken = made.break();
    receive(breakHeard);
    await broken;
    end();
    expect(heard).toEqual(["echo:hello\r"]);
    const ours = sol.filter(({ dir }) => dir === "c2b");
    expect(sent.map((packet) => hex(encodeSol(packet)))).toEqual(ours.map(({ payload }) => hex(payload)));
    for (const [index, { datagram, whole }] of ours.entries()) {
      const vector = () => datagram.payload.subarray(0, 16);
      const { sessionId, sequence } = datagram;
      const payload = encodeSol(sent[index] ?? fail());
      expect(hex(seal(keys, sessionId, sequence, PayloadType.sol, payload, vector))).toBe(whole);
    }
  });

  test("Activate and Deactivate Payload are read and written as it did", () => {
    const { messages } = load(suite);
    const of = (dir: "c2b" | "b2c", code: number) =>
      messages.filter((one) => one.dir === dir).find(({ payload }) => payload[5] === code)?.payload ?? nothing;
    const asked = decodeRequest(of("c2b", ActivatePayload.code)).data;
    const request = ActivatePayload.request.decode(asked);
    expect(request).toMatchObject({
      payloadType: 1,
      instance: 1,
      encrypt: true,
      authenticate: true,
      alerts: "deferred",
    });
    expect(hex(ActivatePayload.request.encode(request))).toBe(hex(asked));
    const answer = decodeResponse(of("b2c", ActivatePayload.code));
    expect(ActivatePayload.response.decode(answer.data)).toMatchObject({ inboundSize: 32, port: 9623 });
    const ended = decodeRequest(of("c2b", DeactivatePayload.code)).data;
    expect(hex(DeactivatePayload.request.encode({ payloadType: 1, instance: 1 }))).toBe(hex(ended));
  });
});

function fail(): never {
  throw new Error("fewer packets than were recorded");
}

describe("the packets of a console", () => {
  test("one packet at a time, numbered 1 to 15 and round again", async () => {
    const { made, sent, receive, end } = exchange({ size: 1 });
    void made.write(Buffer.from("abcdefghijklmnopq"));
    for (let n = 0; n < 17; n++) {
      expect(sent).toHaveLength(n + 1);
      receive({ acknowledges: sent.at(-1)?.sequence ?? 0, accepted: 1 });
    }
    expect(sent.map(({ sequence }) => sequence)).toEqual([...Array.from({ length: 15 }, (_, i) => i + 1), 1, 2]);
    end();
  });

  test("a repetition that carries more is printed once, and acknowledged in full each time", () => {
    const { sent, heard, receive, end } = exchange();
    receive({ sequence: 1, text: "abc" });
    receive({ sequence: 1, text: "abcdef" });
    receive({ sequence: 1, text: "abcdef" });
    receive({ sequence: 2, text: "g" });
    expect(heard).toEqual(["abc", "def", "g"]);
    expect(sent.map(({ acknowledges, accepted }) => [acknowledges, accepted])).toEqual([
      [1, 3],
      [1, 6],
      [1, 6],
      [2, 1],
    ]);
    end();
  });

  test("a packet that was overtaken by the next is dropped, one after which numbers are missing is marked", () => {
    const { heard, receive, end } = exchange();
    receive({ sequence: 1, text: "a" }, 10);
    receive({ sequence: 2, text: "b" }, 14);
    receive({ sequence: 1, text: "a" }, 12);
    receive({ sequence: 4, text: "d" }, 20);
    expect(heard).toEqual(["a", "b", "<sequence>", "d"]);
    end();
  });

  test("other characters under the last number are no repetition", () => {
    const { heard, receive, end } = exchange();
    receive({ sequence: 7, text: "login: " });
    receive({ sequence: 7, text: "GRUB" });
    expect(heard).toEqual(["login: ", "<sequence>", "GRUB"]);
    end();
  });

  test("what was not taken goes out again under a new number, with what waits behind it", async () => {
    const { made, sent, receive, end } = exchange();
    const written = Promise.all([made.write(Buffer.from("abcdef")), made.write(Buffer.from("gh"))]);
    receive({ acknowledges: 1, accepted: 2, flags: SolStatus.nack });
    expect(sent.map(({ sequence, data }) => [sequence, Buffer.from(data).toString()])).toEqual([
      [1, "abcdef"],
      [2, "cdefgh"],
    ]);
    receive({ acknowledges: 2, accepted: 6 });
    await written;
    end();
  });

  test("a BMC that took nothing gets it again after a pause; one that counts nothing has it, if its quirk says so", async () => {
    const refused = exchange({}, 100);
    const written = refused.made.write(Buffer.from("ab"));
    refused.receive({ acknowledges: 1, accepted: 0, flags: SolStatus.nack });
    expect(refused.sent).toHaveLength(1);
    await expect.poll(() => refused.sent.some(({ sequence }) => sequence === 2)).toBe(true);
    refused.receive({ acknowledges: 2, accepted: 2 });
    await written;
    refused.end();
    const intel = exchange({ zeroMeansAll: true });
    const all = intel.made.write(Buffer.from("ab"));
    intel.receive({ acknowledges: 1, accepted: 0 });
    await all;
    intel.end();
  });

  test("an acknowledgement of an older packet has ours repeated at once, but only once", () => {
    const { made, sent, receive, end } = exchange();
    void made.write(Buffer.from("a"));
    receive({ acknowledges: 14, accepted: 1 });
    receive({ acknowledges: 14, accepted: 1 });
    expect(sent.map(({ sequence }) => sequence)).toEqual([1, 1]);
    end();
  });

  test("an unanswered packet is repeated with growing pauses and given up after a minute", async () => {
    const { made, sent, heard } = exchange({}, 2000);
    const written = made.write(Buffer.from("a"));
    await expect.poll(() => heard).toEqual(["<silent>"]);
    expect(sent.length).toBeGreaterThan(5);
    expect(new Set(sent.map(({ sequence }) => sequence))).toEqual(new Set([1]));
    made.close(new RackhandError("console.lost", "over"));
    await expect(written).rejects.toMatchObject({ code: "console.lost" });
  });

  test("a stuck BMC gets new numbers where its quirk says so", async () => {
    const { made, sent, end } = exchange({ bumpSequence: true }, 1000);
    void made.write(Buffer.from("a"));
    await expect.poll(() => sent.some(({ sequence }) => sequence === 2)).toBe(true);
    end();
  });

  test("a break waits for what was typed before it, and what follows waits for the break", () => {
    const { made, sent, receive, end } = exchange();
    void made.write(Buffer.from("ab"));
    void made.break();
    void made.write(Buffer.from("cd"));
    receive({ acknowledges: 1, accepted: 2 });
    receive({ acknowledges: 2, accepted: 0 });
    expect(sent.map(({ flags, data }) => [flags, Buffer.from(data).toString()])).toEqual([
      [0, "ab"],
      [0x10, ""],
      [0, "cd"],
    ]);
    end();
  });

  test("our side of the flow control stands in every packet until it changes", () => {
    const { made, sent, receive, end } = exchange();
    void made.signals({ clearToSend: false, carrier: true });
    receive({ acknowledges: 1, sequence: 1, text: "x" });
    void made.signals({ clearToSend: true, carrier: true });
    expect(sent.map(({ flags }) => flags)).toEqual([0x08, 0x08, 0]);
    end();
  });

  test("overrun, break, a host that goes and comes, and the end are told in their place, each once", () => {
    const { heard, receive, end } = exchange();
    receive({ sequence: 1, text: "a", flags: SolStatus.overrun });
    receive({ sequence: 1, text: "a", flags: SolStatus.overrun });
    receive({ flags: SolStatus.unavailable });
    receive({ flags: SolStatus.unavailable });
    receive({ sequence: 2, text: "b", flags: SolStatus.break });
    receive({ flags: SolStatus.deactivated });
    expect(heard).toEqual(["<overrun>", "a", "<off>", "<break>", "<on>", "b", "<over>"]);
    end();
  });
});

test("the port stays unless another one is meant", () => {
  expect([623, 0x6f02, 0, 0xffff, 9000, 0x2823].map((port) => foreignPort(port, 9000))).toEqual(
    Array.from({ length: 6 }, () => undefined),
  );
  expect(foreignPort(7000, 623)).toBe(7000);
});

describe("whatever a BMC sends", () => {
  const packets = fc.array(
    fc.record({
      sequence: fc.nat(15),
      acknowledges: fc.nat(15),
      accepted: fc.nat(255),
      flags: fc.nat(255).map((flags) => flags & ~SolStatus.deactivated),
      data: fc.uint8Array({ maxLength: 300 }),
      order: fc.nat(0xffffffff),
    }),
    { maxLength: 60 },
  );

  test("is decoded or called malformed", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        if (bytes.length < 4) expect(() => decodeSol(bytes)).toThrow(MalformedError);
        else {
          const packet = decodeSol(bytes);
          const masked = Uint8Array.from(bytes);
          masked[0] = (masked[0] ?? 0) & 0x0f;
          masked[1] = (masked[1] ?? 0) & 0x0f;
          expect(encodeSol(packet)).toEqual(masked);
        }
      }),
    );
  });

  test("never throws, never sends more than one packet of ours at a time, never takes an acknowledgement for more than was sent", () => {
    fc.assert(
      fc.property(packets, (all) => {
        const { made, sent, end } = exchange({ size: 7 });
        void made.write(Buffer.from("the quick brown fox"));
        for (const { order, ...packet } of all) made.receive(packet, order);
        const characters = sent.filter(({ sequence }) => sequence !== 0);
        expect(characters.every(({ data }) => data.length <= 7)).toBe(true);
        const fresh = characters.filter(({ sequence }, at) => sequence !== characters[at - 1]?.sequence);
        expect(fresh.length).toBeLessThanOrEqual(all.length + 1);
        end();
      }),
      { numRuns: 300 },
    );
  });

  test("a stream cut anyhow, repeated anyhow and overtaken anyhow comes out as it went in", () => {
    const cut = fc.array(fc.uint8Array({ minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 40 });
    const noise = fc.array(fc.record({ again: fc.nat(3), grown: fc.boolean(), old: fc.boolean() }), {
      minLength: 40,
      maxLength: 40,
    });
    fc.assert(
      fc.property(cut, noise, (pieces, noises) => {
        const inbound = new Inbound();
        const out: number[] = [];
        let order = 0;
        const give = (sequence: number, data: Uint8Array, at: number) => {
          const taken = inbound.take({ sequence, acknowledges: 0, accepted: 0, flags: 0, data }, at);
          if (taken === "late") return;
          expect(taken.missing).toBe(false);
          out.push(...taken.data);
        };
        pieces.forEach((piece, index) => {
          const sequence = (index % 15) + 1;
          const { again = 0, grown = false, old = false } = noises[index] ?? {};
          const first = grown ? piece.subarray(0, Math.ceil(piece.length / 2)) : piece;
          const sentAt = (order += 2);
          give(sequence, first, sentAt);
          for (let n = 0; n < again; n++) give(sequence, piece, (order += 2));
          if (grown) give(sequence, piece, (order += 2));
          if (old) give(sequence, first, sentAt - 1);
        });
        expect(Uint8Array.from(out)).toEqual(Uint8Array.from(pieces.flatMap((piece) => [...piece])));
      }),
    );
  });
});
