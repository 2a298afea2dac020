import type { Call } from "../call.ts";
import { askFacet } from "../facet.ts";
import { moment } from "../output/words.ts";

export async function run(call: Call): Promise<number> {
  const { out, signal } = call;
  const machine = call.argument(0);
  const most = call.count("limit", 1) ?? 50;
  const found = await askFacet(
    call,
    "events",
    (bmc) => bmc.events,
    (events) => events.read({ most, signal }),
  );
  for (const event of found) out.row({ machine, ...event });
  if (found.length === 0) out.say(`${machine}: no events`);
  else {
    const rows = found.map(({ time, log, severity, message }) => [
      time === undefined ? "-" : moment(time),
      log,
      severity ?? "-",
      message,
    ]);
    out.table(["WHEN", "LOG", "SEVERITY", "WHAT"], rows);
  }
  out.result({ ok: true, machine, events: found.length });
  return 0;
}
