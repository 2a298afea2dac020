import { didYouMean } from "#base/nearest.ts";
import { SecretError } from "../../errors.ts";
import type { PolicyFile } from "../../policy-file.ts";
import { readablePath, readText } from "../file.ts";
import { ageIdentities, openDataKey } from "./age.ts";
import { decryptValue } from "./cipher.ts";
import { macBytes, macOf } from "./mac.ts";
import type { Metadata } from "./metadata.ts";
import { ageKeys, encryptionRule, otherKinds, readMetadata, rulesByComment } from "./metadata.ts";
import { decryptWithProgram } from "./program.ts";
import type { SopsFile } from "./tree.ts";
import { parseSops, SopsFormatError } from "./tree.ts";

/** A decrypted value and where it stands, keys and list positions from the top. */
export interface Place {
  place: readonly string[];
  value: string;
}

interface Opened {
  path: string;
  json: boolean;
  file: SopsFile;
  metadata: Metadata;
}

const largest = 4 * 1024 * 1024;

/** Decrypts every value and verifies the MAC over them. */
function decryptAll({ path, file, metadata }: Opened, dataKey: Uint8Array, source: string): Place[] {
  const isSecret = encryptionRule(metadata);
  const values = file.leaves.map(({ path: keys, place, value }) => {
    if (!isSecret(keys)) return { place, bytes: macBytes(value), type: "plain", encrypted: false };
    const plain = typeof value === "string" ? decryptValue(value, dataKey, `${keys.join(":")}:`) : undefined;
    if (!plain) {
      throw new SecretError(
        "sops.mac",
        source,
        `${path}: the value of '${place.join(".")}' was changed after encryption, or moved here`,
        {
          advice: "edit the file with `sops`, or take it back from Git",
        },
      );
    }
    return { place, bytes: plain.bytes, type: plain.type, encrypted: true };
  });
  const mac = decryptValue(metadata.mac ?? "", dataKey, metadata.lastmodified)?.bytes.toString();
  if (!mac || mac !== macOf(values, metadata.mac_only_encrypted ?? false)) {
    throw new SecretError("sops.mac", source, `${path}: the MAC does not fit: the file was changed without SOPS`, {
      advice: "look at its history in Git; edit it only with `sops`",
    });
  }
  return values
    .filter(({ type }) => type !== "comment")
    .map(({ place, bytes, type }) => ({ place, value: type === "bool" ? String(bytes).toLowerCase() : String(bytes) }));
}

function noKey({ path, metadata }: Opened, looked: readonly string[], source: string): SecretError {
  const recipients = ageKeys(metadata).map((key) => key.recipient);
  const kinds = otherKinds(metadata);
  const needs = [
    ...(recipients.length > 0 ? [`an age key for ${recipients.join(" or ")}`] : []),
    ...kinds.map((kind) => `a ${kind} key and the sops program`),
  ];
  return new SecretError("sops.no-key", source, `no key opens ${path}; looked at ${looked.join("; ")}`, {
    advice: needs.length === 0 ? "install the sops program" : `it needs ${needs.join(", or ")}`,
  });
}

async function decrypt(
  opened: Opened,
  context: { env: NodeJS.ProcessEnv; signal?: AbortSignal },
  policy: PolicyFile,
  source: string,
): Promise<Place[]> {
  const { metadata, path, json } = opened;
  const { identities, looked } = ageIdentities(context.env);
  const dataKey = rulesByComment(metadata) ? undefined : await openDataKey(ageKeys(metadata), identities);
  if (dataKey) return decryptAll(opened, dataKey, source);
  const places = await decryptWithProgram({ path, json, kinds: otherKinds(metadata) }, context, policy, source);
  if (!places) throw noKey(opened, [...looked, "the sops program: not installed"], source);
  return places;
}

/** `a.b` finds `b` in `a`, and also a key that is itself called `a.b`. */
function lookUp(places: readonly Place[], path: string, key: string, source: string): string {
  const found = places.find(({ place }) => place.join(".") === key);
  if (found?.value) return found.value;
  if (found) throw new SecretError("missing", source, `the value of '${key}' in ${path} is empty`);
  if (places.some(({ place }) => place.join(".").startsWith(`${key}.`))) {
    throw new SecretError("missing", source, `'${key}' in ${path} is not a single value`);
  }
  const names = places.map(({ place }) => place.join("."));
  throw new SecretError("missing", source, `${path} has no '${key}'`, {
    advice: didYouMean(key, names) || "keys are written with dots, as in ipmi.password",
  });
}

/**
 * Opens a SOPS file (YAML or JSON): with the host's age keys, else with the `sops` program. The MAC is always verified before any value is given out.
 * The function it gives back finds a value by its dotted key.
 */
export async function openSops(
  path: string,
  context: { root: string; env: NodeJS.ProcessEnv; signal?: AbortSignal },
  policy: PolicyFile,
  source: string,
): Promise<(key: string, source: string) => string> {
  const real = await readablePath(path, context.root, policy, source);
  const text = await readText(real, largest, source);
  const json = real.endsWith(".json");
  try {
    const file = parseSops(text, json);
    const places = await decrypt(
      { path: real, json, file, metadata: readMetadata(file.metadata) },
      context,
      policy,
      source,
    );
    return (key, name) => lookUp(places, real, key, name);
  } catch (error) {
    if (error instanceof SopsFormatError) throw new SecretError("sops.format", source, `${real}: ${error.message}`);
    throw error;
  }
}
