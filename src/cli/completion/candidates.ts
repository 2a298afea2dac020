import type { Estate } from "#estate/estate.ts";
import { globalOptions, longName, optionsOf, type CommandSpec, type OptionSpec, type Values } from "../spec.ts";
import { groups, table } from "../table.ts";

/** Said instead of words where the shell itself knows better. */
export const shellCompletes = { files: ":files", folders: ":folders" } as const;

/** What is known of the line before the word that is being typed. */
interface Line {
  spec: CommandSpec | undefined;
  group: string | undefined;
  operands: string[];
  /** The option whose value is being typed. */
  option: OptionSpec | undefined;
  /** Behind `--`. */
  behind: boolean;
  estate: string | undefined;
}

/**
 * What could stand where the cursor is: `words` are those behind `rackhand`, the last one is being typed and may be empty. Each line is a word, a tab and
 * its meaning. Never starts a database; an estate that is not valid gives no names.
 */
export async function candidates(words: readonly string[]): Promise<string[]> {
  const typed = words.at(-1) ?? "";
  const line = read(words.slice(0, -1));
  const found = await possible(line, typed);
  return found.filter((each) => each.startsWith(typed) || each.startsWith(":"));
}

function read(words: readonly string[]): Line {
  const line: Line = {
    spec: undefined,
    group: undefined,
    operands: [],
    option: undefined,
    behind: false,
    estate: undefined,
  };
  for (const word of words) {
    if (line.behind) continue;
    if (line.option) {
      if (longName(line.option) === "--estate") line.estate = word;
      line.option = undefined;
    } else if (word === "--") {
      line.behind = true;
    } else if (word.startsWith("-")) {
      line.option = optionNamed(line, word);
    } else {
      operand(line, word);
    }
  }
  return line;
}

function operand(line: Line, word: string): void {
  if (line.spec) line.operands.push(word);
  else if (line.group !== undefined) line.spec = table.find(({ name }) => name === `${line.group} ${word}`);
  else if (word in groups) line.group = word;
  else line.spec = table.find(({ name }) => name === word);
}

function optionsHere({ spec }: Line): readonly OptionSpec[] {
  return [...(spec ? optionsOf(spec) : []), ...globalOptions];
}

/** The option if its value follows as the next word. */
function optionNamed(line: Line, word: string): OptionSpec | undefined {
  return optionsHere(line).find((option) => option.flags.includes("<") && option.flags.split(/[ ,]+/).includes(word));
}

async function possible(line: Line, typed: string): Promise<string[]> {
  if (line.behind) return [shellCompletes.files];
  if (line.option) return valuesOf(line.option.values, line);
  if (typed.startsWith("-")) return optionsHere(line).map((option) => `${longName(option)}\t${option.summary}`);
  if (!line.spec) return line.group === undefined ? firstWords() : secondWords(line.group);
  const { arguments: args = [], name } = line.spec;
  const argument = args[Math.min(line.operands.length, args.length - 1)];
  if (!argument || (line.operands.length >= args.length && !argument.variadic)) return [];
  const verbs =
    name === "power" && line.operands.length > 0 ? ["on", "off", "cycle", "reset", "soft", "nmi", "status"] : [];
  return [...verbs, ...(await valuesOf(argument.values, line))];
}

function firstWords(): string[] {
  const single = table.filter(({ name }) => !name.includes(" ")).map(({ name, summary }) => `${name}\t${summary}`);
  return [
    ...single,
    ...Object.entries(groups).map(([name, summary]) => `${name}\t${summary}`),
    "help\texplain a command",
  ];
}

function secondWords(group: string): string[] {
  const inside = table.filter(({ name }) => name.startsWith(`${group} `));
  return inside.map(({ name, summary }) => `${name.slice(group.length + 1)}\t${summary}`);
}

async function valuesOf(values: Values | undefined, line: Line): Promise<string[]> {
  if (values === undefined || values === "runs") return [];
  if (values === "files" || values === "folders") return [shellCompletes[values]];
  if (isList(values)) return [...values];
  const estate = await estateOf(line);
  if (!estate) return [];
  const machines = [...estate.machines.values()];
  const names = {
    machines: () => machines.map(({ name, role, site }) => `${name}\t${[role, site].filter(Boolean).join(", ")}`),
    sites: () => [...estate.sites.keys()],
    roles: () => [...new Set(machines.flatMap(({ role }) => role ?? []))],
    jobs: () => Object.keys(estate.machines.get(line.operands[0] ?? "")?.jobs ?? {}),
  } as const;
  return names[values]();
}

async function estateOf({ estate }: Line): Promise<Estate | undefined> {
  const { openApp } = await import("#app/open.ts");
  return openApp(estate === undefined ? {} : { estate })
    .estate()
    .catch(() => undefined);
}

const isList = (values: Values): values is readonly string[] => Array.isArray(values);
