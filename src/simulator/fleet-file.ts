import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { z } from "zod";
import { UsageError } from "#base/errors.ts";
import { parseDuration, type Ms } from "#base/units.ts";
import type { MachineOptions } from "./machine.ts";
import { vendors } from "./redfish/vendors.ts";
import { bootSources } from "./host/boot-override.ts";

const Duration = z.string().transform((text, context): Ms => {
  try {
    return parseDuration(text);
  } catch {
    context.addIssue({ code: "custom", message: `'${text}' is not a duration` });
    return z.NEVER;
  }
});
const Chance = z.number().min(0).max(1);
const Port = z.int().min(0).max(65_535);

const Flaky = z.union([
  z.strictObject({ failFirst: z.int().min(0) }),
  z.strictObject({ succeedEvery: z.int().min(1) }),
  z.strictObject({ failProbability: Chance, seed: z.int().exactOptional() }),
]);

const Server = z.strictObject({
  power: z.enum(["on", "off"]).exactOptional(),
  relay: Duration.exactOptional(),
  offTime: Duration.exactOptional(),
  post: Duration.exactOptional(),
  boot: Duration.exactOptional(),
  shutdown: Duration.exactOptional(),
  flaky: Flaky.exactOptional(),
  failsWith: z.enum(["no-boot-device", "hung"]).exactOptional(),
  softOff: z.enum(["obeyed", "ignored"]).exactOptional(),
  bootable: z.array(z.enum(bootSources)).exactOptional(),
  ready: z
    .strictObject({ address: z.ipv4().exactOptional(), port: Port.exactOptional(), banner: z.string().exactOptional() })
    .exactOptional(),
});

const Bmc = z.strictObject({
  address: z.ipv4(),
  port: Port.exactOptional(),
  /** False: IPMI over LAN is off. */
  enabled: z.boolean().exactOptional(),
  username: z.string().min(1),
  /** Files that hold one secret each, relative to the fleet file. */
  passwordFile: z.string(),
  kgFile: z.string().exactOptional(),
  cipherSuites: z.array(z.int()).min(1).exactOptional(),
  guid: z
    .string()
    .regex(/^[0-9a-f]{32}$/, "must be 32 hexadecimal digits")
    .exactOptional(),
  sessionSlots: z.int().min(1).max(63).exactOptional(),
  sessionTimeout: Duration.exactOptional(),
  seed: z.int().exactOptional(),
});

const Redfish = z.strictObject({
  /** A folder with a recorded tree, relative to the fleet file. */
  tree: z.string().exactOptional(),
  vendor: z.enum(vendors).exactOptional(),
  port: Port.exactOptional(),
  scheme: z.enum(["https", "http"]).exactOptional(),
  sessionLimit: z.int().min(1).exactOptional(),
  identity: z.strictObject({ uuid: z.uuid().exactOptional(), serial: z.string().exactOptional() }).exactOptional(),
});

const Network = z.strictObject({
  delay: Duration.exactOptional(),
  loss: Chance.exactOptional(),
  duplication: Chance.exactOptional(),
  reordering: Chance.exactOptional(),
});

/** A simulated fleet as a JSON file: what `startFleet` takes, with durations as text and secrets in files. */
export const FleetFile = z.strictObject({
  machines: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        server: Server.prefault({}),
        bmc: Bmc,
        redfish: Redfish.exactOptional(),
        network: Network.prefault({}),
      }),
    )
    .min(1),
});
/** The file before it is read: what {@link readFleet} accepts. */
export type FleetFile = z.input<typeof FleetFile>;

/** Reads a fleet file and the secrets that it names. UsageError `simulator.fleet-file` says what is wrong with it, and where. */
export async function readFleet(path: string): Promise<MachineOptions[]> {
  const parsed = FleetFile.safeParse(await readJson(path));
  if (!parsed.success) throw new UsageError("simulator.fleet-file", z.prettifyError(parsed.error), { subject: path });
  const secret = async (file: string) => (await readFile(resolve(dirname(path), file), "utf8")).trimEnd();
  return Promise.all(
    parsed.data.machines.map(async ({ name, server, network, bmc, redfish }) => {
      const { username, passwordFile, kgFile, ...rest } = bmc;
      const accounts = [{ name: username, password: await secret(passwordFile) }];
      const tree = redfish?.tree === undefined ? {} : { tree: resolve(dirname(path), redfish.tree) };
      return {
        name,
        server,
        network,
        bmc: { ...rest, accounts, ...(kgFile && { kg: await secret(kgFile) }) },
        ...(redfish && { redfish: { ...redfish, ...tree } }),
      };
    }),
  );
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch (cause) {
    throw new UsageError("simulator.fleet-file", "cannot be read as JSON", { subject: path, cause });
  }
}
