import { RackhandError, RefusedError, UnreachableError } from "#base/errors.ts";
import type { WakeTry } from "./index.ts";

/** The probe could not be made, so a reset would be a guess. */
export function lookWasNotMade(machine: string, detail: string, tries: readonly WakeTry[]): UnreachableError {
  return new UnreachableError(
    "wake.look-not-made",
    `could not look whether it is ready, so nothing was reset: ${detail}`,
    {
      subject: machine,
      advice:
        "the fault is on this side: check name resolution, routes and the link of the machine that rackhand runs on, then wake it again",
      details: { tries },
    },
  );
}

/** It was on before this run began; somebody may be using it. */
export function mayNotReset(machine: string, detail: string, tries: readonly WakeTry[]): RefusedError {
  return new RefusedError("wake.not-ours", `was already on when this run began and did not become ready: ${detail}`, {
    subject: machine,
    advice:
      "rackhand resets freely only what it switched on itself; look at its console, then say --reset-if-on to allow resets",
    details: { tries },
  });
}

/** Every allowed try was made. */
export function gaveUp(machine: string, detail: string, tries: readonly WakeTry[]): RackhandError {
  const count = tries.length === 1 ? "one try" : `${tries.length} tries`;
  return new RackhandError("wake.gave-up", `not ready after ${count}: ${detail}`, {
    subject: machine,
    advice:
      "look at its console; if it only needs longer, raise the probe's 'within'; if it needs more tries, raise 'wake.tries'",
    details: { tries },
  });
}
