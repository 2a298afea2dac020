import { Command, CommanderError, Option, type OptionValues } from "commander";
import { UsageError } from "#base/errors.ts";
import { didYouMean } from "#base/nearest.ts";
import { argumentFlags } from "./flags.ts";
import type { Out } from "./output/out.ts";
import { globalOptions, optionsOf, type ArgumentSpec, type CommandSpec, type OptionSpec } from "./spec.ts";
import { groups, table } from "./table.ts";
import { version } from "./version.ts";

/** What the command line says: a command with its words, or an answer already given (help, version). */
export type Parsed =
  | { spec: CommandSpec; arguments: readonly (string | readonly string[] | undefined)[]; options: OptionValues }
  | { spec?: never; exitCode: number };

/** Reads the command line. Throws {@link UsageError} with the nearest word that was meant. */
export async function parse(words: readonly string[], out: Out): Promise<Parsed> {
  let parsed: Parsed = { exitCode: 0 };
  const program = build(out, specsFor(words), (spec, args, options) => (parsed = { spec, arguments: args, options }));
  if (words.length === 0) {
    program.outputHelp();
    return parsed;
  }
  try {
    await program.parseAsync(words, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return answered(error, words);
  }
  return parsed;
}

type Chosen = (
  spec: CommandSpec,
  args: readonly (string | readonly string[] | undefined)[],
  options: OptionValues,
) => void;

/** Only the commands that these words may mean: building all of them for each start costs more than parsing. All of them for help and for mistakes. */
function specsFor(words: readonly string[]): readonly CommandSpec[] {
  const explains = words.some((word) => ["help", "-h", "--help"].includes(word));
  const named = explains ? [] : table.filter(({ name }) => words.includes(name.split(" ")[0] ?? name));
  return named.length > 0 ? named : table;
}

function build(out: Out, specs: readonly CommandSpec[], chosen: Chosen): Command {
  const program = root(out);
  for (const option of globalOptions) program.addOption(commanderOption(option));
  program.version(version(), "-V, --version", "print the version");
  const parents = new Map<string, Command>();
  for (const spec of specs) {
    const [first = "", second] = spec.name.split(" ");
    if (second === undefined) {
      program.addCommand(inherited(program, command(spec, first, chosen)));
      continue;
    }
    let parent = parents.get(first);
    if (!parent) {
      parent = inherited(program, new Command(first).summary(groups[first] ?? "").description(groups[first] ?? ""));
      parents.set(first, parent);
      program.addCommand(parent);
    }
    parent.addCommand(inherited(program, command(spec, second, chosen)));
  }
  return program;
}

function root(out: Out): Command {
  return new Command("rackhand")
    .description("Remote hands as code: wakes, watches and stops servers through their BMCs, and proves it.")
    .usage("<command> [options]")
    .helpOption("-h, --help", "explain a command")
    .helpCommand("help [command]", "explain a command")
    .configureOutput({
      writeOut: (text) => out.stdout.write(text),
      writeErr: (text) => out.stderr.write(text),
      outputError: () => undefined,
      getOutHelpWidth: () => Math.min(out.stdout.columns || 100, 110),
      getErrHelpWidth: () => Math.min(out.stderr.columns || 100, 110),
    })
    .configureHelp({
      showGlobalOptions: true,
      styleTitle: (text) => out.paint.bold(text),
      commandDescription: describe,
    })
    .exitOverride();
}

function inherited(program: Command, child: Command): Command {
  return child.copyInheritedSettings(program).helpOption("-h, --help", "explain this command");
}

function describe(command: Command): string {
  return command.description();
}

function command(spec: CommandSpec, name: string, chosen: Chosen): Command {
  const made = new Command(name)
    .summary(spec.summary)
    .description([`${spec.name}: ${spec.summary}`, ...(spec.details ?? [])].join("\n\n"));
  if (spec.usage) made.usage(spec.usage);
  for (const argument of spec.arguments ?? []) made.argument(argumentFlags(argument), argumentSummary(argument));
  for (const option of optionsOf(spec)) made.addOption(commanderOption(option));
  if (spec.examples) made.addHelpText("after", `\nExamples:\n${exampleLines(spec.examples).join("\n")}`);
  made.action((...all: unknown[]) => {
    const args = all.slice(0, spec.arguments?.length ?? 0).map(asArgument);
    chosen(spec, args, made.optsWithGlobals());
  });
  return made;
}

function asArgument(value: unknown): string | readonly string[] | undefined {
  if (Array.isArray(value)) return value.map(String);
  return typeof value === "string" ? value : undefined;
}

function argumentSummary({ summary, values }: ArgumentSpec): string {
  return Array.isArray(values) ? `${summary}: ${values.join(", ")}` : summary;
}

function commanderOption({ flags, summary, values }: OptionSpec): Option {
  const option = new Option(flags, summary);
  return Array.isArray(values) ? option.choices(values) : option;
}

function exampleLines(examples: NonNullable<CommandSpec["examples"]>): string[] {
  const widest = Math.max(...examples.map(([line]) => line.length));
  return examples.map(([line, meaning]) => `  ${meaning ? `${line.padEnd(widest)}   ${meaning}` : line}`);
}

/** Help and version were printed; everything else is a mistake on the command line. */
function answered(error: CommanderError, words: readonly string[]): Parsed {
  if (["commander.helpDisplayed", "commander.version"].includes(error.code)) return { exitCode: 0 };
  if (error.code === "commander.help") return { exitCode: error.exitCode === 0 ? 0 : 2 };
  const message = error.message.replace(/^error: /, "").replace(/\n.*$/s, "");
  if (error.code === "commander.unknownCommand") throw unknownCommand(message, words);
  throw new UsageError(usageCodes[error.code] ?? "usage", message, { advice: adviceFor(error, words), cause: error });
}

const usageCodes: Readonly<Record<string, string>> = {
  "commander.unknownOption": "usage.option",
  "commander.optionMissingArgument": "usage.option",
  "commander.invalidArgument": "usage.value",
  "commander.missingArgument": "usage.argument",
  "commander.excessArguments": "usage.argument",
};

function unknownCommand(message: string, words: readonly string[]): UsageError {
  const word = /'([^']*)'/.exec(message)?.[1] ?? "";
  const first = words.find((given) => given in groups || given === word);
  const group = first === undefined || !(first in groups) ? undefined : first;
  const firsts = new Set(table.map(({ name }) => name.split(" ")[0] ?? name));
  const inside = table.flatMap(({ name }) => (name.startsWith(`${group} `) ? [name.slice(name.indexOf(" ") + 1)] : []));
  const known = group === undefined ? [...firsts] : inside;
  const advice = didYouMean(word, known) || `there are: ${known.join(", ")}`;
  return new UsageError("usage.command", `unknown command '${group ? `${group} ` : ""}${word}'`, { advice });
}

function adviceFor(error: CommanderError, words: readonly string[]): string {
  const meant = /\(Did you mean (.*?)\?\)/.exec(error.message)?.[1];
  if (meant) return `did you mean '${meant}'?`;
  if (error.code === "commander.unknownOption" && words[0] === "run" && !words.includes("--"))
    return "put -- before the job's command";
  const spec = table.find(({ name }) => `${words.join(" ")} `.startsWith(`${name} `));
  return `see rackhand ${spec ? `${spec.name} ` : ""}--help`;
}
