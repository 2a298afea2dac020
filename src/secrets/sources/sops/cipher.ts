import { createDecipheriv } from "node:crypto";

/** A value as SOPS encrypts it: AES-256-GCM with a 32-byte nonce; the path of its keys is the additional data. */
const form = /^ENC\[AES256_GCM,data:([^,]*),iv:([^,]+),tag:([^,]+),type:([a-z0-9]+)\]$/;

export interface Plain {
  type: string;
  bytes: Buffer;
}

/** Decrypts one value; undefined when key, path or text do not belong together. An empty value is kept empty by SOPS. */
export function decryptValue(text: string, key: Uint8Array, additional: string): Plain | undefined {
  if (text === "") return { type: "str", bytes: Buffer.alloc(0) };
  const [, data = "", iv = "", tag = "", type = ""] = form.exec(text) ?? [];
  const tagBytes = Buffer.from(tag, "base64");
  if (key.length !== 32 || tagBytes.length !== 16) return undefined;
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, Buffer.from(iv, "base64"), { authTagLength: 16 });
    decipher.setAAD(Buffer.from(additional)).setAuthTag(tagBytes);
    return { type, bytes: Buffer.concat([decipher.update(data, "base64"), decipher.final()]) };
  } catch {
    return undefined;
  }
}
