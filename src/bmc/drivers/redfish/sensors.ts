import type { RedfishClient } from "#protocols/redfish/client.ts";
import { link, number, objects, text, type Resource, type Source } from "#protocols/redfish/resource.ts";
import type { SensorKind, SensorReading, SensorsFacet } from "../../facets.ts";
import type { RedfishLine } from "./line.ts";
import type { Places } from "./places.ts";
import { given } from "./read.ts";
import { listed, readable } from "./reading.ts";

/** Sensors of one chassis that are read one by one at most. */
const mostSingles = 300;

/** Thermal and Power, which everybody has; the newer Sensors where those are not. */
export function redfishSensors(line: RedfishLine, places: Places): SensorsFacet {
  return {
    read: (signal) =>
      line.use(signal, async (client) => {
        const system = await places.system(client, signal);
        const readings: SensorReading[] = [];
        for (const chassis of await places.chassis(client, system, signal))
          readings.push(...(await readingsOf(client, chassis, signal)));
        return readings;
      }),
  };
}

/** Whether a chassis leads to readings at all. */
export const hasSensors = (chassis: Resource): boolean =>
  ["Thermal", "Power", "Sensors", "EnvironmentMetrics"].some((key) => link(chassis, key) !== undefined);

async function readingsOf(
  client: RedfishClient,
  chassis: Resource,
  signal?: AbortSignal,
): Promise<readonly SensorReading[]> {
  const thermal = await readable(client, link(chassis, "Thermal"), signal);
  const power = await readable(client, link(chassis, "Power"), signal);
  const classic = [...thermalReadings(thermal), ...powerReadings(power)];
  if (classic.length > 0) return classic;
  return sensorReadings(client, link(chassis, "Sensors"), signal);
}

function thermalReadings(thermal: Resource | undefined): SensorReading[] {
  return [
    ...objects(thermal, "Temperatures").flatMap((one) =>
      reading(one, "temperature", "°C", number(one, "ReadingCelsius")),
    ),
    ...objects(thermal, "Fans").flatMap((one) =>
      reading(
        one,
        "fan",
        fanUnit(one),
        number(one, "Reading") ?? number(one, "ReadingRPM") ?? number(one, "CurrentReading"),
      ),
    ),
  ];
}

function powerReadings(power: Resource | undefined): SensorReading[] {
  return [
    ...objects(power, "Voltages").flatMap((one) => reading(one, "voltage", "V", number(one, "ReadingVolts"))),
    ...objects(power, "PowerControl").flatMap((one) => reading(one, "power", "W", number(one, "PowerConsumedWatts"))),
    ...objects(power, "PowerSupplies").flatMap((one) =>
      reading(
        one,
        "power",
        "W",
        number(one, "PowerInputWatts") ?? number(one, "LastPowerOutputWatts") ?? number(one, "PowerOutputWatts"),
      ),
    ),
  ];
}

const fanUnit = (fan: Source): string => {
  const unit = text(fan, "ReadingUnits") ?? text(fan, "Units");
  return unit === "Percent" || unit === "%" ? "%" : (unit ?? "RPM");
};

const isAbsent = (one: Source): boolean => text(one, "Status", "State") === "Absent";

function reading(one: Source, kind: SensorKind, unit: string, value: number | undefined): SensorReading[] {
  if (isAbsent(one)) return [];
  const name = text(one, "Name") ?? text(one, "FanName") ?? text(one, "MemberId") ?? kind;
  const critical = given({
    below: number(one, "LowerThresholdCritical") ?? number(one, "Thresholds", "LowerCritical", "Reading"),
    above: number(one, "UpperThresholdCritical") ?? number(one, "Thresholds", "UpperCritical", "Reading"),
  });
  return [
    {
      name,
      kind,
      unit,
      ...given({ reading: value, health: text(one, "Status", "Health") }),
      ...(Object.keys(critical).length > 0 ? { critical } : {}),
    },
  ];
}

/** Sensor.ReadingType and what it is here, with the unit that it then has. */
const kinds: Readonly<Record<string, readonly [SensorKind, string]>> = {
  Temperature: ["temperature", "°C"],
  Rotational: ["fan", "RPM"],
  Voltage: ["voltage", "V"],
  Current: ["current", "A"],
  Power: ["power", "W"],
  EnergyJoules: ["energy", "J"],
  EnergykWh: ["energy", "kWh"],
  Humidity: ["humidity", "%"],
};

async function sensorReadings(
  client: RedfishClient,
  path: string | undefined,
  signal?: AbortSignal,
): Promise<readonly SensorReading[]> {
  const readings: SensorReading[] = [];
  for (const one of await listed(client, path, { signal, most: mostSingles, whole: ["Name", "ReadingType"] })) {
    const [kind, unit] = kinds[text(one, "ReadingType") ?? ""] ?? ["other", text(one, "ReadingUnits") ?? ""];
    const own = text(one, "ReadingUnits");
    readings.push(...reading(one, kind, own === "Cel" || own === undefined ? unit : own, number(one, "Reading")));
  }
  return readings;
}
