/** Generic completion codes (IPMI 2.0 table 5-2). */
export const CompletionCode = {
  ok: 0x00,
  nodeBusy: 0xc0,
  invalidCommand: 0xc1,
  invalidForLun: 0xc2,
  timeout: 0xc3,
  outOfSpace: 0xc4,
  reservationCancelled: 0xc5,
  truncated: 0xc6,
  invalidLength: 0xc7,
  lengthExceeded: 0xc8,
  outOfRange: 0xc9,
  cannotReturnThatMany: 0xca,
  notPresent: 0xcb,
  invalidField: 0xcc,
  illegalForSensor: 0xcd,
  noResponse: 0xce,
  duplicate: 0xcf,
  sdrUpdating: 0xd0,
  firmwareUpdating: 0xd1,
  initializing: 0xd2,
  destinationUnavailable: 0xd3,
  insufficientPrivilege: 0xd4,
  notInThisState: 0xd5,
  subFunctionDisabled: 0xd6,
  unspecified: 0xff,
} as const;

const texts: Record<number, string> = {
  0x00: "command completed normally",
  0xc0: "node busy",
  0xc1: "command not known",
  0xc2: "command not known for this LUN",
  0xc3: "time-out while processing the command",
  0xc4: "out of space",
  0xc5: "reservation cancelled or wrong",
  0xc6: "request data truncated",
  0xc7: "request data length wrong",
  0xc8: "request data length over the limit",
  0xc9: "parameter out of range",
  0xca: "cannot return that many bytes",
  0xcb: "sensor, data or record not present",
  0xcc: "invalid data field in the request",
  0xcd: "command illegal for this sensor or record",
  0xce: "command response could not be provided",
  0xcf: "duplicated request",
  0xd0: "SDR repository in update mode",
  0xd1: "device in firmware update mode",
  0xd2: "controller is still initialising",
  0xd3: "destination not available",
  0xd4: "insufficient privilege, or blocked by the firmware firewall",
  0xd5: "command not supported in the present state",
  0xd6: "sub-function disabled or not available",
  0xff: "unspecified error",
};

/** `node busy (C0h)`; `own` holds the command's own meanings of 80h..BEh. */
export function completionText(code: number, own: Readonly<Record<number, string>> = {}): string {
  const text =
    own[code] ??
    texts[code] ??
    (code >= 0x01 && code <= 0x7e ? "error of the device's own" : "unknown completion code");
  return `${text} (${code.toString(16).toUpperCase().padStart(2, "0")}h)`;
}
