import { hostname } from "node:os";
import type { App, MachineHandle } from "#app/app.ts";
import { errorRecord, type ErrorRecord } from "#base/errors.ts";
import { personHere } from "#app/open.ts";
import type { Bmc, BmcInfo, ProtocolFinding } from "#bmc/bmc.ts";
import { claimOnHost } from "#bmc/claim.ts";
import { probeBmc, switchIpmiOn, type ProbeReport } from "#bmc/probe.ts";
import type { Observed } from "#inventory/facts.ts";
import type { Look } from "#probes/probe.ts";
import type { Call } from "../call.ts";
import { bootWords } from "../output/device-words.ts";
import { guidForPeople } from "../output/machine-words.ts";
import { problemJson, sayProblem } from "../output/problem.ts";
import { readLine } from "../output/prompt.ts";
import { pairLines } from "../output/table.ts";
import { harmless } from "../output/terminal.ts";

type Seen = ProbeReport & { key: string };

export async function run(call: Call): Promise<number> {
  const app = await call.app();
  const handle = await app.machine(call.argument(0));
  const [asked, looks] = await Promise.all([askController(call, app, handle), lookAtAll(call, app, handle)]);
  call.signal.throwIfAborted();
  const problem = "problem" in asked ? asked.problem : undecided(asked.seen);
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

/** A controller that was found well and whose server cannot be managed yet. */
const undecided = ({ problem }: Seen): ErrorRecord | undefined => problem && errorRecord(problem);

async function askController(
  call: Call,
  app: App,
  handle: MachineHandle,
): Promise<{ seen: Seen } | { problem: ErrorRecord }> {
  try {
    if (call.flag("accept")) await app.facts.forget(handle.name);
    await using bmc = await handle.bmc(call.flag("accept") ? { acceptStranger: true } : { anew: true });
    const first = { key: bmc.key, ...(await probeBmc(bmc, call.signal)) };
    const seen = (await mayOpenIpmi(call, handle, first)) ? await openIpmi(call, handle, bmc) : first;
    const probed = new Date(app.clock.now()).toISOString();
    await app.facts.merge(handle.name, { info: infoOf(seen.info), probed }).catch(() => undefined);
    return { seen };
  } catch (error) {
    return { problem: errorRecord(error) };
  }
}

/** Switched on when the command line says so, or a person does. */
async function mayOpenIpmi(call: Call, handle: MachineHandle, seen: Seen): Promise<boolean> {
  if (!seen.ipmiCanBeSwitchedOn) return false;
  if (call.flag("enableIpmi")) return true;
  if (!call.interactive || call.out.json) return false;
  const question = `${handle.name}: IPMI over LAN is switched off in the controller. Switch it on over Redfish? [y/N] `;
  return /^y(es)?$/i.test((await readLine(call.out, question, call.signal))?.trim() ?? "");
}

/** Switches it on and looks once more, as the machine's one owner meanwhile. */
async function openIpmi(call: Call, handle: MachineHandle, bmc: Bmc): Promise<Seen> {
  await bmc.rest();
  await using _claim = await claimOnHost(await handle.claims(), () => ({
    machine: handle.name,
    workflow: "probe --enable-ipmi",
    person: personHere(call.env),
    pid: process.pid,
    host: hostname(),
    since: new Date().toISOString(),
  }));
  await switchIpmiOn(bmc, call.signal);
  await bmc.rest();
  call.out.say(`${handle.name}: IPMI over LAN is switched on now`);
  await using again = await handle.bmc({ anew: true });
  return { key: again.key, ...(await probeBmc(again, call.signal)) };
}

function infoOf(info: BmcInfo): NonNullable<Observed["info"]> {
  const { guid: _, ...rest } = info;
  return rest;
}

type Pairs = [string, string | undefined][];

function controllerPairs({ out }: Call, machine: string, seen: Seen, { bmc }: Observed): Pairs {
  const guid = seen.info.guid ?? (bmc?.guid === undefined ? undefined : guidForPeople(bmc.guid));
  out.row({ machine, ...rowOf(seen, bmc), guid });
  const { key, facets, info, power, boot, protocols, problem } = seen;
  const pairs: Pairs = [
    ["controller", key],
    ["GUID", guid],
    ...infoPairs(info),
    ["speaks", protocols.map(protocolWords).join(", ")],
    ["cipher suite", bmc?.cipherSuite?.toString()],
    ["privilege", bmc?.privilege],
    ["power", power],
    ["boots next", boot && ("unreadable" in boot ? `cannot be read: ${boot.unreadable}` : bootWords(boot))],
    ["can do", facets.join(", ")],
    ["quirks", bmc?.quirks?.join(", ") || "none seen"],
    ["to do", problem && `${problem.message}; ${problem.advice ?? ""}`],
    ["hint", seen.ipmiCanBeSwitchedOn ? `rackhand probe ${machine} --enable-ipmi switches IPMI on` : undefined],
  ];
  return pairs.map(([name, value]) => [name, value === undefined ? undefined : harmless(value)]);
}

/** What scripts get. */
function rowOf({ key, info, problem, ...rest }: Seen, bmc: Observed["bmc"]): object {
  return {
    controller: key,
    ...info,
    ...rest,
    ...(problem ? { problem: problemJson(errorRecord(problem)) } : {}),
    cipherSuite: bmc?.cipherSuite,
    privilege: bmc?.privilege,
    driver: bmc?.redfish?.driver,
    certificate: bmc?.redfish?.pin,
    quirks: bmc?.quirks ?? [],
  };
}

function infoPairs({ vendor, manufacturer, product, firmware, ipmiVersion, serial, bios }: BmcInfo): Pairs {
  return [
    ["vendor", vendor],
    ["maker", [manufacturer, product].filter(Boolean).join(" ")],
    ["serial", serial],
    ["firmware", firmware],
    ["BIOS", bios],
    ["IPMI", ipmiVersion],
  ];
}

/** `ipmi (623)`, `redfish: silent`. */
function protocolWords({ protocol, port, state }: ProtocolFinding): string {
  const words = { off: "switched off", silent: "silent", refused: "refused", "not-tried": "not tried" } as const;
  return state === "works" ? `${protocol} (${port})` : `${protocol}: ${words[state]}`;
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
