import type { Inventory } from "#bmc/facets.ts";
import type { Call } from "../call.ts";
import { askFacet } from "../facet.ts";
import { pairLines } from "../output/table.ts";
import { harmless } from "../output/terminal.ts";
import { diskWords, memoryWords } from "../output/words.ts";

export async function run(call: Call): Promise<number> {
  const { out, signal } = call;
  const machine = call.argument(0);
  const found = await askFacet(
    call,
    "inventory",
    (bmc) => bmc.inventory,
    (inventory) => inventory.read(signal),
  );
  out.row({ machine, ...found });
  out.line(out.paint.bold(machine));
  out.lines(pairLines(pairsOf(found), "  "));
  out.result({ ok: true, machine });
  return 0;
}

function pairsOf({ system, manager, chassis, processors, memory, interfaces, drives }: Inventory): [string, string][] {
  const { manufacturer, model, serial, sku, uuid, hostName, assetTag, bios, health } = system;
  const [inner] = chassis;
  const pairs: [string, string | undefined][] = [
    ["system", words(manufacturer, model)],
    ["serial", words(serial, sku && sku !== serial ? `(${sku})` : undefined)],
    ["UUID", uuid],
    ["host name", hostName],
    ["asset tag", assetTag],
    ["BIOS", bios],
    ["health", health],
    ["controller", words(manager.model, manager.firmware)],
    ["chassis", inner && words(inner.type, inner.manufacturer, inner.model, inner.serial)],
    ...processors.map((one): [string, string] => [
      "processor",
      words(one.name, one.model, one.cores && `${one.cores} cores`),
    ]),
    ["memory", memory.totalMib === undefined ? undefined : memoryWords(memory.totalMib)],
    ...memory.modules.map((one): [string, string] => [
      "  module",
      words(one.slot, one.mib && memoryWords(one.mib), one.kind, one.mhz && `${one.mhz} MHz`, one.part),
    ]),
    ...interfaces.map((one): [string, string] => [
      "network",
      words(
        one.name,
        one.mac,
        one.up === undefined ? undefined : one.up ? "up" : "down",
        one.mbps && `${one.mbps} Mbit/s`,
      ),
    ]),
    ...drives.map((one): [string, string] => [
      "drive",
      words(one.name, one.media, one.model, one.serial, one.bytes && diskWords(one.bytes), one.health),
    ]),
  ];
  return pairs.flatMap(([name, value]): [string, string][] => (value ? [[name, harmless(value)]] : []));
}

const words = (...parts: readonly (string | number | undefined)[]): string =>
  parts.filter((part) => part !== undefined && part !== "" && part !== 0).join(" ");
