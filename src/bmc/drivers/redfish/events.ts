import type { RedfishClient } from "#protocols/redfish/client.ts";
import { flag, link, text, time, type Resource } from "#protocols/redfish/resource.ts";
import type { EventsFacet, LogEvent } from "../../facets.ts";
import type { RedfishLine } from "./line.ts";
import type { Places } from "./places.ts";
import { given } from "./read.ts";
import { listed } from "./reading.ts";

/** Entries of one log that are read at most: some BMCs have thousands, page by page. */
const mostOfALog = 1000;
/** Logs that hold no events: dumps, the BMC's own journal, what the host printed, POST codes. */
const noEvents = /dump|journal|hostlogger|debugtoken|postcode|crash|diagnostic|pcie|cper/i;

/** The event logs of system, controller and chassis, put in one row by time. */
export function redfishEvents(line: RedfishLine, places: Places): EventsFacet {
  return {
    read: ({ most = 50, signal } = {}) =>
      line.use(signal, async (client) => {
        const events: LogEvent[] = [];
        for (const log of await logsOf(client, places, signal)) events.push(...(await entriesOf(client, log, signal)));
        return newestFirst(events).slice(0, most);
      }),
  };
}

/** Each log once: some hang below system and controller both. */
async function logsOf(client: RedfishClient, places: Places, signal?: AbortSignal): Promise<readonly Resource[]> {
  const system = await places.system(client, signal);
  const managers = await places.managers(client, system, signal);
  const chassis = await places.chassis(client, system, signal);
  const logs = new Map<string, Resource>();
  for (const owner of [system, ...managers, ...chassis]) {
    for (const log of await listed(client, link(owner, "LogServices"), { signal, most: 32 })) {
      const entries = link(log, "Entries");
      const name = `${text(log, "Id") ?? ""} ${text(log, "Name") ?? ""}`;
      if (entries !== undefined && !noEvents.test(name) && flag(log, "ServiceEnabled") !== false)
        logs.set(entries, log);
    }
  }
  return [...logs.values()];
}

async function entriesOf(client: RedfishClient, log: Resource, signal?: AbortSignal): Promise<readonly LogEvent[]> {
  const name = text(log, "Id") ?? text(log, "Name") ?? "log";
  const entries = await listed(client, link(log, "Entries"), { signal, most: mostOfALog, whole: ["Id", "Message"] });
  return entries.map((entry) => ({
    log: name,
    id: text(entry, "Id") ?? entry.path,
    message: text(entry, "Message") ?? text(entry, "MessageId") ?? text(entry, "Name") ?? "",
    ...given({
      time: (time(entry, "Created") ?? time(entry, "EventTimestamp"))?.toISOString(),
      severity: text(entry, "Severity") ?? text(entry, "MessageSeverity"),
      messageId: text(entry, "MessageId"),
    }),
  }));
}

/** Those without a time stay at the end, in the log's own order. */
function newestFirst(events: readonly LogEvent[]): readonly LogEvent[] {
  return events.toSorted((one, other) => {
    const [a, b] = [one.time ?? "", other.time ?? ""];
    return a === b ? 0 : a > b ? -1 : 1;
  });
}
