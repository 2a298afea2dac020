import { hours, milliseconds } from "#base/units.ts";
import {
  ChassisControl,
  ChassisIdentify,
  GetChassisStatus,
  GetSystemBootOptions,
  SetSystemBootOptions,
} from "#protocols/ipmi/commands.ts";
import { CompletionCode } from "#protocols/ipmi/completion-codes.ts";
import type { ServerAction } from "../../server.ts";
import type { CommandContext, Face } from "../context.ts";
import { refuse, responder } from "../responder.ts";
import { GetChassisCapabilities, GetPohCounter, GetSystemRestartCause, SetPowerRestorePolicy } from "./extra.ts";

const actions = {
  powerDown: "off",
  powerUp: "on",
  powerCycle: "cycle",
  hardReset: "reset",
  diagnosticInterrupt: "nmi",
  softShutdown: "soft",
} as const satisfies Record<string, ServerAction>;

const noSuchParameter = 0x80;
/** Who gave a power command: name and address, as the power log shows it. */
function asker({ session }: CommandContext): string {
  return session ? `${session.challenge?.name ?? "?"}@${session.peer.address}` : "nobody";
}

function identifyState({ server, chassis }: Face): "off" | "timed" | "forever" {
  if (chassis.identifyUntil === Infinity) return "forever";
  return chassis.identifyUntil > server.clock.monotonic() ? "timed" : "off";
}

/** The power as this firmware tells it. */
function powerTold({ server, faults, chassis }: Face): "on" | "off" {
  const before = server.powerHistory.ago(faults.powerReportedLate);
  if (faults.powerReported === "in-turn") return (chassis.looks++ & 1) === 0 ? before : server.power;
  return faults.powerReported === "on-while-cycling" && server.powerLog.at(-1)?.action === "cycle" ? "on" : before;
}

function restartOrStart(action: ServerAction, { faults, server }: Face): ServerAction | undefined {
  if (server.power === "on" || (action !== "cycle" && action !== "reset") || faults.cycleWhenOff === "refused")
    return action;
  return faults.cycleWhenOff === "starts" ? "on" : undefined;
}

export const chassisResponders = [
  responder(GetChassisStatus, (_, { face }) => {
    const { server, chassis } = face;
    const last = server.powerLog.at(-1)?.action;
    return {
      restorePolicy: chassis.restorePolicy,
      controlFault: false,
      powerFault: false,
      interlock: false,
      overload: false,
      power: powerTold(face),
      lastOnByCommand: last === "on" || last === "cycle",
      lastDownByFault: false,
      lastDownByInterlock: false,
      lastDownByOverload: false,
      acFailed: false,
      identifySupported: true,
      identify: identifyState(face),
      coolingFault: false,
      driveFault: false,
      lockout: false,
      intrusion: false,
    };
  }),

  responder(ChassisControl, (request, context) => {
    const { server, faults } = context.face;
    const wanted = actions[request.action];
    if (server.power === "off" && wanted === "off" && faults.offWhenOff === "refused")
      return refuse(CompletionCode.notInThisState);
    const action = restartOrStart(wanted, context.face);
    if (action === undefined || faults.powerCommands === "ignored") return {};
    return server.act(action, asker(context)) ? {} : refuse(CompletionCode.notInThisState);
  }),

  responder(ChassisIdentify, ({ seconds, force = 0 }, { face }) => {
    face.chassis.identifyUntil = force & 1 ? Infinity : face.server.clock.monotonic() + milliseconds(seconds * 1000);
    return {};
  }),

  responder(SetSystemBootOptions, ({ parameter, data }, { face }) =>
    data.length === 0 || face.bootOptions.set(parameter, data) ? {} : refuse(noSuchParameter),
  ),

  responder(GetSystemBootOptions, ({ parameter }, { face }) => {
    const data = face.bootOptions.get(parameter);
    return data ? { version: 1, markedInvalid: false, parameter, data } : refuse(noSuchParameter);
  }),

  responder(GetChassisCapabilities, () => ({ flags: 0, fru: 0x20, sdr: 0x20, sel: 0x20, systemManagement: 0x20 })),

  responder(SetPowerRestorePolicy, ({ policy }, { face }) => {
    if (policy !== "unchanged") face.chassis.restorePolicy = policy;
    return { turnsOn: true, previous: true, staysOff: true };
  }),

  responder(GetPohCounter, (_, { face }) => ({
    minutesPerCount: 60,
    count: Math.floor(face.server.powerHistory.onFor() / hours(1)),
  })),

  responder(GetSystemRestartCause, (_, { face }) => ({
    cause: face.server.powerLog.length > 0 ? "command" : "unknown",
    channel: 1,
  })),
];
