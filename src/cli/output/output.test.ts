import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { Secret } from "#base/secret.ts";
import type { StepRecord } from "#engine/engine.ts";
import { Live } from "./live.ts";
import { Out } from "./out.ts";
import { choiceMeant } from "./prompt.ts";
import { endedLines, liveLines, plainLine } from "./step-lines.ts";
import { pairLines, tableLines } from "./table.ts";
import { fit, harmless, marks, oneLine, paint, width } from "./terminal.ts";

const look = { paint: paint(false), marks: marks({ LANG: "C.UTF-8" }), columns: 100 };
const step = (more: Partial<StepRecord>): StepRecord => ({
  seq: 1,
  title: "Power on",
  effect: "ensures",
  state: "running",
  attempts: 1,
  started: "2026-01-31T03:00:00.000Z",
  evidence: [],
  ...more,
});
const at = (seconds: number) => Date.parse("2026-01-31T03:00:00.000Z") + seconds * 1000;

function talk(json: boolean) {
  const said = { stdout: "", stderr: "" };
  const sink = (name: "stdout" | "stderr") => ({ write: (text: string) => (said[name] += text) });
  const out = new Out({
    json,
    colour: { stdout: false, stderr: false },
    stdout: sink("stdout"),
    stderr: sink("stderr"),
    env: {},
  });
  return { said, out };
}

describe("what leaves the program", () => {
  it("is JSON only on stdout with --json, and words only without", () => {
    const json = talk(true);
    json.out.line("for people");
    json.out.row({ machine: "m" });
    json.out.say("for people");
    expect(json.said).toEqual({ stdout: '{"type":"row","machine":"m"}\n', stderr: "for people\n" });
    const words = talk(false);
    words.out.line("for people");
    words.out.row({ machine: "m" });
    expect(words.said).toEqual({ stdout: "for people\n", stderr: "" });
  });

  it("never holds a secret", () => {
    const secret = new Secret("0utput-canary");
    const { said, out } = talk(true);
    out.row({ text: secret.reveal() });
    out.say("it is 0utput-canary");
    out.raw("stdout", "0utput-canary\n");
    expect(said.stdout + said.stderr).not.toContain("0utput-canary");
  });

  it("stays JSON, and without the secret, whatever a secret is made of", () => {
    const odd = new Secret('pa"ss\\word\n2');
    const word = new Secret("result");
    const { said, out } = talk(true);
    out.result({ ok: true, [word.reveal()]: [`it is ${odd.reveal()}`] });
    expect(JSON.parse(said.stdout)).toEqual({ type: "result", ok: true, result: ["it is ***"] });
  });

  it("does not let foreign text move the cursor", () => {
    expect(harmless("SSH-2.0\x1b[2J\x07evil\u202e")).toBe("SSH-2.0·[2J·evil·");
    expect(oneLine("two\r\nlines")).toBe("two lines");
  });
});

describe("tables", () => {
  it("align their columns, colours not counted", () => {
    const { green } = paint(true);
    const lines = tableLines(
      ["NAME", "STATE"],
      [
        ["web01", green("on")],
        ["a", "off"],
      ],
    );
    expect(lines.map(stripVTControlCharacters)).toEqual(["NAME   STATE", "web01  on", "a      off"]);
    expect(
      pairLines([
        ["a", "1"],
        ["long", "2"],
        ["none", undefined],
      ]),
    ).toEqual(["a     1", "long  2"]);
  });
});

describe("a step", () => {
  it("that ended shows its duration and its last words; the usual time only when it took much longer", () => {
    const done = step({ state: "done", ended: "2026-01-31T03:00:04.100Z", note: "off, then on" });
    expect(endedLines(done, look)[0]).toMatch(/^ {2}✓ Power on +4\.1 s {3}off, then on$/);
    expect(endedLines({ ...done, usual: 1000 }, look)[0]).toMatch(/usually 1\.0 s; off, then on$/);
    expect(endedLines({ ...done, usual: 4000 }, look)[0]).not.toContain("usually");
  });

  it("that failed shows why", () => {
    const failed = step({
      state: "failed",
      ended: "2026-01-31T03:00:04.000Z",
      error: { code: "x", message: "m: no answer", retryable: true, exitCode: 3 },
    });
    expect(endedLines(failed, look)).toEqual([expect.stringMatching(/^ {2}✗ Power on/), "      m: no answer"]);
    expect(plainLine(failed, at(9))).toBe("Power on: FAILED (4.0 s): m: no answer");
  });

  it("that goes on shows the time so far against the usual time, each line within the terminal", () => {
    const lines = liveLines(step({ usual: 60_000, note: "x".repeat(300) }), {
      ...look,
      columns: 60,
      now: at(12),
      turn: 0,
    });
    expect(lines[0]).toMatch(/12 s {3}usually 1 min 00 s$/);
    for (const line of lines) expect(width(line)).toBeLessThanOrEqual(60);
  });

  it("leaves out the usual time where the terminal is too narrow for the title", () => {
    const [line = ""] = liveLines(step({ title: "Wait until it is ready (try 1 of 6)", usual: 2500 }), {
      ...look,
      columns: 40,
      now: at(1),
      turn: 0,
    });
    expect(width(line)).toBeLessThan(40);
    expect(line).toMatch(/Wait until it is ready …/);
    const ended = step({ state: "done", ended: "2026-01-31T03:00:02.000Z" });
    expect(width(endedLines(ended, { ...look, columns: 40 })[0] ?? "")).toBeLessThan(40);
  });

  it("has ASCII signs where the locale has no others", () => {
    expect(
      endedLines(step({ state: "done", ended: "2026-01-31T03:00:01.000Z" }), {
        ...look,
        marks: marks({ LANG: "C" }),
      })[0],
    ).toMatch(/^ {2}ok Power on/);
    expect(fit("abcdef", 4, "...")).toBe("a...");
  });
});

describe("the live region", () => {
  it("is drawn below what stays, and gone at the end", () => {
    let screen = "";
    const region = ["working", "more"];
    const live = new Live({ write: (text) => (screen += text) }, () => region);
    live.start();
    live.print(["first"]);
    live.print(["second"]);
    live.aside(() => (screen += "output\n"));
    live.stop();
    expect(rendered(screen)).toEqual(["first", "second", "output"]);
    expect(screen.endsWith("\x1b[?25h")).toBe(true);
  });
});

/** What a terminal shows of text with cursor-up and clear-below. */
function rendered(text: string): string[] {
  const rows: string[] = [];
  const still = ["25l", "25h", "7l", "7h"].reduce((rest, mode) => rest.replaceAll(`\x1b[?${mode}`, ""), text);
  for (const part of still.split("\x1b[")) {
    const [, up, rest = part] = /^(?:(\d+)A\r|J)(.*)$/s.exec(part) ?? [];
    if (up !== undefined) rows.length -= Number(up);
    rows.push(...rest.split("\n").filter((line) => line !== ""));
  }
  return rows;
}

describe("a choice", () => {
  it("is meant by its word, enough of its beginning, or its number", () => {
    const choices = ["retry", "skip", "abort"];
    expect(["retry", "S", "3", "", "x", "4", "0"].map((word) => choiceMeant(word, choices))).toEqual([
      "retry",
      "skip",
      "abort",
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(choiceMeant("s", ["skip", "stop"])).toBeUndefined();
  });
});
