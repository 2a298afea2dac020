import type { App, MachineHandle } from "#app/app.ts";
import { errorRecord, type ErrorRecord } from "#base/errors.ts";
import type { Bmc, BmcInfo, BootReadBack, PowerState } from "#bmc/bmc.ts";
import type { Observed } from "#inventory/facts.ts";
import type { Look } from "#probes/probe.ts";
import type { Call } from "../call.ts";
import { bootWords, type SeenBootDevice } from "../output/device-words.ts";
import { guidForPeople } from "../output/machine-words.ts";
import { problemJson, sayProblem } from "../output/problem.ts";
import { pairLines } from "../output/table.ts";
import { harmless } from "../output/terminal.ts";

interface Seen {
  key: string;
  facets: string[];
  info: BmcInfo;
  power: PowerState;
  boot?: BootReadBack<SeenBootDevice> | { unreadable: string };
}

export async function run(call: Call): Promise<number> {
  const app = await call.app();
  const handle = await app.machine(call.argument(0));
  const [asked, looks] = await Promise.all([askController(call, app, handle), lookAtAll(call, app, handle)]);
  call.signal.throwIfAborted();
  const problem = "problem" in asked ? asked.problem : undefined;
  const controller =
    "seen" in asked ? controllerPairs(call, handle.name, asked.seen, await app.facts.get(handle.name)) : [];
  call.out.line(call.out.paint.bold(handle.name));
  call.out.lines(pairLines([...controller, ...lookPairs(call, handle.name, looks)], "  "));
  if (problem) sayProblem(call.out, problem);
  call.out.result({
    ok: problem === undefined,
    machine: handle.name,
    ...(problem ? { error: problemJson(problem) } : {}),
  });
  return problem?.exitCode ?? 0;
}

async function askController(
  call: Call,
  app: App,
  handle: MachineHandle,
): Promise<{ seen: Seen } | { problem: ErrorRecord }> {
  try {
    if (call.flag("accept")) await app.facts.forget(handle.name);
    await using bmc = await handle.bmc(call.flag("accept") ? { acceptStranger: true } : {});
    const seen = await see(call, bmc);
    await app.facts
      .merge(handle.name, { info: infoOf(seen.info), probed: new Date(app.clock.now()).toISOString() })
      .catch(() => undefined);
    return { seen };
  } catch (error) {
    return { problem: errorRecord(error) };
  }
}

async function see({ signal }: Call, bmc: Bmc): Promise<Seen> {
  const info = (await bmc.identity?.read(signal)) ?? {};
  const power = await bmc.power.status(signal);
  const boot = await bmc.boot?.get(signal).catch((error: unknown) => ({ unreadable: errorRecord(error).message }));
  const facets = [
    `power (${bmc.power.actions.join(", ")})`,
    ...(["boot", "identity", "identify", "raw"] as const).filter((facet) => bmc[facet] !== undefined),
  ];
  return { key: bmc.key, facets, info, power, ...(boot ? { boot } : {}) };
}

function infoOf({ manufacturer, product, firmware, ipmiVersion }: BmcInfo): NonNullable<Observed["info"]> {
  return {
    ...(manufacturer === undefined ? {} : { manufacturer }),
    ...(product === undefined ? {} : { product }),
    ...(firmware === undefined ? {} : { firmware }),
    ...(ipmiVersion === undefined ? {} : { ipmiVersion }),
  };
}

type Pairs = [string, string | undefined][];

function controllerPairs({ out }: Call, machine: string, seen: Seen, { bmc }: Observed): Pairs {
  const { key, facets, info, power, boot } = seen;
  const { manufacturer, product, firmware, ipmiVersion } = info;
  const guid = info.guid ?? (bmc?.guid === undefined ? undefined : guidForPeople(bmc.guid));
  const facts = { cipherSuite: bmc?.cipherSuite, privilege: bmc?.privilege, quirks: bmc?.quirks ?? [] };
  out.row({
    machine,
    controller: key,
    power,
    guid,
    manufacturer,
    product,
    firmware,
    ipmiVersion,
    boot,
    facets,
    ...facts,
  });
  const pairs: Pairs = [
    ["controller", key],
    ["GUID", guid],
    ["maker", [manufacturer, product].filter(Boolean).join(" ")],
    ["firmware", firmware],
    ["IPMI", ipmiVersion],
    ["cipher suite", bmc?.cipherSuite?.toString()],
    ["privilege", bmc?.privilege],
    ["power", power],
    ["boots next", boot && ("unreadable" in boot ? `cannot be read: ${boot.unreadable}` : bootWords(boot))],
    ["can do", facets.join(", ")],
    ["quirks", bmc?.quirks?.join(", ") || "none seen"],
  ];
  return pairs.map(([name, value]) => [name, value === undefined ? undefined : harmless(value)]);
}

type Looks = readonly { name: string; look: Look }[];

/** One look through each declared probe. */
async function lookAtAll({ signal }: Call, app: App, handle: MachineHandle): Promise<Looks> {
  return Promise.all(
    Object.keys(handle.declared.probes).map(async (name) => {
      try {
        const { probe, timeout } = await handle.probe(name);
        return { name, look: await app.look(probe, { timeout, signal }) };
      } catch (error) {
        return { name, look: { outcome: "not-made" as const, detail: errorRecord(error).message, ms: 0 } };
      }
    }),
  );
}

function lookPairs({ out }: Call, machine: string, looks: Looks): Pairs {
  const { green, red, yellow } = out.paint;
  const words = { ready: green("ready"), "not-ready": red("not ready"), "not-made": yellow("could not look") } as const;
  for (const { name, look } of looks) out.row({ machine, probe: name, ...look });
  return looks.map(({ name, look }) => [`probe ${name}`, `${words[look.outcome]}: ${harmless(look.detail)}`]);
}
