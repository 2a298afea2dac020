import type { Bmc, IpmiBmcTarget } from "../../bmc.ts";
import type { BmcDeps } from "../../connect.ts";
import { ipmiBoot } from "./boot.ts";
import { ipmiIdentify, ipmiIdentity } from "./identity.ts";
import { endpoint } from "../../endpoint.ts";
import { Memory } from "../memory.ts";
import { Line } from "./line.ts";
import { ipmiManager } from "./manager.ts";
import { ipmiPower } from "./power.ts";
import { ipmiSerial } from "./serial.ts";

/** Any controller that speaks IPMI 2.0 over LAN. */
export function connectIpmi(target: IpmiBmcTarget, deps: BmcDeps, given?: Memory): Bmc {
  const memory = given ?? new Memory(target.machine, target.known, deps);
  const line = new Line(target, deps, memory);
  return {
    key: `ipmi:${endpoint(target.address, target.port)}`,
    machine: target.machine,
    power: ipmiPower(line, target.machine),
    boot: ipmiBoot(line, target),
    identity: ipmiIdentity(line),
    identify: ipmiIdentify(line),
    manager: ipmiManager(line),
    serial: ipmiSerial(target, deps, memory),
    raw: (netFn, command, data, signal) =>
      line.use(signal, async (to) => {
        const answer = await to.say((session, options) => session.raw(netFn, command, data, options));
        return Uint8Array.of(answer.completionCode, ...answer.data);
      }),
    rest: () => line.rest(),
    [Symbol.asyncDispose]: () => line.rest(),
  };
}
