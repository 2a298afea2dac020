import type { Clock } from "#base/clock.ts";
import { UsageError } from "#base/errors.ts";
import { didYouMean } from "#base/nearest.ts";
import { minutes } from "#base/units.ts";
import type { BmcFacts } from "#bmc/bmc.ts";
import { connectAny } from "#bmc/connect.ts";
import { endpoint } from "#bmc/endpoint.ts";
import type { SessionLedger } from "#bmc/ledger.ts";
import type { Holding } from "#bmc/release.ts";
import { machineNamed, type Estate } from "#estate/estate.ts";
import type { FactStore } from "#inventory/facts.ts";
import type { Looker } from "#probes/probe.ts";
import type { BmcOptions, MachineHandle } from "./app.ts";
import { bmcTarget } from "./bmc-target.ts";
import { planProbe } from "./probes.ts";
import type { SecretBox } from "./secrets.ts";

/** How long a machine may take to be ready when nobody says otherwise. */
export const defaultWithin = minutes(15);

export interface HandleDeps {
  estate: Estate;
  secrets: SecretBox;
  facts: FactStore;
  ledger: SessionLedger;
  look: Looker;
  clock: Clock;
}

/** The ways to reach one declared machine. */
export function machineHandle(name: string, deps: HandleDeps): MachineHandle {
  const { estate, secrets, facts, ledger, look, clock } = deps;
  const declared = machineNamed(estate, name);

  async function bmc({ acceptStranger, anew }: BmcOptions = {}) {
    const seen = await facts.get(name);
    const { protocols: _, ...who } = seen.bmc ?? {};
    const known = acceptStranger ? {} : anew ? { ...seen, bmc: who } : seen;
    const target = await bmcTarget(declared, secrets, known, look);
    const onFacts = async (machine: string, learnt: BmcFacts) => {
      await facts.merge(machine, { bmc: learnt });
    };
    return connectAny(target, { clock, ledger, onFacts });
  }

  async function account(): Promise<string> {
    const target = await controller();
    return target.kind === "auto" ? target.ipmi.username : target.username;
  }

  async function holdings(): Promise<readonly Holding[]> {
    const target = await controller();
    const ipmi = target.kind === "auto" ? target.ipmi : target.kind === "ipmi" ? target : undefined;
    const ports =
      target.kind === "auto" ? target.redfishPorts : target.kind === "redfish" ? [target.port] : ([] as const);
    const address = target.kind === "auto" ? target.ipmi.address : target.address;
    const bmc = ipmi && endpoint(address, ipmi.port);
    return [
      ...(bmc
        ? ([
            { what: "IPMI session", bmc },
            { what: "serial console", bmc },
          ] as const)
        : []),
      ...ports.map((port) => ({ what: "Redfish session", bmc: endpoint(address, port) }) as const),
    ];
  }

  async function controller() {
    const target = await bmcTarget(declared, secrets, await facts.get(name), look);
    if (target.kind !== "bare") return target;
    throw new UsageError("bmc.absent", "has no management controller", { subject: name });
  }

  async function claims(): Promise<readonly string[]> {
    const guid = declared.identity?.guid ?? (await facts.get(name)).bmc?.guid;
    await using controller = await bmc();
    const keys = [controller.key, ...(controller.aliases ?? [])];
    return guid === undefined ? keys : [...keys, `guid:${guid}`];
  }

  async function probe(wanted: string) {
    const found = declared.probes[wanted];
    if (found) return planProbe(wanted, found, secrets, declared.wake.within ?? defaultWithin);
    const place = estate.places.get(`Machine/${name}`) ?? name;
    throw new UsageError("probe.none", `declares no probe '${wanted}', so nothing can prove that it is useful`, {
      subject: `${place}: ${name}`,
      advice:
        didYouMean(wanted, Object.keys(declared.probes)) ||
        `add one, for example  probes: { ${wanted}: { tcp: ${name}.example.net:22, within: 180s } }`,
    });
  }

  async function serial() {
    const { serialOf } = await import("./serial.ts");
    return serialOf(declared, { secrets, clock, bmc });
  }

  return { name, declared, bmc, account, holdings, claims, probe, serial };
}
