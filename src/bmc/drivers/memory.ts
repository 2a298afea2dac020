import { identifies } from "#protocols/ipmi/guid.ts";
import type { BmcFacts } from "../bmc.ts";
import type { BmcDeps } from "../connect.ts";

/** Firmware that gives every controller the same GUID (all bytes equal). */
export const noGuid = "no-guid";

/** What is known of one controller, earlier knowledge included; one for all protocols that it speaks. */
export class Memory {
  readonly #machine: string;
  readonly #onFacts: BmcDeps["onFacts"];
  #known: BmcFacts;
  #told: Promise<void> = Promise.resolve();

  constructor(machine: string, known: BmcFacts | undefined, deps: Pick<BmcDeps, "onFacts">) {
    this.#machine = machine;
    this.#onFacts = deps.onFacts;
    this.#known = known ?? {};
  }

  get known(): BmcFacts {
    return this.#known;
  }

  /** Keeps what was learnt and tells whoever keeps the record. */
  learn(facts: BmcFacts): void {
    const all = learnt(this.#known, facts);
    if (all === this.#known) return;
    this.#known = all;
    // Who only reads the power must not fail because a fact cannot be kept.
    this.#told = this.#told.then(() => this.#onFacts?.(this.#machine, all)).catch(() => undefined);
  }

  /** Everything that was learnt has reached the record. */
  settled(): Promise<void> {
    return this.#told;
  }
}

/** The two joined, or `known` itself when `seen` says nothing new. A GUID that identifies nothing is a quirk, not an identity. */
export function learnt(known: BmcFacts, seen: BmcFacts): BmcFacts {
  const { guid, quirks: newQuirks = [], redfish, protocols, ...rest } = seen;
  const odd = guid !== undefined && !identifies(guid) ? [noGuid] : [];
  const quirks = [...new Set([...(known.quirks ?? []), ...newQuirks, ...odd])];
  const all: BmcFacts = {
    ...known,
    ...given(rest),
    // The recorded spelling stays: it may be the operator's own.
    ...(known.guid === undefined && guid !== undefined && identifies(guid) ? { guid } : {}),
    ...(redfish === undefined ? {} : { redfish: { ...known.redfish, ...given(redfish) } }),
    ...(protocols === undefined ? {} : { protocols: { ...known.protocols, ...given(protocols) } }),
    ...(quirks.length > 0 ? { quirks } : {}),
  };
  return JSON.stringify(sorted(all)) === JSON.stringify(sorted(known)) ? known : all;
}

function given<T extends object>(facts: T): Partial<T> {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/** Keys in order, one level further down too. */
function sorted(facts: object): unknown {
  const ordered = Object.entries(facts).toSorted(([a], [b]) => (a < b ? -1 : 1)); // localeCompare would load collation tables at every start
  return ordered.map(([key, value]: [string, unknown]) => [
    key,
    typeof value === "object" && value !== null && !Array.isArray(value) ? sorted(value) : value,
  ]);
}
