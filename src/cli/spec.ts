import type { Call } from "./call.ts";

/** What fills an argument or an option's value: shown by completion, and checked where it is a list. */
export type Values = readonly string[] | "machines" | "sites" | "roles" | "runs" | "jobs" | "files" | "folders";

export interface ArgumentSpec {
  name: string;
  summary: string;
  optional?: boolean;
  variadic?: boolean;
  values?: Values;
}

export interface OptionSpec {
  /** As commander reads it: `--site <name>`, `-m, --why <text>`. */
  flags: string;
  summary: string;
  values?: Values;
}

/** What a command's module must have. */
export interface CommandModule {
  /** Gives the exit code; throws for every failure. */
  run: (call: Call) => Promise<number>;
}

/**
 * One command, as the table holds it. Parsing, `--help`, completion and the reference page all come from here; the code behind it is loaded only
 * when the command is used.
 */
export interface CommandSpec {
  /** `power`, or two words for a command in a group: `runs list`. */
  name: string;
  summary: string;
  /** The words after the name, where they are more than arguments and options in a row. */
  usage?: string;
  arguments?: readonly ArgumentSpec[];
  options?: readonly OptionSpec[];
  /** It changes something: it takes `--dry-run`. */
  changes?: boolean;
  /** It may change several machines at once: it takes `--yes`. */
  many?: boolean;
  /** More about it, for `--help` and the reference page; paragraphs. */
  details?: readonly string[];
  examples?: readonly (readonly [command: string, meaning: string])[];
  load: () => Promise<CommandModule>;
}

/** Options that every command takes. */
export const globalOptions: readonly OptionSpec[] = [
  {
    flags: "--estate <dir>",
    summary: "the estate (else RACKHAND_ESTATE, else the nearest folder upwards with a rackhand.yaml)",
    values: "folders",
  },
  {
    flags: "--state <dir>",
    summary: "where rackhand keeps its own things (else RACKHAND_STATE, else the usual place)",
    values: "folders",
  },
  { flags: "--json", summary: "one JSON object per line on stdout, words for people on stderr" },
  { flags: "--no-color", summary: "no colours (as NO_COLOR)" },
];

const dryRun: OptionSpec = { flags: "--dry-run", summary: "say what would be done; change nothing" };
const yes: OptionSpec = { flags: "--yes <n>", summary: "agree to a change of exactly n machines without being asked" };

/** A command's own options, with those that follow from what it is. */
export function optionsOf(spec: CommandSpec): readonly OptionSpec[] {
  return [...(spec.options ?? []), ...(spec.changes ? [dryRun] : []), ...(spec.many ? [yes] : [])];
}

/** `--dry-run` of `-n, --dry-run <x>`. */
export function longName(option: OptionSpec): string {
  return /--[a-z-]+/.exec(option.flags)?.[0] ?? option.flags;
}
