import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { fingerprint, keyType, knownKeys } from "./host-keys.ts";

const dir = mkdtempSync(path.join(tmpdir(), "rackhand-known-hosts-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function key(text: string): Buffer {
  const type = Buffer.from("ssh-ed25519");
  return Buffer.concat([Buffer.from([0, 0, 0, type.length]), type, Buffer.from(text)]);
}

const [first, second] = [key("first"), key("second")];
const line = (names: string, which: Buffer, marker = "") =>
  `${marker}${names} ssh-ed25519 ${which.toString("base64")} a comment\n`;

function hashed(name: string): string {
  const salt = Buffer.from("0123456789abcdef0123");
  return `|1|${salt.toString("base64")}|${createHmac("sha1", salt).update(name).digest("base64")}`;
}

async function trusted(content: string, host: string, port = 22): Promise<number> {
  const file = path.join(dir, "known_hosts");
  writeFileSync(file, content);
  return (await knownKeys(host, port, [path.join(dir, "absent"), file])).trusted.length;
}

test("a host is found by name, in a list, by pattern, hashed, and with its port", async () => {
  expect(await trusted(line("nas", first), "NAS")).toBe(1);
  expect(await trusted(line("other,nas,10.0.0.1", first), "nas")).toBe(1);
  expect(await trusted(line("*.example.net,!old.example.net", first), "nas.example.net")).toBe(1);
  expect(await trusted(line("*.example.net,!old.example.net", first), "old.example.net")).toBe(0);
  expect(await trusted(line(hashed("nas"), first), "nas")).toBe(1);
  expect(await trusted(line("[nas]:2222", first), "nas", 2222)).toBe(1);
  expect(await trusted(line("nas", first), "nas", 2222)).toBe(0);
});

test("several keys of one host are all known; comments, nonsense and authorities are not keys", async () => {
  const content = `# nas\n\nnonsense\n${line("nas", first)}${line("nas", second)}${line("nas", second, "@cert-authority ")}`;
  expect(await trusted(content, "nas")).toBe(2);
});

test("a revoked key is told apart", async () => {
  const file = path.join(dir, "revoked");
  writeFileSync(file, line("nas", first) + line("*", second, "@revoked "));
  const { trusted: good, revoked } = await knownKeys("nas", 22, [file]);
  expect([good, revoked]).toEqual([[first], [second]]);
});

test("a pattern of many stars is answered in no time", async () => {
  expect(await trusted(line(`${"*a".repeat(60)}b`, first), "a".repeat(250))).toBe(0);
});

test("fingerprint and type are as ssh-keygen prints them", () => {
  const blob = "AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";
  expect(fingerprint(Buffer.from(blob, "base64"))).toBe("SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU");
  expect(keyType(Buffer.from(blob, "base64"))).toBe("ssh-ed25519");
  expect(keyType(Buffer.alloc(2))).toBe("");
});
