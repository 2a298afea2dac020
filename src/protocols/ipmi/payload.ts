import { command, NetFn } from "./command.ts";
import { bytes, flag, oneOf, reserved, rest, uint } from "./fields.ts";

// Payloads besides IPMI messages: who may have one, who has it now. Serial-over-LAN is payload type 1.

const whichPayload = { _1: reserved(2), payloadType: uint(6), _2: reserved(4), instance: uint(4) } as const;

/** What becomes of serial alerts while SOL is active; some boards (Windmill, Winterfell) want them deferred. */
const alerts = oneOf({ fail: 0, deferred: 1, succeed: 2 }, 2);

/**
 * IPMI 2.0 §24.1. Sizes count what a packet may carry, in the BMC's direction of view: `inboundSize` is what it takes. They and the port are wrong on
 * several boards. Sent twice it is answered 80h the second time although it is ours: ask Get Payload Instance Info.
 */
export const ActivatePayload = command("Activate Payload", {
  netFn: NetFn.app,
  code: 0x48,
  privilege: "user",
  effect: "sets",
  spec: "24.1",
  request: {
    ...whichPayload,
    encrypt: flag,
    authenticate: flag,
    _3: reserved(2),
    alerts,
    /** CTS and DCD/DSR stay off until a packet of ours says otherwise. */
    startupHandshake: flag,
    _4: reserved(1),
    _5: reserved(24),
  },
  response: { auxiliary: bytes(4), inboundSize: uint(16), outboundSize: uint(16), port: uint(16), vlan: rest },
  completionCodes: {
    0x80: "the payload is active in another session already",
    0x81: "the payload type is disabled",
    0x82: "the payload is active as often as it may be",
    0x83: "the payload cannot be activated with encryption",
    0x84: "the payload cannot be activated without encryption",
  },
});

/** IPMI 2.0 §24.2. Any session may end any other's payload, if its user may. */
export const DeactivatePayload = command("Deactivate Payload", {
  netFn: NetFn.app,
  code: 0x49,
  privilege: "user",
  effect: "sets",
  spec: "24.2",
  request: { ...whichPayload, _3: reserved(32) },
  response: {},
  completionCodes: { 0x80: "the payload is not active", 0x81: "the payload type is disabled" },
});

/** IPMI 2.0 §24.4. `active`: one bit for each instance, the lowest is instance 1. A capacity of 0 (Dell M605) means 1. */
export const GetPayloadActivationStatus = command("Get Payload Activation Status", {
  netFn: NetFn.app,
  code: 0x4a,
  privilege: "user",
  effect: "reads",
  spec: "24.4",
  request: { _1: reserved(2), payloadType: uint(6) },
  response: { _1: reserved(4), capacity: uint(4), active: uint(16) },
});

/** IPMI 2.0 §24.5. `sessionId` is the BMC's id of the session that has the payload; 0: nobody has it. */
export const GetPayloadInstanceInfo = command("Get Payload Instance Info", {
  netFn: NetFn.app,
  code: 0x4b,
  privilege: "user",
  effect: "reads",
  spec: "24.5",
  request: whichPayload,
  response: { sessionId: uint(32), specific: rest },
});

const payloadAccess = { standard: uint(16), oem: uint(16) } as const;

/** IPMI 2.0 §24.6. */
export const SetUserPayloadAccess = command("Set User Payload Access", {
  netFn: NetFn.app,
  code: 0x4c,
  privilege: "administrator",
  effect: "sets",
  spec: "24.6",
  request: {
    _1: reserved(4),
    channel: uint(4),
    operation: oneOf({ enable: 0, disable: 1 }, 2),
    user: uint(6),
    ...payloadAccess,
  },
  response: {},
});

/** IPMI 2.0 §24.7. */
export const GetUserPayloadAccess = command("Get User Payload Access", {
  netFn: NetFn.app,
  code: 0x4d,
  privilege: "operator",
  effect: "reads",
  spec: "24.7",
  request: { _1: reserved(4), channel: uint(4), _2: reserved(2), user: uint(6) },
  response: payloadAccess,
});

/** IPMI 2.0 §24.8. One bit for each payload type. Not there on X8SIL-F, Sun ILOM: never gate on it. */
export const GetChannelPayloadSupport = command("Get Channel Payload Support", {
  netFn: NetFn.app,
  code: 0x4e,
  privilege: "user",
  effect: "reads",
  spec: "24.8",
  request: { _1: reserved(4), channel: uint(4) },
  response: { standard: uint(16), setup: uint(16), oem: uint(16), _1: reserved(16) },
});

/** IPMI 2.0 §24.9. */
export const GetChannelPayloadVersion = command("Get Channel Payload Version", {
  netFn: NetFn.app,
  code: 0x4f,
  privilege: "user",
  effect: "reads",
  spec: "24.9",
  request: { _1: reserved(4), channel: uint(4), _2: reserved(2), payloadType: uint(6) },
  response: { major: uint(4), minor: uint(4) },
  completionCodes: { 0x80: "the payload type is not available on this channel" },
});

/** Parameters of the SOL configuration (IPMI 2.0 table 26-5). Bit rates: 6 is 9600, 7 19200, 8 38400, 9 57600, 10 115200. */
export const SolParameter = {
  setInProgress: 0,
  enable: 1,
  authentication: 2,
  accumulate: 3,
  retry: 4,
  volatileBitRate: 6,
  nonVolatileBitRate: 5,
  channel: 7,
  port: 8,
} as const;

const solCodes = {
  0x80: "this firmware has no such SOL parameter",
  0x81: "another party is setting the SOL parameters",
  0x82: "this SOL parameter can only be read",
  0x83: "this SOL parameter can only be written",
};

/** IPMI 2.0 §26.2. */
export const SetSolConfiguration = command("Set SOL Configuration Parameters", {
  netFn: NetFn.transport,
  code: 0x21,
  privilege: "administrator",
  effect: "sets",
  spec: "26.2",
  request: { _1: reserved(4), channel: uint(4), parameter: uint(8), data: rest },
  response: {},
  completionCodes: solCodes,
});

/** IPMI 2.0 §26.3. */
export const GetSolConfiguration = command("Get SOL Configuration Parameters", {
  netFn: NetFn.transport,
  code: 0x22,
  privilege: "user",
  effect: "reads",
  spec: "26.3",
  request: {
    revisionOnly: flag,
    _1: reserved(3),
    channel: uint(4),
    parameter: uint(8),
    set: uint(8),
    block: uint(8),
  },
  response: { revision: uint(8), data: rest },
  completionCodes: solCodes,
});
