import { execFile, execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { seconds } from "#base/units.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { jsonLines, rackhand } from "../support/cli.ts";
import { needs } from "../support/needs.ts";
import { root } from "../support/shared.ts";
import { type SimEstate, canary, quick, simEstate } from "../support/sim-estate.ts";

const bin = path.join(root, "bin/rackhand");

describe("bin/rackhand", () => {
  let dir = "";
  beforeAll(() => void (dir = mkdtempSync(path.join(tmpdir(), "rackhand-cli-"))));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  it("runs through symbolic links, from anywhere, under its own Node, and keeps compiled code in the state folder", async () => {
    const state = path.join(dir, "state");
    mkdirSync(path.join(dir, "links"));
    symlinkSync(bin, path.join(dir, "links/one"));
    symlinkSync("one", path.join(dir, "links/two"));
    const said = execFileSync(path.join(dir, "links/two"), ["--version"], {
      cwd: "/",
      encoding: "utf8",
      env: { ...process.env, RACKHAND_STATE: state },
    });
    expect(said.trim()).toBe(
      (JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as { version: string }).version,
    );
    expect(existsSync(path.join(state, "cache/code"))).toBe(true);
  });

  it("takes the state folder from --state too, and writes nothing into a home that it does not need", async () => {
    const [state, home] = [path.join(dir, "other"), path.join(dir, "home")];
    mkdirSync(home);
    const { code } = await rackhand(["completion", "bash", "--state", state], {
      env: { HOME: home, RACKHAND_STATE: undefined, XDG_STATE_HOME: undefined },
    });
    expect(code).toBe(0);
    expect(existsSync(path.join(state, "cache/code"))).toBe(true);
    expect(existsSync(path.join(home, ".local"))).toBe(false);
  });

  it("says a mistake once, with what was meant, and exits 2; with --json also as a result", async () => {
    const words = await rackhand(["wkae", "m"], { state: path.join(dir, "state") });
    expect(words).toMatchObject({ code: 2, stdout: "" });
    expect(words.stderr).toMatch(/^rackhand: unknown command 'wkae'\n {2}\S+ did you mean 'wake'\?\n$/);
    const json = await rackhand(["--json", "wkae"], { state: path.join(dir, "state") });
    expect(jsonLines(json)).toEqual([
      {
        type: "result",
        ok: false,
        error: {
          code: "usage.command",
          message: "unknown command 'wkae'",
          advice: "did you mean 'wake'?",
          retryable: false,
        },
      },
    ]);
  });

  it("does not fail when nobody reads its output", () => {
    const read = execFileSync(
      "/bin/sh",
      ["-c", `{ "$1" --help; echo "code $?" >&2; } 2>&1 >/dev/full | cat`, "sh", bin],
      { encoding: "utf8" },
    );
    expect(read).not.toMatch(/at .*\.ts/);
  });

  it("scaffolds an estate that is valid, and does not overwrite it", async () => {
    const estate = path.join(dir, "servers");
    const state = path.join(dir, "state");
    expect((await rackhand(["init", estate], { state })).code).toBe(0);
    const checked = await rackhand(["check", "--json"], { state, estate });
    expect(checked.code).toBe(0);
    expect(jsonLines(checked).at(-1)).toMatchObject({ type: "result", ok: true, machines: 1 });
    expect((await rackhand(["init", estate], { state })).code).toBe(2);
  });

  it("is coloured on a terminal only, and not against NO_COLOR", async () => {
    needs("script");
    const estate = path.join(dir, "coloured");
    mkdirSync(estate);
    writeFileSync(path.join(estate, "rackhand.yaml"), "kind: Machine\nname: web01\n");
    const line = `${bin} machines list --state ${path.join(dir, "state")} --estate ${estate}`;
    const seen = (env: Record<string, string>) => {
      const { NO_COLOR: _, ...clean } = process.env;
      return execFileSync("script", ["-qec", line, "/dev/null"], {
        encoding: "utf8",
        env: { ...clean, TERM: "xterm", ...env },
      });
    };
    expect(seen({})).toContain("\x1b[2mMACHINE");
    expect(seen({ NO_COLOR: "1" })).not.toContain("\x1b");
    expect((await rackhand(["machines", "list"], { estate, state: path.join(dir, "state") })).stdout).not.toContain(
      "\x1b",
    );
  });
});

describe("several machines at once", () => {
  let lab: SimEstate;
  beforeAll(async () => {
    lab = await simEstate([
      { name: "a", server: { ...quick, power: "on" } },
      { name: "b", server: quick },
      { name: "dead", server: quick },
    ]);
    lab.machine("dead").bmc.network.silence = true;
  });
  afterAll(() => lab[Symbol.asyncDispose]());

  it("have a row each; the exit code is 0 only when all answered, and no database is started", async () => {
    const two = await lab.json(["power", "a", "b", "status"]);
    expect(two.code).toBe(0);
    expect(two.lines).toEqual(
      expect.arrayContaining([
        { type: "row", machine: "a", power: "on", ms: expect.any(Number) as number },
        { type: "row", machine: "b", power: "off", ms: expect.any(Number) as number },
      ]),
    );
    const all = await lab.json(["power", "--all", "status"]);
    expect(all.code).toBe(3);
    expect(all.lines.find((line) => line["machine"] === "dead")).toMatchObject({
      power: "unknown",
      error: { code: "bmc.silent", retryable: true },
    });
    const words = await lab.run(["power", "--all", "status"]);
    expect(words.stdout).toMatch(/^a +on +\d+ ms\nb +off +\d+ ms\ndead +\? /m);
    expect(words.stderr).toContain("1 of 3 machines did not answer");
    expect(existsSync(path.join(lab.state, "pg"))).toBe(false);
  });

  it("are changed only when their number is agreed", async () => {
    const unasked = await lab.json(["power", "a", "b", "off"]);
    expect(unasked).toMatchObject({
      code: 2,
      result: { error: { code: "usage.yes", advice: expect.stringContaining("--yes=2") as string } },
    });
    const wrong = await lab.json(["power", "a", "b", "off", "--yes=3"]);
    expect(wrong).toMatchObject({ code: 4, result: { error: { code: "change.not-agreed" } } });
    expect(lab.machine("a").server.power).toBe("on");
    const agreed = await lab.json(["power", "a", "b", "off", "--yes=2"]);
    expect(agreed.lines.filter((line) => line["type"] === "row")).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ machine: "a", before: "on", power: "off" }) as object,
        expect.objectContaining({ machine: "b", before: "off", power: "off" }) as object,
      ]),
    );
    expect(agreed).toMatchObject({ code: 0, result: { ok: true, machines: 2 } });
    expect(lab.machine("a").server.powerCounts.off).toBe(1);
  });

  it("are counted by a person who types the number at a terminal", async () => {
    needs("script");
    const line = `${bin} power a b on --estate ${lab.estate} --state ${lab.state}`;
    const typed = async (input: string) => {
      const env = { ...process.env, SIM_BMC_USER: "admin", SIM_BMC_PASSWORD: canary };
      const shell = `(sleep 2; printf '${input}\\n'; sleep 1) | script -qec "$1" /dev/null`;
      return (await promisify(execFile)("/bin/sh", ["-c", shell, "sh", `${line}; echo "code $?"`], { env })).stdout;
    };
    const refused = await typed("1");
    expect(refused).toMatch(/on.* on .*2.* machines:\s+a {2}b\s/);
    expect(refused).toContain("code 4");
    const { powerCounts } = lab.machine("b").server;
    expect(powerCounts.on).toBe(0);
    expect(await typed("2")).toContain("code 0");
    expect(powerCounts.on).toBe(1);
  });
});

