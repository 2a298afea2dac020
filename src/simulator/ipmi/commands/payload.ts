import { privileges } from "#protocols/ipmi/command.ts";
import { CompletionCode } from "#protocols/ipmi/completion-codes.ts";
import { PayloadType } from "#protocols/ipmi/packet.ts";
import * as payload from "#protocols/ipmi/payload.ts";
import type { CommandContext, Face } from "../context.ts";
import { refuse, responder, type Refusal } from "../responder.ts";
import { readParameter, writeParameter } from "../sol/settings.ts";

const Code = { active: 0x80, notActive: 0x80, disabled: 0x81, onlyClear: 0x83, onlyEncrypted: 0x84 } as const;
const solOnly = 1 << PayloadType.sol;
/** IPMI messages and SOL; Open Session and RAKP. */
const standardTypes = 0b11;
const setupTypes = 0b11_1111;
const swap = (port: number) => ((port & 0xff) << 8) | (port >> 8);

/** Where SOL is, as Activate Payload says it. */
function announcedPort({ faults, sol }: Face): number {
  const { announcesPort, onlyOnSolPort } = faults.sol;
  if (onlyOnSolPort) return sol.solPort();
  return announcesPort === "own" ? sol.port() : announcesPort === "swapped" ? swap(sol.port()) : announcesPort;
}

function mayActivate({ face, session }: CommandContext, encrypt: boolean): Refusal | undefined {
  const { activation } = face.faults.sol;
  const { enabled, authentication } = face.settings.sol;
  if (!enabled || activation === "disabled") return refuse(Code.disabled);
  if ((session?.limit ?? 0) < (authentication & 0x0f)) return refuse(CompletionCode.insufficientPrivilege);
  const encrypted = encrypt && session?.suite.confidentiality === "aes";
  if (activation === "only-clear" && encrypt) return refuse(Code.onlyClear);
  const forced = activation === "only-encrypted" || (authentication & 0x80) !== 0;
  return forced && !encrypted ? refuse(Code.onlyEncrypted) : undefined;
}

const isSol = (payloadType: number, instance: number) => payloadType === PayloadType.sol && instance === 1;

export const payloadResponders = [
  responder(payload.ActivatePayload, ({ payloadType, instance, encrypt }, context) => {
    const { face, session } = context;
    if (!isSol(payloadType, instance) || !session) return refuse(CompletionCode.invalidField);
    const refused = mayActivate(context, encrypt);
    if (refused) return refused;
    if (!face.sol.console.activate(session)) return refuse(Code.active);
    session.solClear = !encrypt;
    const { inboundSize, outboundSize } = face.settings.sol;
    const { inbound, outbound } = face.faults.sol.announcesSizes ?? { inbound: inboundSize, outbound: outboundSize };
    return {
      auxiliary: new Uint8Array(4),
      inboundSize: inbound,
      outboundSize: outbound,
      port: announcedPort(face),
      vlan: Uint8Array.of(0xff, 0xff),
    };
  }),

  responder(payload.DeactivatePayload, ({ payloadType, instance }, { face, session }) => {
    if (!isSol(payloadType, instance)) return refuse(CompletionCode.invalidField);
    return face.sol.console.deactivate(session) ? {} : refuse(Code.notActive);
  }),

  responder(payload.GetPayloadActivationStatus, ({ payloadType }, { face }) => {
    const { noSupportCommands, noCapacity } = face.faults.sol;
    if (noSupportCommands) return refuse(CompletionCode.invalidCommand);
    const active = payloadType === PayloadType.sol && face.sol.console.ownerId !== 0;
    return { capacity: noCapacity || payloadType !== PayloadType.sol ? 0 : 1, active: active ? 1 : 0 };
  }),

  responder(payload.GetPayloadInstanceInfo, ({ payloadType, instance }, { face }) => {
    const { instanceInfo } = face.faults.sol;
    if (instanceInfo === "refused") return refuse(CompletionCode.invalidCommand);
    const told = instanceInfo === "told" && isSol(payloadType, instance);
    return { sessionId: told ? face.sol.console.ownerId : 0, specific: Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0) };
  }),

  responder(payload.GetUserPayloadAccess, () => ({ standard: solOnly, oem: 0 })),
  responder(payload.SetUserPayloadAccess, () => ({})),

  responder(payload.GetChannelPayloadSupport, (_, { face }) =>
    face.faults.sol.noSupportCommands
      ? refuse(CompletionCode.invalidCommand)
      : { standard: standardTypes, setup: setupTypes, oem: 0 },
  ),
  responder(payload.GetChannelPayloadVersion, () => ({ major: 1, minor: 0 })),

  responder(payload.GetSolConfiguration, ({ parameter, revisionOnly }, { face }) => {
    const data = readParameter(face.settings.sol, parameter, face.sol.port());
    if (!data) return refuse(0x80);
    return { revision: 0x11, data: Uint8Array.from(revisionOnly ? [] : data) };
  }),

  responder(payload.SetSolConfiguration, ({ parameter, data }, { face, session }) => {
    if ((session?.level ?? 0) < privileges.administrator) return refuse(CompletionCode.insufficientPrivilege);
    const written = writeParameter(face.settings.sol, parameter, data);
    if (written !== "done") return refuse(written === "unknown" ? 0x80 : 0x82);
    if (parameter === payload.SolParameter.enable && !face.settings.sol.enabled) face.sol.console.switchedOff();
    return {};
  }),
];
