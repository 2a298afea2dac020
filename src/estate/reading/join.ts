import type { z } from "zod";
import { didYouMean } from "#base/nearest.ts";
import { Credentials } from "../credentials.ts";
import { formatProblem, type Problem } from "../errors.ts";
import { Machine } from "../machine.ts";
import { Site } from "../site.ts";
import type { Complaint } from "./issues.ts";
import { validate } from "./issues.ts";
import { withDefaults } from "./merge.ts";
import type { Path, Position, RawDocument } from "./parse.ts";
import { machineReferences, siteReferences } from "./references.ts";
import type { Reference } from "./references.ts";

/** The documents of an estate, validated and joined. Plain data, as the cache keeps it. */
export interface Joined {
  machines: Machine[];
  credentials: Credentials[];
  sites: Site[];
  /** `Machine/backup01` → `machines/a.yaml:3`. */
  places: Record<string, string>;
  warnings: string[];
}

export type Locate = (document: RawDocument, path: Path, which: "key" | "value") => Position;

/** Where a machine's defaults stand: in its site's document, below these paths, the strongest first. */
interface Defaults {
  document: RawDocument;
  prefixes: readonly Path[];
}

const schemas = { Machine, Credentials, Site } as const;
type Kind = keyof typeof schemas;
const kinds = Object.keys(schemas);

function isKind(kind: unknown): kind is Kind {
  return typeof kind === "string" && kinds.includes(kind);
}

function placeOf({ file, line }: RawDocument): string {
  return `${file}:${line}`;
}

/** Joins documents into an estate and collects everything that is wrong with them. */
class Join {
  readonly joined: Joined = { machines: [], credentials: [], sites: [], places: {}, warnings: [] };
  /** Problems by their text: a fault in a default is one, however many machines inherit it. */
  readonly #problems = new Map<string, Problem>();
  readonly #named = new Map<string, RawDocument>();
  readonly #broken = new Set<RawDocument>();
  readonly #locate: Locate;
  readonly #quirks: readonly string[] | undefined;

  constructor(locate: Locate, quirks: readonly string[] | undefined) {
    this.#locate = locate;
    this.#quirks = quirks;
  }

  get problems(): Problem[] {
    return [...this.#problems.values()];
  }

  /** Reports a complaint where its path stands in the document, or in `fallback` when it came from there. */
  complain(document: RawDocument, complaint: Complaint, fallback?: Defaults): void {
    const { path, which, message, advice } = complaint;
    let file = document.file;
    let position = this.#locate(document, path, which);
    let shown = path;
    for (const prefix of fallback?.prefixes ?? []) {
      if (position.exact || !fallback) break;
      const there = this.#locate(fallback.document, [...prefix, ...path], which);
      if (there.exact) [file, position, shown] = [fallback.document.file, there, [...prefix, ...path]];
    }
    const { line, column } = position;
    const problem = { file, line, column, path: shown.map(String).join("."), message, ...(advice ? { advice } : {}) };
    this.#problems.set(formatProblem(problem), problem);
  }

  /** Sorts a document under its kind and name; undefined when it has none. A taken name is told; the rest is looked at all the same. */
  admit(document: RawDocument): Kind | undefined {
    const { kind, name } = document.data;
    if (!isKind(kind)) {
      const message =
        kind === undefined
          ? "the document does not say its kind"
          : typeof kind === "string"
            ? `unknown kind '${kind}'`
            : "must be a word";
      const advice = (typeof kind === "string" && didYouMean(kind, kinds)) || `known are ${kinds.join(", ")}`;
      this.complain(document, { path: ["kind"], which: "value", message, advice });
      return undefined;
    }
    if (typeof name !== "string") return kind;
    const id = `${kind}/${name}`;
    const first = this.#named.get(id);
    if (first !== undefined) {
      const message = `${kind} '${name}' is declared twice: the first stands in ${first.file}:${first.line}`;
      this.complain(document, { path: ["name"], which: "value", message });
      return kind;
    }
    this.#named.set(id, document);
    this.joined.places[id] = `${document.file}:${document.line}`;
    return kind;
  }

  #validated<S extends z.ZodType>(schema: S, document: RawDocument): z.infer<S> | undefined {
    const result = validate(schema, document.data);
    if ("value" in result) return result.value;
    this.#broken.add(document);
    for (const complaint of result.complaints) this.complain(document, complaint);
    return undefined;
  }

  addCredentials(document: RawDocument): void {
    const credentials = this.#validated(Credentials, document);
    if (credentials) this.joined.credentials.push(credentials);
  }

