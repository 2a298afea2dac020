import { heldBack } from "#base/secret.ts";
import type { Core } from "#engine/core/core.ts";
import { outputChannel } from "#engine/core/pulse.ts";
import { clean } from "#engine/core/text.ts";

type Stream = "stdout" | "stderr";

/** PostgreSQL takes 8000 bytes per notification; JSON may double the text. */
const chunkLength = 3500;
/** More than this at once is nobody's reading; the job's files have all of it. */
const mostAtOnce = 64 * 1024;
const gatherFor = 50;

/** Sends a step's output to whoever follows the run, in whatever process. Not stored. Secrets are taken out also when two chunks split them. */
export function openOutput(
  core: Core,
  runId: string,
): { readonly write: (stream: Stream, text: string) => void; readonly flush: () => Promise<void> } {
  const waiting: Record<Stream, string> = { stdout: "", stderr: "" };
  let sending: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;

  function take(stream: Stream, all: boolean): string {
    const text = waiting[stream];
    const keep = all ? 0 : heldBack(text);
    waiting[stream] = keep === 0 ? "" : text.slice(-keep);
    const ready = clean(keep === 0 ? text : text.slice(0, -keep));
    if (ready.length <= mostAtOnce) return ready;
    return `[${ready.length - mostAtOnce} characters not shown]\n${ready.slice(-mostAtOnce)}`;
  }
  function send(all: boolean): void {
    clearTimeout(timer);
    timer = undefined;
    for (const stream of ["stdout", "stderr"] as const) {
      const text = take(stream, all);
      for (let at = 0; at < text.length; at += chunkLength) {
        const payload = JSON.stringify({ run: runId, stream, text: text.slice(at, at + chunkLength) });
        sending = sending.then(() => notify(core, payload));
      }
    }
  }
  return {
    write: (stream, text) => {
      waiting[stream] += text;
      // oxlint-disable-next-line house/clock -- gathers what is sent to followers; no logic waits for it
      timer ??= setTimeout(() => send(false), gatherFor);
    },
    flush: () => {
      send(true);
      return sending;
    },
  };
}

/** Live output is not worth an error: a follower that missed some has the kept files. */
async function notify(core: Core, payload: string): Promise<void> {
  await core.database.pool.query("select pg_notify($1, $2)", [outputChannel, payload]).catch(() => {});
}
