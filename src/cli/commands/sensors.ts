import type { SensorReading } from "#bmc/facets.ts";
import type { Call } from "../call.ts";
import { askFacet } from "../facet.ts";

export async function run(call: Call): Promise<number> {
  const { out, signal } = call;
  const machine = call.argument(0);
  const readings = await askFacet(
    call,
    "sensors",
    (bmc) => bmc.sensors,
    (sensors) => sensors.read(signal),
  );
  for (const reading of readings) out.row({ machine, ...reading });
  if (readings.length === 0) out.say(`${machine}: its controller shows no sensors now`);
  else
    out.table(
      ["SENSOR", "READING", "HEALTH", "CRITICAL"],
      readings.map((one) => cells(call, one)),
    );
  out.result({ ok: true, machine, sensors: readings.length });
  return 0;
}

function cells({ out }: Call, { name, reading, unit, health, critical }: SensorReading): string[] {
  const { green, red, yellow, dim } = out.paint;
  const paint = health === "OK" ? green : health === "Critical" ? red : health === undefined ? dim : yellow;
  const limits = [
    critical?.below === undefined ? undefined : `below ${critical.below}`,
    critical?.above === undefined ? undefined : `above ${critical.above}`,
  ];
  return [
    name,
    reading === undefined ? "-" : `${reading} ${unit}`,
    paint(health ?? "-"),
    limits.filter(Boolean).join(", "),
  ];
}
