/** What somebody at the console wants: type something, or something of us. */
export type Wish = { type: "send"; bytes: Uint8Array } | { type: "leave" } | { type: "help" } | { type: "break" };

const tilde = 0x7e;
const lineEnds = new Set([0x0d, 0x0a]);
const commands = new Map<number, Exclude<Wish["type"], "send">>([
  [0x2e, "leave"],
  [0x3f, "help"],
  [0x62, "break"],
  [0x42, "break"],
]);

/** Finds `~.` `~?` `~b` at the beginning of a line, as ssh and ipmitool do it; `~~` types one. Keys may come one by one or many at once. */
export class EscapeReader {
  #lineStart = true;
  #held = false;

  read(bytes: Uint8Array): Wish[] {
    const wishes: Wish[] = [];
    let typed: number[] = [];
    const flush = () => {
      if (typed.length > 0) wishes.push({ type: "send", bytes: Uint8Array.from(typed) });
      typed = [];
    };
    for (const byte of bytes) {
      const command = this.#held ? commands.get(byte) : undefined;
      if (command !== undefined) {
        this.#held = false;
        this.#lineStart = true;
        flush();
        wishes.push({ type: command });
      } else if (this.#lineStart && byte === tilde && !this.#held) this.#held = true;
      else {
        if (this.#held && byte !== tilde) typed.push(tilde);
        typed.push(byte);
        this.#held = false;
        this.#lineStart = lineEnds.has(byte);
      }
    }
    flush();
    return wishes;
  }
}
