import { lookup } from "node:dns/promises";
import { RackhandError, UnreachableError, UsageError } from "#base/errors.ts";
import { Secret } from "#base/secret.ts";
import { seconds } from "#base/units.ts";
import type { BareBmcTarget, BmcTarget, IpmiBmcTarget, RedfishBmcTarget } from "#bmc/bmc.ts";
import type { Machine } from "#estate/machine.ts";
import type { Observed } from "#inventory/facts.ts";
import type { Looker, ProbePlan, SshLogin } from "#probes/probe.ts";
import { planProbe } from "./probes.ts";
import { sshLogin, type SecretBox } from "./secrets.ts";

const ipmiPort = 623;
const redfishPort = 443;

/**
 * Reads every secret that reaching this machine's controller takes, then looks its name up. Throws UsageError `secret.…`, `machine.no-power`;
 * UnreachableError `bmc.name` when the name does not resolve. Sends nothing to the controller.
 */
export async function bmcTarget(
  machine: Machine,
  secrets: SecretBox,
  seen: Observed,
  look: Looker,
): Promise<BmcTarget> {
  if (machine.bmc) return controllerTarget(machine, machine.bmc, secrets, seen);
  if (machine.power) return bareTarget(machine, machine.power, secrets, look);
  throw new UsageError("machine.no-power", "has neither a 'bmc' nor 'power', so nothing can be switched", {
    subject: machine.name,
    advice: "declare its management controller as 'bmc:', or 'power: { on: { wol: MAC } }'",
  });
}

type Controller = NonNullable<Machine["bmc"]>;

/** A name and a number for each protocol: `port` belongs to the one that is declared; with `auto` either may be there. */
async function controllerTarget(
  machine: Machine,
  bmc: Controller,
  secrets: SecretBox,
  seen: Observed,
): Promise<BmcTarget> {
  const login = await secrets.login(bmc.credentials, "bmc");
  const kg = bmc.kg ? await secrets.read(bmc.kg) : login.kg;
  const common = {
    machine: machine.name,
    address: await resolve(machine.name, bmc.address),
    username: login.username,
    password: login.password ?? new Secret("", "none"),
    ...(bmc.spacing === undefined ? {} : { spacing: bmc.spacing }),
    ...(bmc.quirks ? { quirks: bmc.quirks } : {}),
  };
  const ipmi = ipmiTarget(machine, bmc, common, seen, kg);
  const redfish = redfishTarget(machine, bmc, common, seen);
  if (bmc.protocol === "ipmi") return ipmi;
  if (bmc.protocol === "redfish") return redfish;
  const ports = [bmc.redfish?.port ?? bmc.port, redfishPort].filter((port) => port !== undefined && port !== ipmiPort);
  return { kind: "auto", machine: machine.name, ipmi, redfish, redfishPorts: [...new Set(ports)] as number[] };
}

type Common = Pick<IpmiBmcTarget, "machine" | "address" | "username" | "password" | "spacing" | "quirks">;

function ipmiTarget(
  machine: Machine,
  bmc: Controller,
  common: Common,
  seen: Observed,
  kg: Secret | undefined,
): IpmiBmcTarget {
  const guid = machine.identity?.guid ?? seen.bmc?.guid;
  return {
    ...common,
    kind: "ipmi",
    port: bmc.port ?? ipmiPort,
    ...(kg ? { kg } : {}),
    ...(bmc.cipherSuites ? { cipherSuites: bmc.cipherSuites } : {}),
    ...(bmc.privilege ? { privilege: bmc.privilege } : {}),
    known: { ...seen.bmc, ...(guid === undefined ? {} : { guid }) },
  };
}

function redfishTarget(machine: Machine, bmc: Controller, common: Common, seen: Observed): RedfishBmcTarget {
  const { identity } = machine;
  const { port, scheme, system, certificate } = bmc.redfish ?? {};
  const own = bmc.protocol === "redfish" ? bmc.port : undefined;
  return {
    ...common,
    kind: "redfish",
    port: port ?? own ?? (scheme === "http" ? 80 : redfishPort),
    ...(scheme === undefined ? {} : { scheme }),
    ...(system === undefined ? {} : { system }),
    ...(certificate === undefined ? {} : { pin: certificate }),
    // Over IPMI the GUID is compared with what the session brings; without IPMI it has to be one of Redfish's.
    ...(identity ? { identity: bmc.protocol === "redfish" ? identity : { ...identity, guid: undefined } } : {}),
    known: seen.bmc ?? {},
  };
}

async function resolve(machine: string, address: string): Promise<string> {
  try {
    return (await lookup(address)).address;
  } catch (cause) {
    throw new UnreachableError("bmc.name", `the name of its management controller, ${address}, cannot be looked up`, {
      subject: machine,
      advice: "check this machine's name resolution, or write the controller's IP address into the estate",
      cause,
    });
  }
}

async function bareTarget(
  machine: Machine,
  power: NonNullable<Machine["power"]>,
  secrets: SecretBox,
  look: Looker,
): Promise<BareBmcTarget> {
  const { mac, address, port, secureOn } = power.on.wol;
  const probes = power.status ? [power.status] : Object.values(machine.probes);
  const plans = await Promise.all(probes.map((probe) => planProbe("status", probe, secrets, seconds(0))));
  const off = power.off?.ssh;
  const login = off ? sshLogin(await secrets.login(off.credentials, "ssh"), off.hostKey) : undefined;
  return {
    kind: "bare",
    machine: machine.name,
    wake: { mac, address, port, ...(secureOn ? { secureOn: await secrets.read(secureOn) } : {}) },
    answers: (signal) => answers(machine.name, plans, look, signal),
    ...(off && login
      ? {
          shutDown: (signal?: AbortSignal) => shutDownOverSsh({ ...off, login }, signal),
        }
      : {}),
  };
}

/** Off is only concluded from looks that could be made. */
async function answers(
  machine: string,
  plans: readonly ProbePlan[],
  look: Looker,
  signal?: AbortSignal,
): Promise<boolean> {
  const looks = await Promise.all(
    plans.map((plan) => look(plan.probe, { timeout: plan.timeout, ...(signal ? { signal } : {}) })),
  );
  if (looks.some((each) => each.outcome === "ready")) return true;
  if (looks.some((each) => each.outcome === "not-ready")) return false;
  throw new UnreachableError(
    "power.not-seen",
    `cannot tell whether it is on: ${looks[0]?.detail ?? "it declares no probe"}`,
    {
      subject: machine,
      advice:
        looks.length > 0
          ? "the fault is on this side: check name resolution, routes and the link"
          : "declare 'power.status' or a probe for it",
    },
  );
}

/** A connection that is lost meanwhile is what a shutdown does; the proof that it is off comes later. */
async function shutDownOverSsh(
  to: { host: string; port: number; login: SshLogin; command: string },
  signal?: AbortSignal,
): Promise<void> {
  const { sshRun } = await import("#protocols/ssh/run.ts");
  const { host, port, login, command } = to;
  try {
    const { exitCode } = await sshRun({ host, port, login, command, ...(signal ? { signal } : {}) });
    if (exitCode !== 0) {
      throw new RackhandError("power.refused", `'${command}' ended with ${exitCode} on ${host}`, {
        advice: "does that user have the right to shut it down?",
      });
    }
  } catch (error) {
    if (!(error instanceof RackhandError) || error.code !== "ssh.lost") throw error;
  }
}
