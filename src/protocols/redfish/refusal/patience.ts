import { milliseconds, type Ms } from "#base/units.ts";
import type { Heard } from "../answer.ts";
import type { Limits } from "../target.ts";
import { verdict } from "./verdict.ts";

/** Why a refused request is sent again: the BMC has no time, or the host is in the wrong moment for a change. */
export interface Pause {
  wait: Ms;
  /** Which limit the waiting counts against. */
  against: "busy" | "window";
}

/** Pauses in seconds; the last one repeats. */
const busy = [1, 2, 3, 5];
const post = [5, 7, 9, 12, 15];
const conflict = [10];

/**
 * How long to wait before a refused request is sent again; undefined: the refusal stands. A refusal says that nothing was done, so also what must not be
 * done twice is repeated; 500 says nothing of the kind, and only reading is.
 */
export function pauseFor(method: string, heard: Heard, attempt: number): Pause | undefined {
  const code = verdict(heard.status, heard.messages);
  const says = (id: string) => heard.messages.some((message) => message.id === id);
  if (code === "redfish.busy" || says("SYS518") || (heard.status === 500 && method === "GET"))
    return { wait: asked(heard) ?? step(busy, attempt), against: "busy" };
  if (method === "GET") return undefined;
  if (code === "redfish.post-window") return { wait: step(post, attempt), against: "window" };
  // iDRAC 10 refuses On for up to a minute after power-off.
  if (heard.status === 409 && says("ActionParameterValueConflict"))
    return { wait: step(conflict, attempt), against: "window" };
  return undefined;
}

function step(pauses: readonly number[], attempt: number): Ms {
  return milliseconds(1000 * (pauses[Math.min(attempt, pauses.length - 1)] ?? 1));
}

/** Retry-After in seconds (dates are not believed: BMC clocks are wrong). */
function asked({ headers }: Heard): Ms | undefined {
  const after = Number(headers["retry-after"]);
  return Number.isFinite(after) && after > 0 ? milliseconds(Math.min(after, 60) * 1000) : undefined;
}

/** What is left of the patience after each pause. */
export class Patience {
  readonly #left: { busy: number; window: number };
  #attempts = 0;

  constructor(limits: Limits) {
    this.#left = { busy: limits.busy, window: limits.window };
  }

  /** The pause to make now, or undefined when the refusal stands or patience is over. */
  next(method: string, heard: Heard): Ms | undefined {
    const pause = pauseFor(method, heard, this.#attempts);
    if (pause === undefined || pause.wait > this.#left[pause.against]) return undefined;
    this.#attempts += 1;
    this.#left[pause.against] -= pause.wait;
    return pause.wait;
  }
}
