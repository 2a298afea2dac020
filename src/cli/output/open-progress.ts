import type { Out } from "./out.ts";
import { JsonProgress } from "./progress-json.ts";
import { LiveProgress } from "./progress-live.ts";
import { PlainProgress } from "./progress-plain.ts";
import type { Progress } from "./progress.ts";

/** A live step list where stderr is a terminal, plain lines in a log, JSON for scripts. */
export function openProgress(out: Out): Progress {
  if (out.json) return new JsonProgress(out);
  return out.stderr.isTTY ? new LiveProgress(out) : new PlainProgress(out);
}
