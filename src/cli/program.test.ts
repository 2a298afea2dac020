import { describe, expect, it } from "vitest";
import { RackhandError } from "#base/errors.ts";
import { Out } from "./output/out.ts";
import { parse } from "./program.ts";
import { globalOptions, longName, optionsOf } from "./spec.ts";
import { table } from "./table.ts";

function talk() {
  const said = { stdout: "", stderr: "" };
  const sink = (name: "stdout" | "stderr") => ({ write: (text: string) => (said[name] += text) });
  const out = new Out({
    json: false,
    colour: { stdout: false, stderr: false },
    stdout: sink("stdout"),
    stderr: sink("stderr"),
    env: {},
  });
  return { said, out };
}

async function parsed(...words: string[]) {
  const result = await parse(words, talk().out);
  if (result.spec === undefined) throw new Error(`answered with ${result.exitCode}`);
  return { name: result.spec.name, arguments: result.arguments, options: result.options };
}

async function mistake(...words: string[]): Promise<RackhandError> {
  const error: unknown = await parse(words, talk().out).catch((thrown: unknown) => thrown);
  if (!(error instanceof RackhandError)) throw new Error("it was understood");
  return error;
}

describe("the command line", () => {
  it("takes options of every command before and behind the command's name", async () => {
    expect((await parsed("--json", "--estate", "/e", "wake", "m", "--state=/s")).options).toMatchObject({
      json: true,
      estate: "/e",
      state: "/s",
    });
  });

  it("leaves everything behind -- to the job", async () => {
    const { arguments: args, options } = await parsed("run", "m", "--after", "keep", "--", "ls", "--json", "--", "-x");
    expect(args).toEqual(["m", ["ls", "--json", "--", "-x"]]);
    expect(options).toMatchObject({ after: "keep" });
    expect(options).not.toHaveProperty("json");
  });

  it("gives --yes to commands that may change several machines, and --dry-run to all that change something", async () => {
    expect((await parsed("power", "--all", "off", "--yes=3", "--dry-run")).options).toMatchObject({
      all: true,
      yes: "3",
      dryRun: true,
    });
    expect((await mistake("power", "m", "on", "--yess=3")).advice).toBe("did you mean '--yes'?");
    expect((await mistake("check", "--dry-run")).code).toBe("usage.option");
  });

  it("has no command whose option means something else for all commands", () => {
    const everywhere = globalOptions.map(longName);
    expect(table.flatMap((spec) => optionsOf(spec).filter((option) => everywhere.includes(longName(option))))).toEqual(
      [],
    );
  });

  it("names what was probably meant", async () => {
    expect(await mistake("wkae", "m")).toMatchObject({
      code: "usage.command",
      exitCode: 2,
      advice: "did you mean 'wake'?",
    });
    expect(await mistake("runs", "lst")).toMatchObject({
      message: "unknown command 'runs lst'",
      advice: "did you mean 'list'?",
    });
    expect(await mistake("wake", "m", "--trys", "3")).toMatchObject({
      code: "usage.option",
      advice: "did you mean '--tries'?",
    });
    expect((await mistake("runs", "list", "--only", "gone")).advice).toBe("see rackhand runs list --help");
    expect(await mistake("run", "m", "ls", "-l")).toMatchObject({ advice: "put -- before the job's command" });
  });

  it("says which words an argument takes", async () => {
    expect(await mistake("wake")).toMatchObject({
      code: "usage.argument",
      message: "missing required argument 'machine'",
    });
    expect(await mistake("wake", "m", "--between", "kick")).toMatchObject({
      code: "usage.value",
      message: expect.stringContaining("reset, cycle, off-on") as string,
    });
    expect(await mistake("stop", "a", "b")).toMatchObject({ code: "usage.argument" });
  });

  it("explains itself when nothing is said, and each command when asked", async () => {
    const bare = talk();
    expect(await parse([], bare.out)).toEqual({ exitCode: 0 });
    expect(bare.said.stdout).toContain("wake [options] <machine>");
    const one = talk();
    expect(await parse(["help", "power"], one.out)).toEqual({ exitCode: 0 });
    expect(one.said.stdout).toContain("--yes <n>");
    const group = talk();
    expect(await parse(["runs"], group.out)).toEqual({ exitCode: 2 });
    expect(group.said.stderr).toContain("follow <run>");
  });
});
