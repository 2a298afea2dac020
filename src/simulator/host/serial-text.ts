import type { ServerState } from "../server.ts";

/** What a server prints on its serial port as it goes from state to state. Texts as firmware, boot loader and kernel write them. */
export type SerialScript = Partial<Record<ServerState, string>>;

const clear = "\u001b[2J\u001b[H";
const lines = (...all: readonly string[]) => all.map((line) => `${line}\r\n`).join("");

/** The usual texts of a server of that name. */
export function serialScript(name: string): SerialScript {
  return {
    post: `${clear}\u001b[1m${lines("Acme Systems BIOS v2.14", name)}\u001b[0m${lines("Initializing memory ... 65536 MB OK", "Press F2 for setup, F12 for network boot")}`,
    boot: lines(
      "Booting from Hard Disk 0...",
      "GRUB loading.",
      "Loading Linux 6.1.0-18-amd64 ...",
      "[    0.000000] Linux version 6.1.0-18-amd64",
      "[    1.482713] EXT4-fs (sda2): mounted filesystem with ordered data mode",
      "[    2.104518] systemd[1]: Reached target Multi-User System.",
    ),
    ready: `\r\nDebian GNU/Linux 12 ${name} ttyS1\r\n\r\n${name} login: `,
    "no-boot-device": lines("", "No bootable device.", "Insert boot disk and press any key"),
    hung: lines(
      "[    1.902371] VFS: Cannot open root device",
      "[    1.902388] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)",
    ),
    setup: `${clear}${lines("Acme Systems BIOS Setup Utility", "", "  Main   Advanced   Boot   Exit")}`,
    "other-system": `\r\nlive login: `,
    "shutting-down": lines("", "[  OK  ] Reached target Power-Off.", "reboot: Power down"),
  };
}
