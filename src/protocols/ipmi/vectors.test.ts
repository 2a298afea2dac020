import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { shared } from "../../../test/support/shared.ts";
import { AesKey, cipherSuite, deriveKeys, hmac, sessionKeys, type SessionKeys } from "./crypto.ts";
import { decodeRequest, decodeResponse, encodeRequest, encodeResponse } from "./message.ts";
import { decodeDatagram, encodeLegacy, encodePlain, PayloadType, seal, unseal, type PlusDatagram } from "./packet.ts";
import * as rakp from "./rakp.ts";

interface Vector {
  cipher_suite: number;
  username: string;
  password: string;
  kg: string;
  derived: Record<string, string>;
  packets: { dir: "c2b" | "b2c"; hex: string }[];
}

const folder = shared("ipmi-vectors");
const files = [0, 1, 2, 3, 17, "3-kg", "17-kg"].map((name) => `session-suite${name}.json`);
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

function load(file: string): Vector {
  const vector: Vector = JSON.parse(readFileSync(join(folder ?? "", file), "utf8"));
  return vector;
}

function plus(file: Vector, payloadType: number): PlusDatagram[] {
  return file.packets
    .map((packet) => decodeDatagram(Buffer.from(packet.hex, "hex")))
    .filter(
      (datagram) =>
        datagram.kind === "plus" &&
        datagram.payloadType === payloadType &&
        (payloadType !== 0 || datagram.sessionId !== 0),
    )
    .filter((datagram) => datagram.kind === "plus");
}

/** What both sides said, read with our own decoders. */
function handshake(file: Vector): rakp.Handshake {
  const payload = (type: number) => plus(file, type)[0]?.payload ?? new Uint8Array(0);
  const opened = rakp.decodeOpenResponse(payload(PayloadType.openResponse));
  const first = rakp.decodeRakp1(payload(PayloadType.rakp1));
  const second = rakp.decodeRakp2(payload(PayloadType.rakp2));
  const suite = cipherSuite(file.cipher_suite);
  if (!opened.ok || !second.ok || !suite) throw new Error("a recorded log-in that failed");
  const { consoleId, managedId } = opened;
  const { consoleRandom, role, name } = first;
  return {
    suite,
    consoleId,
    managedId,
    consoleRandom,
    role,
    name,
    managedRandom: second.managedRandom,
    guid: second.guid,
  };
}

function keysOf(file: Vector): SessionKeys {
  const from = handshake(file);
  const key = file.kg ? Buffer.from(file.kg, "hex") : Buffer.from(file.password);
  return sessionKeys(from.suite, rakp.sessionIntegrityKey(from, key));
}

describe.skipIf(folder === undefined)("recorded sessions of ipmitool", () => {
  test.each(files)("%s: the four RAKP codes and the keys are those ipmitool computed", (name) => {
    const file = load(name);
    const from = handshake(file);
    const password = Buffer.from(file.password);
    const key = file.kg ? Buffer.from(file.kg, "hex") : password;
    const sik = rakp.sessionIntegrityKey(from, key);
    const keys = deriveKeys(from.suite, sik);
    if (file.cipher_suite === 0) return expect(sik).toHaveLength(0);
    const derived = file.derived;
    expect(hex(rakp.rakp2Code(from, password))).toBe(derived["rakp2_mac"]);
    expect(hex(rakp.rakp3Code(from, password))).toBe(derived["rakp3_mac"]);
    expect(hex(sik)).toBe(derived["sik"]);
    expect(hex(keys.k1)).toBe(derived["k1"]);
    expect(hex(keys.k2)).toBe(derived["k2"]);
    const fourth = rakp.decodeRakp4(plus(file, PayloadType.rakp4)[0]?.payload ?? new Uint8Array(0));
    expect(fourth.ok && hex(fourth.check)).toBe(hex(rakp.rakp4Check(from, sik)));
  });

  test.each(files)("%s: every datagram decoded and encoded again is the same bytes", (name) => {
    const file = load(name);
    const keys = keysOf(file);
    for (const { hex: bytes } of file.packets)
      expect(hex(again(decodeDatagram(Buffer.from(bytes, "hex")), keys))).toBe(bytes);
  });

  test("the published RAKP 2 codes of password auditors come out", () => {
    const file = readFileSync(join(folder ?? "", "rakp2-hmac-sha1.json"), "utf8");
    const { vectors }: { vectors: { password: string; data: string; hmac_sha1: string }[] } = JSON.parse(file);
    expect(vectors).toHaveLength(3);
    for (const { password, data, hmac_sha1 } of vectors)
      expect(hex(hmac("sha1", Buffer.from(password), Buffer.from(data, "hex")))).toBe(hmac_sha1);
  });
});

function again(datagram: ReturnType<typeof decodeDatagram>, keys: SessionKeys): Uint8Array {
  if (datagram.kind === "asf") throw new Error("no ping was recorded");
  if (datagram.kind === "legacy") return encodeLegacy(message(datagram.payload));
  if (datagram.sessionId === 0) return encodePlain(datagram.payloadType, opening(datagram));
  const plain = message(unseal(keys, datagram));
  const { sessionId, sequence, payloadType } = datagram;
  return seal(keys, sessionId, sequence, payloadType, plain, () => datagram.payload.subarray(0, 16));
}

function message(bytes: Uint8Array): Uint8Array {
  if (bytes[0] === 0x20) return encodeRequest(decodeRequest(bytes));
  const response = decodeResponse(bytes);
  return encodeResponse(response, response.netFn, response.code, response.completionCode, response.data);
}

function opening({ payloadType, payload }: PlusDatagram): Uint8Array {
  const accepted = <T extends { ok: true }>(decoded: T | rakp.Refusal): T => {
    if (!decoded.ok) throw new Error(rakp.rakpStatusText(decoded.status));
    return decoded;
  };
  switch (payloadType) {
    case PayloadType.openRequest:
      return rakp.encodeOpenRequest(rakp.decodeOpenRequest(payload));
    case PayloadType.openResponse: {
      const encoded = rakp.encodeOpenResponse(accepted(rakp.decodeOpenResponse(payload)));
      return encoded;
    }
    case PayloadType.rakp1:
      return rakp.encodeRakp1(rakp.decodeRakp1(payload));
    case PayloadType.rakp2:
      return rakp.encodeRakp2(accepted(rakp.decodeRakp2(payload)));
    case PayloadType.rakp3:
      return rakp.encodeRakp3(rakp.decodeRakp3(payload));
    default:
      return rakp.encodeRakp4(accepted(rakp.decodeRakp4(payload)));
  }
}

test("encryption pads as the specification says and is undone", () => {
  const key = new AesKey(Buffer.alloc(16, 7));
  for (let length = 0; length < 40; length++) {
    const plain = Buffer.alloc(length, length);
    const sealed = key.encrypt(Buffer.alloc(16, 1), plain);
    expect(sealed.length % 16).toBe(0);
    expect(hex(key.decrypt(sealed))).toBe(hex(plain));
  }
});
