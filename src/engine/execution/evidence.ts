import { createHash, randomUUID } from "node:crypto";
import { mkdir, rename, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { isUtf8 } from "node:buffer";
import { systemClock } from "#base/clock.ts";
import { redact } from "#base/secret.ts";
import type { Core } from "#engine/core/core.ts";
import { clean } from "#engine/core/text.ts";
import { throughOutages } from "#store/outage.ts";
import type { Execution } from "./execution.ts";

/** Keeps a file under `STATE/evidence` by its SHA-256 and notes it with the step. Gives the hash. The file is whole before it is noted. */
export async function keepEvidence(
  core: Core,
  execution: Execution,
  seq: number,
  name: string,
  content: string | Uint8Array,
): Promise<string> {
  const bytes = withoutSecrets(content);
  const hash = createHash("sha256").update(bytes).digest("hex");
  await store(path.join(core.stateDir, "evidence", hash.slice(0, 2), hash), bytes);
  await throughOutages(
    systemClock,
    () =>
      core.database.kysely
        .insertInto("evidence")
        .values({ run_id: execution.runId, seq, name: clean(name), hash, size: bytes.length })
        .onConflict((conflict) => conflict.doNothing())
        .execute(),
    execution.lose.signal,
  );
  return hash;
}

/** Text is searched as text; anything else byte by byte, which finds secrets of plain ASCII. */
function withoutSecrets(content: string | Uint8Array): Buffer {
  if (typeof content === "string") return Buffer.from(redact(content));
  const bytes = Buffer.from(content);
  if (isUtf8(bytes)) return Buffer.from(redact(bytes.toString()));
  return Buffer.from(redact(bytes.toString("latin1")), "latin1");
}

async function store(file: string, bytes: Buffer): Promise<void> {
  const there = await stat(file).catch(() => undefined);
  if (there?.size === bytes.length) return;
  const scratch = `${file}.${randomUUID()}`;
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(scratch, bytes, { mode: 0o600, flush: true });
  await rename(scratch, file);
}