describe("a dry run", () => {
  it("says what would be done, changes nothing and starts no database", async () => {
    await using lab = await simEstate([
      { name: "m", server: quick, yaml: "wake: { tries: 4, between: cycle }\njobs: { daily: { command: [a] } }\n" },
    ]);
    const wake = await lab.run(["wake", "m", "--dry-run"]);
    expect(wake.code).toBe(0);
    expect(wake.stdout).toMatch(/power is off/);
    expect(wake.stdout).toMatch(/1\. switch it on.*2\. look at .*3\. not ready by then: cycle.* 4 tries/s);
    for (const words of [
      ["power", "m", "on"],
      ["stop", "m"],
      ["boot", "m", "pxe"],
      ["run", "m", "--after", "keep", "--job", "daily"],
    ]) {
      const planned = await lab.json([...words, "--dry-run"]);
      expect(planned).toMatchObject({ code: 0, result: { ok: true, dryRun: true } });
    }
    const { power, powerCounts } = lab.machine("m").server;
    expect(power).toBe("off");
    expect(Object.values(powerCounts).every((n) => n === 0)).toBe(true);
    expect(existsSync(path.join(lab.state, "pg"))).toBe(false);
  });

  it("still needs every secret", async () => {
    await using lab = await simEstate([{ name: "m", server: quick }]);
    expect(await lab.json(["wake", "m", "--dry-run"], { env: { SIM_BMC_PASSWORD: undefined } })).toMatchObject({
      code: 2,
      result: { error: { code: "secret.missing" } },
    });
  });
});

