import { wakeHistory } from "#app/history.ts";
import { ExitCode } from "#base/errors.ts";
import { formatDuration } from "#base/units.ts";
import type { Machine } from "#estate/machine.ts";
import type { Observed } from "#inventory/facts.ts";
import type { Call } from "../call.ts";
import { probeWords } from "../output/device-words.ts";
import { controllerWords, guidForPeople } from "../output/machine-words.ts";
import { pairLines } from "../output/table.ts";
import { moment } from "../output/words.ts";
import { historyWords } from "../tries.ts";

/** What is declared and what was seen stay apart. */
export async function run(call: Call): Promise<number> {
  const { out } = call;
  const app = await call.app();
  const { name, declared } = await app.machine(call.argument(0));
  const place = (await app.estate()).places.get(`Machine/${name}`);
  const seen = await app.facts.get(name);
  const history = call.flag("history") ? await wakeHistory(await app.database(), name) : undefined;
  out.line(`${out.paint.bold(name)}${place === undefined ? "" : `  ${out.paint.dim(place)}`}`);
  out.lines([out.paint.dim("declared"), ...pairLines(declaredPairs(declared), "  ")]);
  out.lines([out.paint.dim("seen"), ...seenLines(seen)]);
  if (history) out.line(`  wakes  ${historyWords(history)}`);
  out.row({ machine: name, place, declared, seen, ...(history ? { wakes: history } : {}) });
  out.result({ ok: true, machine: name });
  return ExitCode.done;
}

function declaredPairs(machine: Machine): [string, string | undefined][] {
  const { type, site, cluster, role, tags, bmc, probes, wake, stop, jobs } = machine;
  const within = stop.hardAfter === undefined ? "never hard" : `hard after ${formatDuration(stop.hardAfter)}`;
  return [
    ["kind", type],
    ["site", site],
    ["cluster", cluster],
    ["role", role],
    ["tags", tags.join(", ")],
    ["controller", `${controllerWords(machine)}${bmc ? `, credentials ${bmc.credentials}` : ""}`],
    ...Object.entries(probes).map(([name, { check, within: limit }]): [string, string] => [
      `probe ${name}`,
      `${probeWords(check)}${limit === undefined ? "" : `, within ${formatDuration(limit)}`}`,
    ]),
    ["wake", `${wake.tries} tries, ${wake.between} between`],
    ["stop", `within ${formatDuration(stop.within)}, ${within}`],
    ...Object.entries(jobs).map(([name, job]): [string, string] => [
      `job ${name}`,
      `${job.command.join(" ")}${job.schedule === undefined ? "" : `  (${job.schedule})`}`,
    ]),
  ];
}

function seenLines({ bmc, info, probed }: Observed): string[] {
  if (bmc === undefined && info === undefined) return ["  nothing yet: rackhand probe asks its controller"];
  return pairLines(
    [
      ["GUID", bmc?.guid === undefined ? undefined : guidForPeople(bmc.guid)],
      ["vendor", info?.vendor],
      ["maker", [info?.manufacturer, info?.product].filter(Boolean).join(" ")],
      ["firmware", info?.firmware],
      ["serial", info?.serial],
      ["BIOS", info?.bios],
      ["IPMI", info?.ipmiVersion],
      ["speaks", spoken(bmc)],
      ["cipher suite", bmc?.cipherSuite?.toString()],
      ["privilege", bmc?.privilege],
      ["quirks", bmc?.quirks?.join(", ")],
      ["asked", probed === undefined ? undefined : moment(probed)],
    ],
    "  ",
  );
}

const spoken = (bmc: Observed["bmc"]): string =>
  [bmc?.protocols?.ipmi && "IPMI", (bmc?.protocols?.redfish ?? bmc?.redfish) && "Redfish"].filter(Boolean).join(", ");
