import { command, NetFn } from "./command.ts";
import { bytes, flag, oneOf, optional, reserved, rest, uint } from "./fields.ts";

const level = { highest: 0, callback: 1, user: 2, operator: 3, administrator: 4, oem: 5 } as const;

/** IPMI 2.0 §22.13. Asked before a session; `extended` says whether the answer shall speak of IPMI 2.0 (some 1.5 firmware refuses that bit with CCh). */
export const GetChannelAuthenticationCapabilities = command("Get Channel Authentication Capabilities", {
  netFn: NetFn.app,
  code: 0x38,
  privilege: "none",
  effect: "reads",
  spec: "22.13",
  request: { extended: flag, _1: reserved(3), channel: uint(4), _2: reserved(4), privilege: oneOf(level, 4) },
  response: {
    channel: uint(8),
    extended: flag,
    _1: reserved(1),
    oem: flag,
    password: flag,
    _2: reserved(1),
    md5: flag,
    md2: flag,
    none: flag,
    _3: reserved(2),
    /** A K_g is set. Lies on several boards: never refuse because of it. */
    kg: flag,
    perMessageOff: flag,
    userLevelOff: flag,
    namedUsers: flag,
    nullUsers: flag,
    anonymous: flag,
    _4: reserved(6),
    ipmi20: flag,
    ipmi15: flag,
    oemData: rest,
  },
});

/** IPMI 2.0 §22.15. 16 bytes a page; a shorter page is the last. */
export const GetChannelCipherSuites = command("Get Channel Cipher Suites", {
  netFn: NetFn.app,
  code: 0x54,
  privilege: "none",
  effect: "reads",
  spec: "22.15",
  request: {
    _1: reserved(4),
    channel: uint(4),
    _2: reserved(2),
    payloadType: uint(6),
    listSuites: flag,
    _3: reserved(1),
    index: uint(6),
  },
  response: { channel: uint(8), records: rest },
});

/** IPMI 2.0 §22.18. */
export const SetSessionPrivilegeLevel = command("Set Session Privilege Level", {
  netFn: NetFn.app,
  code: 0x3b,
  privilege: "user",
  effect: "sets",
  spec: "22.18",
  request: { _1: reserved(4), privilege: oneOf(level, 4) },
  response: { _1: reserved(4), privilege: oneOf(level, 4) },
  completionCodes: {
    0x80: "the requested level is not available for this user",
    0x81: "the requested level is above the channel's or the user's limit",
    0x82: "the user level cannot be disabled",
  },
});

/** IPMI 2.0 §22.19. `handle` only for session id 0. */
export const CloseSession = command("Close Session", {
  netFn: NetFn.app,
  code: 0x3c,
  privilege: "callback",
  effect: "sets",
  spec: "22.19",
  request: { managedSessionId: uint(32), handle: optional(uint(8)) },
  response: {},
  completionCodes: { 0x87: "no session with this id", 0x88: "no session with this handle" },
});

/** IPMI 2.0 §22.20. Session index 0 asks about the own session; `active` counts all open ones. */
export const GetSessionInfo = command("Get Session Info", {
  netFn: NetFn.app,
  code: 0x3d,
  privilege: "user",
  effect: "reads",
  spec: "22.20",
  request: { index: uint(8), id: rest },
  response: {
    handle: uint(8),
    _1: reserved(2),
    slots: uint(6),
    _2: reserved(2),
    active: uint(6),
    _3: reserved(2),
    userId: optional(uint(6)),
    rest,
  },
});

/** IPMI 2.0 §20.1. */
export const GetDeviceId = command("Get Device ID", {
  netFn: NetFn.app,
  code: 0x01,
  privilege: "user",
  effect: "reads",
  spec: "20.1",
  request: {},
  response: {
    deviceId: uint(8),
    providesSdrs: flag,
    _1: reserved(3),
    deviceRevision: uint(4),
    /** Firmware update or self-initialisation is going on. */
    busy: flag,
    firmwareMajor: uint(7),
    /** Two BCD digits. */
    firmwareMinor: uint(8),
    /** BCD, low nibble first: 02h is 2.0, 51h is 1.5. */
    ipmiVersion: uint(8),
    deviceSupport: uint(8),
    /** IANA enterprise number, 20 bits used. */
    manufacturerId: uint(24),
    productId: uint(16),
    auxiliary: optional(bytes(4)),
  },
});

