import { formatDuration } from "#base/units.ts";
import type { SerialInput } from "#bmc/serial.ts";
import { oneLine } from "../output/terminal.ts";

export const help = ["~.  leave", "~b  send a break", "~?  this", "~~  type a ~", "(each at the beginning of a line)"];

const gaps: Readonly<Record<Extract<SerialInput, { type: "gap" }>["why"], string>> = {
  reconnected: "the connection was lost meanwhile",
  "packets-lost": "the controller gave packets up",
  overrun: "the controller's buffer ran over",
  "reader-too-slow": "they were not read fast enough here",
};

/** What is said about the console, between what it prints; undefined for characters. */
export function noticeOf(input: SerialInput): string | undefined {
  switch (input.type) {
    case "data":
      return undefined;
    case "gap":
      return `characters may be missing here: ${gaps[input.why]}`;
    case "lost":
      return `lost: ${oneLine(input.detail)}; next try in ${formatDuration(input.again)}`;
    case "connected":
      return "connected";
    case "taken":
      return `taken over: ${oneLine(input.by)}; it is not taken back; looking again in ${formatDuration(input.again)}`;
    case "host":
      return input.available ? "the host is there again" : "the host is off or in reset";
    case "break":
      return "the host sends a break";
  }
}
