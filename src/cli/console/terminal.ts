import { once } from "node:events";
import { errorRecord } from "#base/errors.ts";
import type { SerialInput, SerialLine } from "#bmc/serial.ts";
import type { Call } from "../call.ts";
import { EscapeReader, type Wish } from "./escape.ts";
import { help, noticeOf } from "./words.ts";

/** What a host may have left the terminal in: colours, no cursor, keypad and mouse modes, bracketed paste. */
const restored =
  "\u001b[0m\u001b[?25h\u001b[?1l\u001b>\u001b[?1000l\u001b[?1002l\u001b[?1003l\u001b[?1006l\u001b[?2004l";

/** Shows what the console prints until it ends; gaps stand in the output itself, everything else goes to stderr. */
export async function show(call: Call, line: SerialLine, newline: string): Promise<void> {
  const { out } = call;
  let told = false;
  for (let input = await line.next(); input !== undefined; input = await line.next()) {
    if (out.json) tellScript(call, input);
    else if (input.type === "data") await write(input.bytes);
    // That it is connected at the beginning goes without saying.
    else if (input.type !== "connected" || told) await tell(input, newline);
    told = true;
  }
}

async function tell(input: SerialInput, newline: string): Promise<void> {
  const notice = `${newline}[rackhand: ${noticeOf(input) ?? ""}]${newline}`;
  if (input.type === "gap") await write(Buffer.from(notice));
  else process.stderr.write(notice);
}

function tellScript({ out }: Call, input: SerialInput): void {
  if (input.type === "data") out.event({ event: "data", base64: Buffer.from(input.bytes).toString("base64") });
  else {
    const { type: event, ...rest } = input;
    out.event({ event, ...rest });
  }
}

/** Not faster than it is taken: what waits then is bounded. */
async function write(bytes: Uint8Array): Promise<void> {
  if (!process.stdout.write(bytes) && !process.stdout.destroyed)
    await once(process.stdout, "drain").catch(() => undefined);
}

/** Passes every key on to the console until `~.`; the terminal is put back however it ends. */
export async function typeInto(call: Call, line: SerialLine): Promise<void> {
  const { stdin } = process;
  const escapes = new EscapeReader();
  const say = (text: string) => process.stderr.write(`\r\n[rackhand: ${text}]\r\n`);
  const failed = (error: unknown) => {
    const { code, message } = errorRecord(error);
    // That it was lost is said once already.
    if (code !== "console.lost") say(message);
  };
  const obey = (wish: Wish): void => {
    if (wish.type === "send") line.write(wish.bytes).catch(failed);
    else if (wish.type === "break") line.break().catch(failed);
    else if (wish.type === "help") for (const each of ["", ...help]) process.stderr.write(`${each}\r\n`);
    else void line.close();
  };
  const typed = (bytes: Uint8Array) => escapes.read(bytes).forEach(obey);
  const gone = () => void line.close();
  stdin.setRawMode(true);
  stdin.on("data", typed);
  stdin.on("end", gone);
  stdin.resume();
  try {
    await show(call, line, "\r\n");
  } finally {
    stdin.off("data", typed);
    stdin.off("end", gone);
    stdin.setRawMode(false);
    stdin.pause();
    process.stdout.write(restored);
  }
}
