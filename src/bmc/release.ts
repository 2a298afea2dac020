import { systemClock, type Clock } from "#base/clock.ts";
import { seconds, type Ms } from "#base/units.ts";
import { bindName, callName, hostName, printable, readFields } from "./host/name.ts";

/** Something of a BMC that a process of this host may hold: a command session, the serial console. */
export interface Holding {
  what: "IPMI session" | "Redfish session" | "serial console";
  /** As gate and ledger name it: `192.0.2.10:623`. */
  bmc: string;
}

export interface Released extends Holding {
  /** `kept`: its holder did not give it up in time. */
  was: "free" | "given-up" | "kept";
  /** Who had it. */
  holder?: string;
}

const patience = seconds(20);

/**
 * Asks every process of this host, of any user, to give up what it holds of a BMC: command sessions by standing in line for them, the console by name. Sends nothing to
 * the BMC itself.
 */
export async function releaseBmc(
  holdings: readonly Holding[],
  options: { clock?: Clock; signal?: AbortSignal; within?: Ms } = {},
): Promise<readonly Released[]> {
  return Promise.all(holdings.map((one) => ask(one, options)));
}

const nameOf = ({ what, bmc }: Holding): string =>
  what === "serial console" ? hostName("bmc", `console-of:${bmc}`) : hostName("bmc", bmc);

async function ask(
  holding: Holding,
  { clock = systemClock, signal, within = patience }: { clock?: Clock; signal?: AbortSignal; within?: Ms },
): Promise<Released> {
  let hello: Record<string, unknown> | undefined;
  const { promise, resolve } = Promise.withResolvers<"gone">();
  const call = callName(nameOf(holding), { line: (text) => (hello ??= readFields(text)), gone: () => resolve("gone") });
  const stop = new AbortController();
  const late = clock
    .sleep(within, AbortSignal.any([stop.signal, ...(signal ? [signal] : [])]))
    .then(() => "late" as const);
  try {
    const end = await Promise.race([promise, late]);
    const holder = hello && `pid ${printable(hello["pid"]) ?? "?"} of ${printable(hello["person"]) ?? "somebody"}`;
    const was = hello === undefined ? "free" : end === "gone" ? "given-up" : "kept";
    return { ...holding, was, ...(holder === undefined ? {} : { holder }) };
  } finally {
    stop.abort();
    late.catch(() => undefined);
    call.destroy();
  }
}

/** Says on this host that a console is open here, and calls `giveUp` once when somebody asks for it. Close it when the console is closed. */
export async function whenConsoleIsAskedFor(
  bmc: string,
  who: { person: string },
  giveUp: () => Promise<void>,
): Promise<{ close: () => void }> {
  let given: Promise<void> | undefined;
  const server = await bindName(nameOf({ what: "serial console", bmc }), (caller) => {
    caller.write(`${JSON.stringify({ person: who.person, pid: process.pid })}\n`);
    given ??= giveUp();
    void given.finally(() => caller.end());
  });
  return { close: () => void server?.close() };
}
