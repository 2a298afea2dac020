import type pg from "pg";
import { systemClock } from "#base/clock.ts";
import { milliseconds, type Ms } from "#base/units.ts";
import type { Database } from "#store/database.ts";

export interface LiveOutput {
  stream: "stdout" | "stderr";
  text: string;
}

/** One reader's view of one run. */
export interface Watch extends Disposable {
  /** Resolves when the run has changed since the last call, or after `limit`: a notification may be lost, so the caller looks again in any case. */
  next(limit: Ms, signal?: AbortSignal): Promise<void>;
  /** Output that came since the last call. */
  outputs(): LiveOutput[];
}

/** Tells that a run changed, whichever process changed it (LISTEN/NOTIFY). */
export interface Pulse extends AsyncDisposable {
  watch(runId: string): Watch;
  /** Tells this process's readers everything, and those of other processes {@link forOthers what fits}. Resolves when that is on its way; never rejects. */
  output(runId: string, output: LiveOutput): Promise<void>;
}

const outputChannel = "rackhand_output";
const runChannel = "rackhand_run";
/** How much output waits for a slow reader; what is older is forgotten. */
const mostWaiting = 2000;

interface Reader {
  changed: boolean;
  wake: () => void;
  outputs: LiveOutput[];
}

/** `self` is unique to this engine: what it told others comes back to it, too. */
export function openPulse(database: Database, self: string): Pulse {
  const readers = new Map<string, Set<Reader>>();
  const stop = new AbortController();
  let listening: Promise<void> | undefined;
  let notifying: Promise<void> = Promise.resolve();

  function tell(runId: string, output?: LiveOutput): void {
    for (const reader of readers.get(runId) ?? []) {
      if (output && reader.outputs.push(output) > mostWaiting) reader.outputs.shift();
      reader.changed = true;
      reader.wake();
    }
  }
  function heard({ channel, payload = "" }: pg.Notification): void {
    if (channel === runChannel) return tell(payload);
    const { from, run, stream, text } = JSON.parse(payload) as LiveOutput & { from: string; run: string };
    if (from !== self) tell(run, { stream, text });
  }
  /** One connection's life. Everybody looks again when it begins: what happened before it is unknown. */
  async function listen(): Promise<void> {
    const client = await database.pool.connect();
    const gone = new Promise<void>((resolve) => {
      client.once("end", resolve);
      client.once("error", () => resolve());
      stop.signal.addEventListener("abort", () => resolve(), { once: true });
    });
    client.on("notification", heard);
    try {
      await client.query(`listen ${runChannel}; listen ${outputChannel}`);
      for (const runId of readers.keys()) tell(runId);
      await gone;
    } finally {
      client.removeListener("notification", heard);
      client.release(true);
    }
  }
  async function keepListening(): Promise<void> {
    while (!stop.signal.aborted) {
      await listen().catch(() => {});
      await systemClock.sleep(milliseconds(300), stop.signal).catch(() => {});
    }
  }
  function watch(runId: string): Watch {
    listening ??= keepListening();
    const reader: Reader = { changed: false, wake: () => {}, outputs: [] };
    readers.set(runId, (readers.get(runId) ?? new Set()).add(reader));
    return {
      next: (limit, signal) => nextChange(reader, limit, signal),
      outputs: () => reader.outputs.splice(0),
      [Symbol.dispose]: () => {
        const all = readers.get(runId);
        all?.delete(reader);
        if (all?.size === 0) readers.delete(runId);
      },
    };
  }
  function output(runId: string, said: LiveOutput): Promise<void> {
    tell(runId, said);
    return (notifying = notifying.then(() => notify(database, self, runId, said)));
  }
  return {
    watch,
    output,
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await listening;
    },
  };
}

/** Live output is not worth an error: a follower elsewhere that missed some has the kept files. */
async function notify({ pool }: Database, from: string, run: string, { stream, text }: LiveOutput): Promise<void> {
  for (const piece of forOthers(text)) {
    const payload = JSON.stringify({ from, run, stream, text: piece });
    await pool.query("select pg_notify($1, $2)", [outputChannel, payload]).catch(() => {});
  }
}

/** PostgreSQL takes 8000 bytes per notification; as JSON a character may have six. */
const pieceLength = 1250;
/** More than this at once is no spectator's reading; the kept files have all of it. */
const mostAtOnce = 64 * 1024;

function* forOthers(text: string): Generator<string> {
  const left = text.length - mostAtOnce;
  if (left > 0) yield `[${left} characters not shown]\n`;
  for (let at = Math.max(0, left); at < text.length;) {
    const split = /[\uD800-\uDBFF]/.test(text.charAt(at + pieceLength - 1)) ? 1 : 0; // half of a character
    yield text.slice(at, (at += pieceLength - split));
  }
}

async function nextChange(reader: Reader, limit: Ms, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  if (!reader.changed) {
    const woken = new AbortController();
    reader.wake = () => woken.abort();
    const either = signal ? AbortSignal.any([signal, woken.signal]) : woken.signal;
    await systemClock.sleep(limit, either).catch(() => {});
    signal?.throwIfAborted();
  }
  reader.changed = false;
}
