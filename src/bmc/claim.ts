import type { Server } from "node:net";
import { RefusedError } from "#base/errors.ts";
import { milliseconds, seconds } from "#base/units.ts";
import { systemClock, type Clock } from "#base/clock.ts";
import { bindName, callName, hostName, printable, readFields } from "./host/name.ts";

/** Who owns a machine on this host. Shown to whoever is refused, so: no secrets. */
export interface Holder {
  machine: string;
  /** The run's id and what it does (`wake`). */
  run?: string;
  workflow?: string;
  person: string;
  pid: number;
  host: string;
  /** Title of the step that runs now. */
  step?: string;
  /** ISO 8601. */
  since: string;
}

/** Ownership of some keys on this host; ends with `release`, and with the process, however that ends. */
export interface HostClaim extends AsyncDisposable {
  readonly keys: readonly string[];
  release(): void;
}

/** Somebody who lets go at this very moment is asked again. */
const tries = 5;

/**
 * Owns each key (`ipmi:192.0.2.10:623`, `guid:…`) on this host against every other process, of any user and any state directory. Does not wait: a key
 * that is owned throws RefusedError `machine.held`, which names the owner as `describe` of its process tells it now (`details.holder`).
 * Holds within one network namespace; a machine that two hosts may manage is guarded by their common database.
 */
export async function claimOnHost(
  keys: string | readonly string[],
  describe: () => Holder,
  clock: Clock = systemClock,
): Promise<HostClaim> {
  const wanted = [...new Set(typeof keys === "string" ? [keys] : keys)].toSorted();
  const owned: Server[] = [];
  const release = () => {
    for (const server of owned.splice(0)) server.close();
  };
  try {
    for (const key of wanted) owned.push(await claimOne(key, describe, clock));
  } catch (error) {
    release();
    throw error;
  }
  return { keys: wanted, release, [Symbol.asyncDispose]: async () => release() };
}

async function claimOne(key: string, describe: () => Holder, clock: Clock): Promise<Server> {
  const name = hostName("claim", key);
  for (let attempt = 1; ; attempt++) {
    const server = await bindName(name, (caller) => caller.end(`${JSON.stringify(describe())}\n`));
    if (server) return server;
    const holder = await askHolder(name, clock);
    if (holder || attempt === tries) throw heldBy(key, holder);
    await clock.sleep(milliseconds(20));
  }
}

/** What the owner says of itself; undefined when it has just gone, or says nothing in time. */
async function askHolder(name: string, clock: Clock): Promise<Partial<Holder> | undefined> {
  const patience = new AbortController();
  const { promise, resolve } = Promise.withResolvers<Partial<Holder> | undefined>();
  const call = callName(name, { line: (text) => resolve(readHolder(text)), gone: () => resolve(undefined) });
  clock.sleep(seconds(2), patience.signal).then(
    () => resolve({}),
    () => {},
  );
  const holder = await promise;
  patience.abort();
  call.destroy();
  return holder;
}

/** The owner is another user's process: nothing that it says is taken as it comes. */
function readHolder(line: string): Partial<Holder> {
  const told = readFields(line);
  const holder: Partial<Holder> = {};
  for (const field of ["machine", "run", "workflow", "person", "host", "step", "since"] as const) {
    const text = printable(told[field]);
    if (text !== undefined) holder[field] = text;
  }
  if (typeof told["pid"] === "number") holder.pid = told["pid"];
  return holder;
}

/** The refusal that names who holds a machine: run, person, step, process, since when. */
export function heldBy(key: string, holder: Partial<Holder> = {}): RefusedError {
  const { machine, run, workflow, person, pid, host, step, since } = holder;
  const what = workflow ? `by ${workflow}${run ? ` (run ${run})` : ""}` : run ? `by run ${run}` : "by another process";
  const details = [
    person && `of ${person}`,
    step && `in step '${step}'`,
    pid && `pid ${pid}${host ? ` on ${host}` : ""}`,
    since && `since ${since}`,
  ].filter(Boolean);
  return new RefusedError("machine.held", [`held ${what}`, ...details].join(", ").replace(", of ", " of "), {
    subject: machine ?? key,
    advice: run ? `wait for it, or end it with 'rackhand runs cancel ${run}'` : "wait until that process has ended",
    details: { holder: { key, ...holder } },
  });
}