  addSite(document: RawDocument): void {
    const site = this.#validated(Site, document);
    if (!site) return;
    this.joined.sites.push(site);
    for (const reference of siteReferences(site)) this.#checkCredentials(document, reference);
  }

  #siteOf(document: RawDocument): RawDocument | undefined {
    const { site } = document.data;
    if (typeof site !== "string") return undefined;
    const found = this.#named.get(`Site/${site}`);
    const advice = didYouMean(site, this.#namesOf("Site"));
    if (!found)
      this.complain(document, { path: ["site"], which: "value", message: `there is no Site '${site}'`, advice });
    return found;
  }

  /** A machine is validated with its defaults under it; what is wrong in a default is reported where the default stands. */
  addMachine(document: RawDocument): void {
    const site = this.#siteOf(document);
    const role = document.data["role"];
    const prefixes: Path[] = [...(typeof role === "string" ? [["roles", role]] : []), ["defaults"]];
    const fallback: Defaults | undefined = site && { document: site, prefixes };
    const result = validate(Machine, withDefaults(document.data, site?.data));
    if ("complaints" in result) {
      const own = (complaint: Complaint) => this.#locate(document, complaint.path, complaint.which).exact;
      const worthSaying = site && this.#broken.has(site) ? result.complaints.filter(own) : result.complaints;
      for (const complaint of worthSaying) this.complain(document, complaint, fallback);
      return;
    }
    const machine = result.value;
    this.joined.machines.push(machine);
    if (machine.bmc && machine.power) {
      const message = "a machine has either a bmc or this: `power` is for machines without a controller";
      this.complain(document, { path: ["power"], which: "key", message });
    }
    for (const reference of machineReferences(machine)) this.#checkCredentials(document, reference, fallback);
    this.#checkQuirks(document, machine.bmc?.quirks ?? [], fallback);
  }

  /** A quirk that nobody knows would be silently without effect. */
  #checkQuirks(document: RawDocument, given: readonly string[], fallback?: Defaults): void {
    for (const [index, quirk] of given.entries()) {
      if (this.#quirks?.includes(quirk) !== false) continue;
      const advice = didYouMean(quirk, this.#quirks) || "all of them: docs/reference/quirks.md";
      const complaint = { path: ["bmc", "quirks", index], message: `unknown quirk '${quirk}'`, advice };
      this.complain(document, { ...complaint, which: "value" }, fallback);
    }
  }

  #namesOf(kind: Kind): string[] {
    return [...this.#named.keys()].filter((id) => id.startsWith(`${kind}/`)).map((id) => id.slice(kind.length + 1));
  }

  #checkCredentials(document: RawDocument, reference: Reference, fallback?: Defaults): void {
    const { name, use, path } = reference;
    const target = this.#named.get(`Credentials/${name}`);
    const credentials = this.joined.credentials.find((each) => each.name === name);
    const complain = (message: string, advice: string) =>
      this.complain(document, { path, which: "value", message, advice }, fallback);
    if (!target) complain(`there are no Credentials '${name}'`, didYouMean(name, this.#namesOf("Credentials")));
    else if (credentials && !credentials.for.includes(use))
      complain(`Credentials '${name}' are not for ${use}`, `add ${use} to their \`for:\` in ${placeOf(target)}`);
    else if (credentials && use === "bmc" && !credentials.password)
      complain(`Credentials '${name}' have no password`, `say in ${placeOf(target)} where it is read from`);
  }

  /** Two machines behind one controller are possible, but more often a copied line. */
  warnSharedControllers(): void {
    const seen = new Map<string, string>();
    for (const { name, bmc } of this.joined.machines) {
      if (!bmc) continue;
      const address = `${bmc.address}:${bmc.port ?? ""}`;
      const other = seen.get(address);
      if (other !== undefined)
        this.joined.warnings.push(`machines '${other}' and '${name}' have the same bmc address ${bmc.address}`);
      seen.set(address, name);
    }
  }
}

/** Validates and joins; the problems are in the order of files and lines. */
export function join(
  documents: readonly RawDocument[],
  locate: Locate,
  quirks?: readonly string[],
): { joined: Joined; problems: Problem[] } {
  const work = new Join(locate, quirks);
  const admitted = documents.map((document) => ({ document, kind: work.admit(document) }));
  const of = (kind: Kind) => admitted.filter((each) => each.kind === kind).map((each) => each.document);
  for (const document of of("Credentials")) work.addCredentials(document);
  for (const document of of("Site")) work.addSite(document);
  for (const document of of("Machine")) work.addMachine(document);
  work.warnSharedControllers();
  return { joined: work.joined, problems: work.problems };
}
