import { z } from "zod";
import { SecretSource } from "#secrets/source.ts";
import { seconds } from "#base/units.ts";
import { Duration, durationFrom, Host, HostKey, MacAddress, Name, parseHostPort, Port } from "./fields.ts";
import { Job } from "./job.ts";
import { EstateProbe, ProbeDefaults } from "./probes.ts";

const Redfish = z
  .strictObject({
    port: Port.exactOptional().describe("TCP port (default 443), where it is not the `port` of `protocol: redfish`."),
    scheme: z
      .enum(["https", "http"])
      .exactOptional()
      .describe("`http` sends the password readable over the network (default https)."),
    system: z
      .string()
      .min(1)
      .exactOptional()
      .describe("Which system it is, where one controller has several: its Id, as `probe` lists them."),
    certificate: z
      .string()
      .regex(/^(?:[0-9a-fA-F]{2}:?){32}$/, "must be the SHA-256 of a certificate: 32 bytes in hex")
      .exactOptional()
      .describe("SHA-256 of its certificate (default: the one that the first contact shows is kept)."),
  })
  .meta({ id: "Redfish" });

const bmcShape = {
  address: z
    .string()
    .refine((text) => parseHostPort(text) !== undefined, "must be a host, host:port or [address]:port")
    .describe("Host name or address of the controller; `host:port` and `[address]:port` too."),
  port: Port.exactOptional().describe("Port (default: that of the protocol; IPMI 623, Redfish 443)."),
  protocol: z.enum(["ipmi", "redfish", "auto"]).describe("What it speaks; `auto` lets `probe` find out."),
  credentials: Name.describe("Name of a Credentials document with `for: [bmc]`; it may come from the site's defaults."),
  cipherSuites: z
    .array(z.int().min(0).max(255))
    .min(1)
    .exactOptional()
    .describe("IPMI cipher suites to try, in order (default 17, 3). 0 is never tried unless it stands here."),
  kg: SecretSource.exactOptional().describe("IPMI K_g, when it is not in the credentials."),
  privilege: z
    .enum(["user", "operator", "administrator"])
    .exactOptional()
    .describe("Privilege to ask for (default administrator)."),
  spacing: Duration.exactOptional().describe("Least time between two commands."),
  quirks: z
    .array(z.string().min(1))
    .exactOptional()
    .describe("Known peculiarities of its controller, as `probe` and docs/reference/quirks.md name them."),
  redfish: Redfish.exactOptional().describe("What only Redfish needs."),
};

/** Where a machine's controller is and how to get in. The address is split: `port` holds what stood behind its colon. */
export const BmcEntry = z
  .strictObject({ ...bmcShape, protocol: bmcShape.protocol.default("auto") })
  .transform((given, context) => {
    const { host, port } = parseHostPort(given.address) ?? { host: given.address };
    if (port !== undefined && given.port !== undefined && port !== given.port) {
      context.addIssue({ code: "custom", path: ["port"], message: `contradicts the address, which says port ${port}` });
    }
    return { ...given, address: host, ...(port === undefined ? {} : { port }) };
  })
  .meta({ id: "Bmc" });
export type BmcEntry = z.infer<typeof BmcEntry>;

const Wol = z.strictObject({
  mac: MacAddress.describe("Address of the network card that listens."),
  address: Host.default("255.255.255.255").describe(
    "Where the magic packet is sent: the directed broadcast of the machine's network (192.0.2.255) gets through routers that allow it.",
  ),
  port: Port.default(9).describe("UDP port."),
  secureOn: SecretSource.exactOptional().describe("SecureOn password: six bytes, written like a MAC address."),
});

const SshOff = z.strictObject({
  host: Host.describe("The machine's own address."),
  port: Port.default(22).describe("TCP port."),
  credentials: Name.describe("Name of a Credentials document with `for: [ssh]`."),
  command: z.string().min(1).default("poweroff").describe("What shuts it down."),
  hostKey: HostKey.exactOptional().describe("Fingerprint that the host key must have."),
});

const Power = z
  .strictObject({
    on: z
      .strictObject({
        wol: z
          .union([MacAddress.transform((mac) => Wol.parse({ mac })), Wol])
          .describe("Wake-on-LAN: a MAC address, or more."),
      })
      .describe("How it is switched on."),
    off: z
      .strictObject({ ssh: SshOff.describe("Over SSH.") })
      .exactOptional()
      .describe("How it is shut down; absent: it cannot be."),
    status: EstateProbe.exactOptional().describe("Answers while it is on (default: any of its probes)."),
  })
  .meta({ id: "Power" });

const Serial = z
  .string()
  .regex(
    /^(?:sol|ssh|tcp:\/\/(?:\[[0-9a-fA-F:.]+\]|[^\s:/@[\]]+):\d{1,5}|wss?:\/\/\S+)$/,
    "must be sol, ssh, tcp://HOST:PORT or ws://…",
  );
const Screen = z.string().regex(/^(?:redfish|vnc:\/\/\S+)$/, "must be redfish or vnc://HOST:PORT");

