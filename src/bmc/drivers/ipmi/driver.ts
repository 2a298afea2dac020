import type { Bmc, IpmiBmcTarget } from "../../bmc.ts";
import type { BmcDeps } from "../../connect.ts";
import { ipmiBoot } from "./boot.ts";
import { ipmiIdentify, ipmiIdentity } from "./identity.ts";
import { endpoint, Line } from "./line.ts";
import { ipmiPower } from "./power.ts";

/** Any controller that speaks IPMI 2.0 over LAN. */
export function connectIpmi(target: IpmiBmcTarget, deps: BmcDeps): Bmc {
  const line = new Line(target, deps);
  return {
    key: `ipmi:${endpoint(target.address, target.port)}`,
    machine: target.machine,
    power: ipmiPower(line, target.machine),
    boot: ipmiBoot(line, target),
    identity: ipmiIdentity(line),
    identify: ipmiIdentify(line),
    raw: (netFn, command, data, signal) =>
      line.use(signal, async (to) => {
        const answer = await to.say((session, options) => session.raw(netFn, command, data, options));
        return Uint8Array.of(answer.completionCode, ...answer.data);
      }),
    rest: () => line.rest(),
    [Symbol.asyncDispose]: () => line.rest(),
  };
}
