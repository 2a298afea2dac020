import { command, NetFn } from "#protocols/ipmi/command.ts";
import { flag, oneOf, optional, reserved, rest, uint } from "#protocols/ipmi/fields.ts";

// Commands that no client of ours sends, but that ipmitool and FreeIPMI ask a BMC for.

/** IPMI 2.0 §20.2. */
export const ColdReset = command("Cold Reset", {
  netFn: NetFn.app,
  code: 0x02,
  privilege: "administrator",
  effect: "once",
  spec: "20.2",
  request: {},
  response: {},
});

/** IPMI 2.0 §20.3. */
export const WarmReset = command("Warm Reset", {
  netFn: NetFn.app,
  code: 0x03,
  privilege: "administrator",
  effect: "once",
  spec: "20.3",
  request: {},
  response: {},
});

/** IPMI 2.0 §20.4; 55h: no error. */
export const GetSelfTestResults = command("Get Self Test Results", {
  netFn: NetFn.app,
  code: 0x04,
  privilege: "user",
  effect: "reads",
  spec: "20.4",
  request: {},
  response: { result: uint(8), detail: uint(8) },
});

/** IPMI 2.0 §22.23. */
export const GetChannelAccess = command("Get Channel Access", {
  netFn: NetFn.app,
  code: 0x41,
  privilege: "user",
  effect: "reads",
  spec: "22.23",
  request: { _1: reserved(4), channel: uint(4), which: uint(2), _2: reserved(6) },
  response: {
    _1: reserved(2),
    alertingOff: flag,
    perMessageOff: flag,
    userLevelOff: flag,
    access: oneOf({ disabled: 0, preBoot: 1, always: 2, shared: 3 }, 3),
    _2: reserved(4),
    privilege: uint(4),
  },
});

/** IPMI 2.0 §22.24. */
export const GetChannelInfo = command("Get Channel Info", {
  netFn: NetFn.app,
  code: 0x42,
  privilege: "user",
  effect: "reads",
  spec: "22.24",
  request: { _1: reserved(4), channel: uint(4) },
  response: {
    _1: reserved(4),
    channel: uint(4),
    _2: reserved(1),
    medium: uint(7),
    _3: reserved(3),
    protocol: uint(5),
    sessions: oneOf({ none: 0, single: 1, multi: 2, changing: 3 }, 2),
    active: uint(6),
    vendor: uint(24),
    auxiliary: uint(16),
  },
});

/** IPMI 2.0 §22.27. */
export const GetUserAccess = command("Get User Access", {
  netFn: NetFn.app,
  code: 0x44,
  privilege: "operator",
  effect: "reads",
  spec: "22.27",
  request: { _1: reserved(4), channel: uint(4), _2: reserved(2), user: uint(6) },
  response: {
    _1: reserved(2),
    users: uint(6),
    _2: reserved(2),
    enabled: uint(6),
    _3: reserved(2),
    fixedNames: uint(6),
    _4: reserved(1),
    callbackOnly: flag,
    linkAuthentication: flag,
    messaging: flag,
    privilege: uint(4),
  },
});

/** IPMI 2.0 §22.29. */
export const GetUserName = command("Get User Name", {
  netFn: NetFn.app,
  code: 0x46,
  privilege: "operator",
  effect: "reads",
  spec: "22.29",
  request: { _1: reserved(2), user: uint(6) },
  response: { name: rest },
});

/** IPMI 2.0 §28.1. */
export const GetChassisCapabilities = command("Get Chassis Capabilities", {
  netFn: NetFn.chassis,
  code: 0x00,
  privilege: "user",
  effect: "reads",
  spec: "28.1",
  request: {},
  response: {
    flags: uint(8),
    fru: uint(8),
    sdr: uint(8),
    sel: uint(8),
    systemManagement: uint(8),
    bridge: optional(uint(8)),
  },
});

/** IPMI 2.0 §28.8. 3 changes nothing. */
export const SetPowerRestorePolicy = command("Set Power Restore Policy", {
  netFn: NetFn.chassis,
  code: 0x06,
  privilege: "operator",
  effect: "sets",
  spec: "28.8",
  request: { _1: reserved(5), policy: oneOf({ staysOff: 0, previous: 1, turnsOn: 2, unchanged: 3 }, 3) },
  response: { _1: reserved(5), turnsOn: flag, previous: flag, staysOff: flag },
});

/** IPMI 2.0 §28.14. */
export const GetPohCounter = command("Get POH Counter", {
  netFn: NetFn.chassis,
  code: 0x0f,
  privilege: "user",
  effect: "reads",
  spec: "28.14",
  request: {},
  response: { minutesPerCount: uint(8), count: uint(32) },
});

/** IPMI 2.0 §28.11. */
export const GetSystemRestartCause = command("Get System Restart Cause", {
  netFn: NetFn.chassis,
  code: 0x07,
  privilege: "user",
  effect: "reads",
  spec: "28.11",
  request: {},
  response: { _1: reserved(4), cause: oneOf({ unknown: 0, command: 1 }, 4), channel: uint(8) },
});