/** IPMI 2.0 §22.14. The controller's identity; see `guid.ts` for its byte orders. */
export const GetSystemGuid = command("Get System GUID", {
  netFn: NetFn.app,
  code: 0x37,
  privilege: "user",
  effect: "reads",
  spec: "22.14",
  request: {},
  response: { guid: bytes(16) },
});

/** IPMI 2.0 §20.8, the GUID of the management controller itself. */
export const GetDeviceGuid = command("Get Device GUID", {
  netFn: NetFn.app,
  code: 0x08,
  privilege: "user",
  effect: "reads",
  spec: "20.8",
  request: {},
  response: { guid: bytes(16) },
});

/** IPMI 2.0 §28.2. */
export const GetChassisStatus = command("Get Chassis Status", {
  netFn: NetFn.chassis,
  code: 0x01,
  privilege: "user",
  effect: "reads",
  spec: "28.2",
  request: {},
  response: {
    _1: reserved(1),
    restorePolicy: oneOf({ staysOff: 0, previous: 1, turnsOn: 2, unknown: 3 }, 2),
    controlFault: flag,
    powerFault: flag,
    interlock: flag,
    overload: flag,
    power: oneOf({ off: 0, on: 1 }, 1),
    _2: reserved(3),
    lastOnByCommand: flag,
    lastDownByFault: flag,
    lastDownByInterlock: flag,
    lastDownByOverload: flag,
    acFailed: flag,
    _3: reserved(1),
    identifySupported: flag,
    identify: oneOf({ off: 0, timed: 1, forever: 2, unknown: 3 }, 2),
    coolingFault: flag,
    driveFault: flag,
    lockout: flag,
    intrusion: flag,
    frontPanel: optional(uint(8)),
  },
});

/** Chassis Control actions that set a state; all others act anew each time they arrive. */
const states = new Set(["powerDown", "powerUp"]);

/** IPMI 2.0 §28.3. The host may lose power before the answer is on the wire; the answer comes before the change in any case. */
export const ChassisControl = command("Chassis Control", {
  netFn: NetFn.chassis,
  code: 0x02,
  privilege: "operator",
  effect: ({ action }) => (states.has(action) ? "sets" : "once"),
  spec: "28.3",
  request: {
    _1: reserved(4),
    action: oneOf(
      { powerDown: 0, powerUp: 1, powerCycle: 2, hardReset: 3, diagnosticInterrupt: 4, softShutdown: 5 },
      4,
    ),
  },
  response: {},
});

/** IPMI 2.0 §28.5. 0 seconds switches the light off; `force` keeps it on until switched off (not on 1.5 firmware). */
export const ChassisIdentify = command("Chassis Identify", {
  netFn: NetFn.chassis,
  code: 0x04,
  privilege: "operator",
  effect: "sets",
  spec: "28.5",
  request: { seconds: uint(8), force: optional(uint(8)) },
  response: {},
});

const bootOptionCodes = {
  0x80: "the firmware has no such boot option",
  0x81: "another party is setting the boot options",
  0x82: "this boot option can only be read",
};

/** IPMI 2.0 §28.12. `data` as `boot-options.ts` describes it for each parameter. */
export const SetSystemBootOptions = command("Set System Boot Options", {
  netFn: NetFn.chassis,
  code: 0x08,
  privilege: "operator",
  effect: "sets",
  spec: "28.12",
  request: { markInvalid: flag, parameter: uint(7), data: rest },
  response: {},
  completionCodes: bootOptionCodes,
});

/** IPMI 2.0 §28.13. */
export const GetSystemBootOptions = command("Get System Boot Options", {
  netFn: NetFn.chassis,
  code: 0x09,
  privilege: "operator",
  effect: "reads",
  spec: "28.13",
  request: { _1: reserved(1), parameter: uint(7), set: uint(8), block: uint(8) },
  response: { _1: reserved(4), version: uint(4), markedInvalid: flag, parameter: uint(7), data: rest },
  completionCodes: bootOptionCodes,
});
