/** A key of the US keyboard. */
export interface Key {
  /** As it is called in `{…}`; a character for the keys that write one. */
  readonly name: string;
  /** X11's number for what the key means alone, and together with Shift. */
  readonly keysym: number;
  readonly shifted: number;
  /** Its place: XT scan code, with 0x80 for those behind E0 (QEMU's numbering). */
  readonly scanCode: number;
}

const rows: readonly [plain: string, shifted: string, first: number][] = [
  ["1234567890-=", "!@#$%^&*()_+", 0x02],
  ["qwertyuiop[]", "QWERTYUIOP{}", 0x10],
  ["asdfghjkl;'`", 'ASDFGHJKL:"~', 0x1e],
  ["\\zxcvbnm,./", "|ZXCVBNM<>?", 0x2b],
  [" ", " ", 0x39],
];

const writing: readonly Key[] = rows.flatMap(([plain, shifted, first]) =>
  [...plain].map((name, at) => ({
    name,
    keysym: name.charCodeAt(0),
    shifted: shifted.charCodeAt(at),
    scanCode: first + at,
  })),
);

/** Names, the first being the key's own; keysym (X11's keysymdef.h); scan code. */
const named: readonly [names: string, keysym: number, scanCode: number][] = [
  ["Esc Escape", 0xff1b, 0x01],
  ["Backspace BS", 0xff08, 0x0e],
  ["Tab", 0xff09, 0x0f],
  ["Enter Return", 0xff0d, 0x1c],
  ["CapsLock", 0xffe5, 0x3a],
  ["NumLock", 0xff7f, 0x45],
  ["ScrollLock", 0xff14, 0x46],
  ["PrintScreen PrtSc Print SysRq", 0xff61, 0x54],
  ["Pause Break", 0xff13, 0xc6],
  ["Insert Ins", 0xff63, 0xd2],
  ["Delete Del", 0xffff, 0xd3],
  ["Home", 0xff50, 0xc7],
  ["End", 0xff57, 0xcf],
  ["PageUp PgUp", 0xff55, 0xc9],
  ["PageDown PgDn PgDown", 0xff56, 0xd1],
  ["Up", 0xff52, 0xc8],
  ["Left", 0xff51, 0xcb],
  ["Right", 0xff53, 0xcd],
  ["Down", 0xff54, 0xd0],
  ["Menu Apps", 0xff67, 0xdd],
  ["KP0", 0xffb0, 0x52],
  ["KP1", 0xffb1, 0x4f],
  ["KP2", 0xffb2, 0x50],
  ["KP3", 0xffb3, 0x51],
  ["KP4", 0xffb4, 0x4b],
  ["KP5", 0xffb5, 0x4c],
  ["KP6", 0xffb6, 0x4d],
  ["KP7", 0xffb7, 0x47],
  ["KP8", 0xffb8, 0x48],
  ["KP9", 0xffb9, 0x49],
  ["KPEnter", 0xff8d, 0x9c],
  ["KPPlus KPAdd", 0xffab, 0x4e],
  ["KPMinus KPSubtract", 0xffad, 0x4a],
  ["KPMultiply", 0xffaa, 0x37],
  ["KPDivide", 0xffaf, 0xb5],
  ["KPDot KPDecimal", 0xffae, 0x53],
  ...Array.from({ length: 10 }, (_, at): [string, number, number] => [`F${at + 1}`, 0xffbe + at, 0x3b + at]),
  ["F11", 0xffc8, 0x57],
  ["F12", 0xffc9, 0x58],
  ["Ctrl Control LCtrl", 0xffe3, 0x1d],
  ["RCtrl", 0xffe4, 0x9d],
  ["Shift LShift", 0xffe1, 0x2a],
  ["RShift", 0xffe2, 0x36],
  ["Alt LAlt", 0xffe9, 0x38],
  ["RAlt AltGr", 0xffea, 0xb8],
  ["Win Super Meta LWin", 0xffeb, 0xdb],
  ["RWin", 0xffec, 0xdc],
];

/** Signs that can be called by name too, where the sign itself would be misread. */
const signs: Readonly<Record<string, string>> = { Space: " ", Minus: "-", Plus: "+", LeftBrace: "{", RightBrace: "}" };

const byName = new Map<string, Key>();
for (const [names, keysym, scanCode] of named) {
  const [name = "", ...more] = names.split(" ");
  const key = { name, keysym, shifted: keysym, scanCode };
  for (const one of [name, ...more]) byName.set(one.toLowerCase(), key);
}

const byCharacter = new Map<string, { key: Key; shift: boolean }>();
for (const key of writing) {
  if (key.shifted !== key.keysym) byCharacter.set(String.fromCharCode(key.shifted), { key, shift: true });
  byCharacter.set(key.name, { key, shift: false });
}

/** Keys with a name, and every name there is, for advice. */
export const keyNames: readonly string[] = [...named.flatMap(([names]) => names.split(" ")), ...Object.keys(signs)];

/** `enter`, `PgUp`, `F2`: whatever the case. */
export function keyNamed(name: string): Key | undefined {
  return byName.get(name.toLowerCase());
}

/** `space`, `LeftBrace`: the character itself. */
export function signNamed(name: string): string | undefined {
  return Object.entries(signs).find(([sign]) => sign.toLowerCase() === name.toLowerCase())?.[1];
}

/** The key that writes a character, and whether Shift must be held. */
export function keyFor(character: string): { key: Key; shift: boolean } | undefined {
  return byCharacter.get(character);
}
