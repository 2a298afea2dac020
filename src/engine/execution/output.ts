import { heldBack } from "#base/secret.ts";
import type { Core } from "#engine/core/core.ts";
import { clean } from "#engine/core/text.ts";

type Stream = "stdout" | "stderr";

const gatherFor = 50;

/** Sends a step's output to whoever follows the run, in whatever process. Not stored. Secrets are taken out also when two chunks split them. */
export function openOutput(
  { pulse }: Core,
  runId: string,
): { readonly write: (stream: Stream, text: string) => void; readonly flush: () => Promise<void> } {
  const waiting: Record<Stream, string> = { stdout: "", stderr: "" };
  let sending: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;

  function take(stream: Stream, all: boolean): string {
    const text = waiting[stream];
    const keep = all ? 0 : heldBack(text);
    waiting[stream] = keep === 0 ? "" : text.slice(-keep);
    return clean(keep === 0 ? text : text.slice(0, -keep));
  }
  function send(all: boolean): void {
    clearTimeout(timer);
    timer = undefined;
    for (const stream of ["stdout", "stderr"] as const) {
      const text = take(stream, all);
      if (text) sending = pulse.output(runId, { stream, text });
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