describe("signals", () => {
  it("a hang-up ends nothing under nohup", async () => {
    await using lab = await simEstate([{ name: "m", server: { ...quick, post: seconds(3) } }]);
    const running = lab.start(["wake", "m"], { under: ["nohup"] });
    await running.shows(/Wait until it is ready/);
    running.kill("SIGHUP");
    expect((await running.ended).code).toBe(0);
    expect(lab.machine("m").server.state).toBe("ready");
  });
});

describe("completion", () => {
  const estate = () => {
    const dir = mkdtempSync(path.join(tmpdir(), "rackhand-shells-"));
    writeFileSync(path.join(dir, "rackhand.yaml"), "kind: Machine\nname: backup01\n");
    return { dir, [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }) };
  };
  const shell = (program: string, args: string[], dir: string) =>
    execFileSync(program, args, {
      encoding: "utf8",
      env: {
        ...process.env,
        PATH: `${path.dirname(bin)}:${process.env["PATH"]}`,
        RACKHAND_ESTATE: dir,
        RACKHAND_STATE: path.join(dir, ".state"),
        HOME: dir,
      },
    });

  it("works in bash", () => {
    needs("bash");
    using own = estate();
    const ask = (...words: string[]) =>
      shell(
        "bash",
        [
          "--norc",
          "-c",
          `eval "$(rackhand completion bash)"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _rackhand; echo "\${COMPREPLY[*]}"`,
          "bash",
          ...words,
        ],
        own.dir,
      ).trim();
    expect(ask("rackhand", "ma")).toBe("machines");
    expect(ask("rackhand", "wake", "ba")).toBe("backup01");
  });

  it("works in fish", () => {
    needs("fish");
    using own = estate();
    const said = shell(
      "fish",
      ["-N", "-c", "rackhand completion fish | source; complete -C 'rackhand wake b'; complete -C 'rackhand runs f'"],
      own.dir,
    );
    expect(said).toMatch(/^backup01\b/m);
    expect(said).toMatch(/^follow\twatch/m);
  });

  it("works in zsh", () => {
    needs("zsh");
    using own = estate();
    const script = `compdef() { :; }; _describe() { print -l -- "\${(@P)2}"; }; eval "$(rackhand completion zsh)"; words=(rackhand wake b); CURRENT=3; _rackhand`;
    expect(shell("zsh", ["-f", "-c", script], own.dir)).toMatch(/^backup01\b/m);
  });
});
