/** How a BMC's SSH shell is left for the serial console, and what would lead back to it. */
export interface VendorShell {
  /** The shell's prompt at the end of what came; undefined: the console itself answers, there is no shell before it. */
  prompt?: RegExp;
  /** Command lines that lead to the console; a later form is tried where the shell does not know the one before. */
  enter: readonly (readonly string[])[];
  /** Command lines, per form, that throw out whoever has it. */
  free?: readonly (readonly string[])[];
  /** What ends the console when it is typed. */
  leave: Uint8Array;
}

const escape = 0x1b;
const bytes = (...all: (number | string)[]) =>
  Uint8Array.from(all.flatMap((one) => [...Buffer.from(typeof one === "string" ? one : [one])]));

/**
 * As far as is known from public notes and code: iDRAC and XCC forms from NVIDIA's bare-metal-manager-core, Supermicro's from its own SerialConsole.SSH
 * resource, OpenBMC's from its documentation, Cisco's from general knowledge. The order matters: the first prompt that fits is it.
 */
export const vendorShells = {
  idrac: {
    prompt: /(?:racadm>>|\/admin1->)\s*$/,
    enter: [["connect com2"], ["console com2"]],
    leave: bytes(0x1c),
  },
  ilo: { prompt: /hpiLO->\s*$/, enter: [["vsp"]], leave: bytes(escape, "(") },
  /** The SR650 V4 answers "extraneous arguments" to the older form. */
  xcc: {
    prompt: /(?:^|[\r\n])system>\s*$/,
    enter: [["console 1"], ["console start"]],
    free: [["console kill 1"], ["console kill"]],
    leave: bytes(escape, "("),
  },
  supermicro: { prompt: /(?:^|[\r\n])->\s*$/, enter: [["cd system1/sol1", "start"]], leave: bytes("\r", escape, "T") },
  cisco: { prompt: /(?:^|[\r\n])[^\s@:~]+#\s*$/, enter: [["connect host"]], leave: bytes(0x18) },
  /** Port 2200: straight to the console. */
  openbmc: { enter: [], leave: bytes("\r~.") },
} as const satisfies Record<string, VendorShell>;

export type ShellName = keyof typeof vendorShells;
export const shellNames = Object.keys(vendorShells).filter((name): name is ShellName => name in vendorShells);

/** Whose prompt stands at the end of the text. */
export function shellAt(text: string): ShellName | undefined {
  return shellNames.find((name) => promptOf(name)?.test(text));
}

export function promptOf(name: ShellName): RegExp | undefined {
  const shell: VendorShell = vendorShells[name];
  return shell.prompt;
}
