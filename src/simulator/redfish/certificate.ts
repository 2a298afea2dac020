import { generateKeyPairSync, randomBytes, sign, X509Certificate, type KeyObject } from "node:crypto";
import { hours } from "#base/units.ts";

/** A key and a certificate that it signed itself, as every BMC makes them at its first start. */
export interface Certificate {
  key: string;
  cert: string;
  /** SHA-256 of the certificate, as upper-case hex digits with colons. */
  fingerprint: string;
}

export type KeyKind = "ec" | "rsa-2048" | "rsa-1024";

// X.690: what DER needs of ASN.1 for one certificate (RFC 5280 §4.1).
function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(contents);
  const size: number[] = [];
  for (let rest = body.length; rest > 0; rest >>= 8) size.unshift(rest & 0xff);
  const length = body.length < 128 ? [body.length] : [0x80 | size.length, ...size];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}
const sequence = (...contents: readonly Uint8Array[]) => der(0x30, ...contents);
const set = (...contents: readonly Uint8Array[]) => der(0x31, ...contents);
const integer = (bytes: Uint8Array) => der(0x02, bytes);
const bits = (bytes: Uint8Array) => der(0x03, Buffer.from([0]), bytes);
const utf8 = (text: string) => der(0x0c, Buffer.from(text));
const generalizedTime = (at: number) =>
  der(
    0x18,
    Buffer.from(
      new Date(at)
        .toISOString()
        .replace(/\.\d+Z$/, "Z")
        .replace(/[-:T]/g, ""),
    ),
  );

const commonName = der(0x06, Buffer.from("550403", "hex"));
const algorithms = {
  /** ecdsa-with-SHA256 (RFC 5758 §3.2): no parameters. */
  ec: sequence(der(0x06, Buffer.from("2a8648ce3d040302", "hex"))),
  /** sha256WithRSAEncryption (RFC 4055 §5): parameters are NULL. */
  rsa: sequence(der(0x06, Buffer.from("2a864886f70d01010b", "hex")), der(0x05)),
};

function newKey(kind: KeyKind): { publicKey: KeyObject; privateKey: KeyObject } {
  return kind === "ec"
    ? generateKeyPairSync("ec", { namedCurve: "prime256v1" })
    : generateKeyPairSync("rsa", { modulusLength: kind === "rsa-1024" ? 1024 : 2048 });
}

/** Makes a new key and a certificate for it that began a day before `now` and lasts ten years. */
export function selfSigned(name: string, kind: KeyKind, now: number): Certificate {
  const { publicKey, privateKey } = newKey(kind);
  const algorithm = algorithms[kind === "ec" ? "ec" : "rsa"];
  const who = sequence(set(sequence(commonName, utf8(name))));
  const serial = randomBytes(12);
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40; // positive, and no leading zero
  const facts = sequence(
    der(0xa0, integer(Buffer.from([2]))),
    integer(serial),
    algorithm,
    who,
    sequence(generalizedTime(now - hours(24)), generalizedTime(now + hours(24 * 3650))),
    who,
    publicKey.export({ type: "spki", format: "der" }),
  );
  const signed = sequence(facts, algorithm, bits(sign("sha256", facts, privateKey)));
  const certificate = new X509Certificate(signed);
  const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  return { key, cert: certificate.toString(), fingerprint: certificate.fingerprint256 };
}