const Console = z
  .strictObject({
    serial: Serial.exactOptional().describe(
      "`sol` (default, where there is a controller that speaks IPMI), `ssh` (through the controller's own shell), `tcp://HOST:PORT` or `ws://…`.",
    ),
    screen: Screen.exactOptional().describe("`vnc://HOST:PORT` or `redfish`."),
    credentials: Name.exactOptional().describe(
      "For `ssh` and `ws://`: name of a Credentials document with `for: [bmc]` (default: the controller's).",
    ),
    port: Port.exactOptional().describe("For `ssh`: TCP port (default 22; OpenBMC has its console on 2200)."),
    shell: z
      .enum(["idrac", "ilo", "xcc", "supermicro", "cisco", "openbmc"])
      .exactOptional()
      .describe("For `ssh`: whose shell it is (default: its prompt tells)."),
    hostKey: HostKey.exactOptional().describe(
      "For `ssh`: fingerprint that the host key must have (default: known_hosts).",
    ),
    oldAlgorithms: z
      .boolean()
      .exactOptional()
      .describe(
        "For `ssh`: take the key exchanges and ciphers of old controllers too; they are broken by today's measure.",
      ),
    certificate: z
      .string()
      .regex(/^(?:[0-9a-fA-F]{2}:?){32}$/, "must be the SHA-256 of a certificate: 32 bytes in hex")
      .exactOptional()
      .describe("For `wss://`: SHA-256 of the certificate that must answer (default: the usual authorities decide)."),
  })
  .meta({ id: "Console" });

const wakeShape = {
  tries: z.int().min(1).max(20).describe("Power actions in all before it gives up."),
  between: z.enum(["reset", "cycle", "off-on"]).describe("What is done between two tries."),
  within: durationFrom(seconds(1))
    .exactOptional()
    .describe("How long each try may take, when the probe does not say (default 15m)."),
  screens: z.array(z.string().min(1)).exactOptional().describe("Names of screens that end a try at once."),
};
const stopShape = {
  within: durationFrom(seconds(1)).describe("How long an orderly shutdown may take."),
  hardAfter: Duration.exactOptional().describe(
    "Switch off hard after this; absent: never unless told on the command line.",
  ),
};

const Wake = z
  .strictObject({ ...wakeShape, tries: wakeShape.tries.default(6), between: wakeShape.between.default("reset") })
  .meta({ id: "Wake" });
const Stop = z.strictObject({ ...stopShape, within: stopShape.within.prefault("5m") }).meta({ id: "Stop" });

const common = {
  console: Console.exactOptional().describe("Where its console is read."),
  jobs: z.record(Name, Job).prefault({}).describe("What is run on it, by name."),
};

/** What a site or a role may say for its machines. Checked here, merged before a Machine is parsed, so nothing in it has a default of its own. */
export const MachineDefaults = z
  .strictObject({
    bmc: z
      .strictObject(bmcShape)
      .omit({ address: true, kg: true })
      .partial()
      .exactOptional()
      .describe("For machines that have a `bmc`."),
    console: common.console,
    probes: z
      .record(Name, ProbeDefaults)
      .exactOptional()
      .describe("By name; a probe without tcp, ssh, http or icmp only sets the patience of machines that have it."),
    wake: z.strictObject(wakeShape).partial().exactOptional().describe("See Machine."),
    stop: z.strictObject(stopShape).partial().exactOptional().describe("See Machine."),
    jobs: z.record(Name, Job).exactOptional().describe("By name."),
  })
  .meta({ id: "MachineDefaults" });

/** One server. */
export const Machine = z
  .strictObject({
    kind: z.literal("Machine"),
    name: Name.describe("Unique among Machines."),
    type: z
      .enum(["physical", "virtual"])
      .default("physical")
      .describe("Virtual machines are never reimaged by mistake."),
    site: Name.exactOptional().describe("Name of a Site document; its defaults apply."),
    cluster: Name.exactOptional().describe("Whom it serves."),
    role: Name.exactOptional().describe("Its role; the site's defaults for the role apply."),
    tags: z.array(Name).default([]).describe("To select it by."),
    identity: z
      .strictObject({
        guid: z.string().min(1).exactOptional().describe("GUID of the controller, as `probe` shows it."),
        serial: z.string().min(1).exactOptional().describe("Serial number."),
        uuid: z.uuid("is not a UUID").exactOptional().describe("System UUID (SMBIOS)."),
      })
      .exactOptional()
      .describe("What must be found there; anything else is a stranger and refused."),
    bmc: BmcEntry.exactOptional().describe("Its management controller."),
    power: Power.exactOptional().describe("For a machine without a controller."),
    console: common.console,
    probes: z
      .record(Name, EstateProbe)
      .prefault({})
      .describe("Readiness checks by name; `wake` waits for `ready`. They may look at another machine."),
    wake: Wake.prefault({}).describe("How `wake` tries."),
    stop: Stop.prefault({}).describe("How `stop` shuts down."),
    jobs: common.jobs,
  })
  .meta({
    id: "Machine",
    description: "One server: where its controller is, how its readiness is proven, what it does.",
  });
export type Machine = z.infer<typeof Machine>;
