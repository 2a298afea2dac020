import { RackhandError, UsageError } from "#base/errors.ts";
import { seconds } from "#base/units.ts";
import type { RedfishClient } from "#protocols/redfish/client.ts";
import { flag, link, number, object, objects, text, type Resource } from "#protocols/redfish/resource.ts";
import type { ControllerNetwork, NetworkFacet } from "../../facets.ts";
import type { RedfishLine } from "./line.ts";
import type { Places } from "./places.ts";
import { given, meant } from "./read.ts";
import { listed, readable } from "./reading.ts";

const looks = 10;

/** The controller's own network: its interfaces, and the services that it offers there. */
export function redfishNetwork(line: RedfishLine, places: Places): NetworkFacet {
  const { machine } = line.target;

  async function protocols(client: RedfishClient, signal?: AbortSignal): Promise<readonly Resource[]> {
    const system = await places.system(client, signal);
    const found: Resource[] = [];
    for (const manager of await places.managers(client, system, signal)) {
      const one = await readable(client, link(manager, "NetworkProtocol"), signal);
      if (one) found.push(one);
    }
    return found;
  }

  async function read(client: RedfishClient, signal?: AbortSignal): Promise<ControllerNetwork> {
    const [protocol] = await protocols(client, signal);
    const system = await places.system(client, signal);
    const [manager] = await places.managers(client, system, signal);
    const interfaces = await listed(client, link(manager, "EthernetInterfaces"), { signal, most: 32 });
    return {
      ...given({ hostName: meant(text(protocol, "HostName")) ?? meant(text(interfaces[0], "HostName")) }),
      interfaces: interfaces.map(interfaceOf),
      services: protocol === undefined ? [] : servicesOf(protocol),
    };
  }

  async function enable(client: RedfishClient, service: string, on: boolean, signal?: AbortSignal): Promise<void> {
    const all = await protocols(client, signal);
    const holder = all.find((one) => flag(one, service, "ProtocolEnabled") !== undefined);
    if (holder === undefined)
      throw noService(
        machine,
        service,
        all.flatMap(servicesOf).map(({ name }) => name),
      );
    if (flag(holder, service, "ProtocolEnabled") !== on) {
      const answer = await client.patch(
        holder.path,
        { [service]: { ProtocolEnabled: on } },
        { resource: holder, signal },
      );
      await client.settle(answer, { within: seconds(60), signal });
    }
    for (let look = 1; look <= looks; look++) {
      if (flag(await client.get(holder.path, { signal }), service, "ProtocolEnabled") === on) return;
      await line.clock.sleep(seconds(1), signal);
    }
    throw serviceNotKept(machine, service, on);
  }

  return {
    read: (signal) => line.use(signal, (client) => read(client, signal)),
    enable: (service, on, signal) => line.use(signal, (client) => enable(client, service, on, signal)),
  };
}

function servicesOf(protocol: Resource): ControllerNetwork["services"] {
  return Object.keys(protocol.json).flatMap((name) => {
    const enabled = object(protocol, name) === undefined ? undefined : flag(protocol, name, "ProtocolEnabled");
    return enabled === undefined ? [] : [{ name, enabled, ...given({ port: number(protocol, name, "Port") }) }];
  });
}

function interfaceOf(one: Resource): ControllerNetwork["interfaces"][number] {
  const addresses = [
    ...objects(one, "IPv4Addresses").map((each) => text(each, "Address")),
    ...objects(one, "IPv6Addresses").map((each) => text(each, "Address")),
  ].filter((each): each is string => each !== undefined && !/^(0\.0\.0\.0|::)$/.test(each));
  const up = text(one, "LinkStatus");
  return {
    name: text(one, "Id") ?? one.path,
    addresses: [...new Set(addresses)],
    ...given({
      mac: (text(one, "MACAddress") ?? text(one, "PermanentMACAddress"))?.toLowerCase(),
      gateway: objects(one, "IPv4Addresses")
        .map((each) => text(each, "Gateway"))
        .find((each) => each && each !== "0.0.0.0"),
      vlan: flag(one, "VLAN", "VLANEnable") === true ? number(one, "VLAN", "VLANId") : undefined,
      up: up === undefined ? undefined : /^linkup$/i.test(up),
    }),
  };
}

function noService(machine: string, service: string, known: readonly string[]): UsageError {
  return new UsageError("bmc.service.none", `this controller knows no service '${service}'`, {
    subject: machine,
    advice: known.length > 0 ? `it has: ${known.join(", ")}` : "look at its own web page",
  });
}

function serviceNotKept(machine: string, service: string, on: boolean): RackhandError {
  return new RackhandError(
    "bmc.service.not-kept",
    `told to switch ${service} ${on ? "on" : "off"}, the controller did not`,
    {
      subject: machine,
      advice: "the account may lack the right to configure the controller, or a lock-down mode forbids it",
    },
  );
}
