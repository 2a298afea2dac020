import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";

/** What was seen of one machine, never mixed with what is declared of it. */
export interface Observed {
  bmc?: {
    guid?: string;
    cipherSuite?: number;
    privilege?: "user" | "operator" | "administrator";
    nameOnlyLookup?: boolean;
    answersWithin?: number;
    quirks?: readonly string[];
    protocols?: { ipmi?: boolean; redfish?: boolean };
    redfish?: {
      uuid?: string;
      systemUuid?: string;
      serial?: string;
      pin?: string;
      port?: number;
      sessions?: string;
      system?: string;
      authentication?: "session" | "basic";
      driver?: string;
      facets?: readonly string[];
      actions?: readonly ("on" | "off" | "cycle" | "reset" | "soft" | "nmi")[];
    };
  };
  info?: {
    vendor?: string;
    manufacturer?: string;
    product?: string;
    firmware?: string;
    ipmiVersion?: string;
    serial?: string;
    uuid?: string;
    bios?: string;
  };
  /** When the controller was last asked who it is, ISO 8601. */
  probed?: string;
}

/** The record of observed facts. Readable without a database, because reading verbs start none. */
export interface FactStore {
  get(machine: string): Promise<Observed>;
  /** Merges; a field set to undefined is kept as it was. Gives the new whole. Not being able to write is no error for who only reads. */
  merge(machine: string, seen: Observed): Promise<Observed>;
  /** Forgets everything about the controller, so that the next contact is the first again. */
  forget(machine: string): Promise<void>;
}

/** Facts as one small JSON file per machine under `STATE/facts`, replaced atomically. */
export function openFacts(stateDir: string): FactStore {
  const dir = path.join(stateDir, "facts");
  const file = (machine: string) => path.join(dir, `${encodeURIComponent(machine)}.json`);

  let written = 0;
  /** Changes come one after the other, or the second would undo the first. */
  let last: Promise<unknown> = Promise.resolve();
  function inTurn<T>(change: () => Promise<T>): Promise<T> {
    const mine = last.then(change);
    last = mine.catch(() => undefined);
    return mine;
  }

  async function get(machine: string): Promise<Observed> {
    const text = await readFile(file(machine), "utf8").catch(() => "{}");
    try {
      return JSON.parse(text) as Observed;
    } catch {
      return {};
    }
  }

  async function put(machine: string, facts: Observed): Promise<void> {
    const scratch = `${file(machine)}.${process.pid}.${++written}.tmp`;
    await mkdir(dir, { recursive: true, mode: 0o700 });
    await writeFile(scratch, JSON.stringify(facts, null, 1), { mode: 0o600 });
    await rename(scratch, file(machine));
  }

  return {
    get,
    merge: (machine, seen) =>
      inTurn(async () => {
        const old = await get(machine);
        const merged = { ...old, ...seen, bmc: { ...old.bmc, ...seen.bmc }, info: { ...old.info, ...seen.info } };
        if (JSON.stringify(merged) !== JSON.stringify(old)) await put(machine, merged);
        return merged;
      }),
    forget: (machine) =>
      inTurn(async () => {
        const { bmc: _, info: __, ...rest } = await get(machine);
        await put(machine, rest);
      }),
  };
}
