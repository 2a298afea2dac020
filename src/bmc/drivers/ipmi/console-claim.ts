import type { Clock } from "#base/clock.ts";
import { RefusedError } from "#base/errors.ts";
import { processUser } from "../../host/name.ts";
import { claimOnHost } from "../../claim.ts";
import type { SerialHolder } from "../../serial.ts";

export interface ConsoleClaim {
  release(): void;
  /** Whether the console may be taken from somebody: who has agreed already is not asked twice. */
  consent: (holder: SerialHolder) => boolean | Promise<boolean>;
}

interface ClaimOptions {
  machine: string;
  host: string;
  clock: Clock;
  consent: (holder: SerialHolder) => boolean | Promise<boolean>;
}

/**
 * Says on this host who has the console, so that whoever wants it next can be told a name and not only a session's number. It guards nothing: the
 * controller does. Throws RefusedError `console.taken` when another process here has it and `consent` says no.
 */
export async function claimConsole(bmc: string, options: ClaimOptions): Promise<ConsoleClaim> {
  const { machine, host, clock, consent } = options;
  const since = new Date(clock.now()).toISOString();
  const holder = { machine, workflow: "console", person: processUser(), pid: process.pid, host, since };
  try {
    const claim = await claimOnHost(`console:${bmc}`, () => holder, clock);
    return { release: () => claim.release(), consent };
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    const description = who(error.details?.["holder"]);
    if (await consent({ description })) return { release: () => undefined, consent: () => true };
    throw new RefusedError("console.taken", `the serial console is in use by ${description}`, {
      subject: machine,
      advice: "wait until it is free, or take it over",
    });
  }
}

function who(holder: unknown): string {
  const told: Record<string, unknown> = typeof holder === "object" && holder !== null ? { ...holder } : {};
  const { person, pid, since } = told;
  const facts = [
    ...(typeof pid === "number" ? [`pid ${pid}`] : []),
    ...(typeof since === "string" ? [`since ${since}`] : []),
  ];
  return [`${typeof person === "string" ? person : "another process"} on this host`, ...facts].join(", ");
}
