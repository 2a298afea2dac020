import { expect, test } from "vitest";
import { Secret } from "#base/secret.ts";
import { keysymOf, parseKeys, plainKeys, type Stroke } from "./keys.ts";

const names = (strokes: readonly Stroke[]) =>
  strokes.map(({ keys }) => keys.map(({ name }) => name).join("+")).join(" ");

test("text is typed as it stands, with Shift where a US keyboard needs it", () => {
  expect(names(plainKeys("aB?{\n"))).toBe("a Shift+b Shift+/ Shift+[ Enter");
  const symbols = plainKeys("aB?").map((stroke) => keysymOf(stroke.keys.at(-1)!, stroke));
  expect(String.fromCharCode(...symbols)).toBe("aB?");
});

test("keys in braces are called by name, whatever the case, alone, in chords and repeated", () => {
  expect(names(parseKeys("root{Enter}{f2}{ctrl-alt-del}{Alt+SysRq+b}{Down 3}"))).toBe(
    "r o o t Enter F2 Ctrl+Alt+Delete Alt+PrintScreen+b Down Down Down",
  );
  expect(names(parseKeys("{Ctrl-C}{Ctrl-Shift-c}{Ctrl--}{Alt-+}{Ctrl-Minus}"))).toBe(
    "Ctrl+c Ctrl+Shift+c Ctrl+- Alt+Shift+= Ctrl+-",
  );
  expect(names(parseKeys("{RCtrl}{AltGr}{LWin}{RShift-a}"))).toBe("RCtrl RAlt Win RShift+a");
});

test("braces themselves can be written, and a closing one alone is itself", () => {
  expect(parseKeys("${{}a{}}")).toEqual(plainKeys("${a}"));
  expect(parseKeys("{LeftBrace}{rightbrace}}")).toEqual(plainKeys("{}}"));
});

test("both line ends are one Enter", () => {
  expect(names(plainKeys("a\r\nb\n"))).toBe("a Enter b Enter");
});

test("an unknown key is refused with the nearest that exists", () => {
  expect(() => parseKeys("{Entr}")).toThrow(
    expect.objectContaining({ code: "keys.unknown", advice: "did you mean 'Enter'?" }),
  );
  expect(() => parseKeys("{Ctrl-Nothing}")).toThrow(expect.objectContaining({ code: "keys.unknown", exitCode: 2 }));
  expect(() => parseKeys("{}")).toThrow(expect.objectContaining({ code: "keys.syntax" }));
  expect(() => parseKeys("abc{Enter")).toThrow(expect.objectContaining({ code: "keys.syntax" }));
});

test("a character that no US keyboard has is refused by its place, and a secret's is not told", () => {
  expect(() => plainKeys("aä")).toThrow("character 2 (U+00E4) is not on a US keyboard");
  expect(() => plainKeys(new Secret("aä€-word"))).toThrow("character 2 is not on a US keyboard");
  expect(plainKeys(new Secret("pass{Enter}"))).toHaveLength(11);
});

test("every key has a place of its own", () => {
  const printable = Array.from({ length: 95 }, (_, at) => String.fromCharCode(32 + at)).join("");
  const keys = plainKeys(printable).map(({ keys }) => keys.at(-1)!);
  expect(new Set(keys.map(({ scanCode }) => scanCode)).size).toBe(48);
});
