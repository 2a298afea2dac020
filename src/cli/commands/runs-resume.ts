import { UsageError } from "#base/errors.ts";
import type { RunRecord } from "#engine/engine.ts";
import type { Call } from "../call.ts";
import { finish } from "../carry-out.ts";
import { tellRun } from "../tell-run.ts";
import { watch } from "../watch.ts";
import { whichRun } from "../which-run.ts";

export async function run(call: Call): Promise<number> {
  const app = await call.app();
  const engine = await app.engine();
  const found = await whichRun(engine, call.argument(0));
  const from = call.value("from");
  const handle = await engine.resume(found.id, from === undefined ? {} : { fromStep: stepMeant(found, from) });
  return finish(call, app, await watch(call, app, handle), { tell: (ended) => tellRun(call, ended) });
}

/** A step by its number, its title, or the only title that begins so. */
function stepMeant({ id, steps }: RunRecord, given: string): string {
  const titles = steps.map(({ title }) => title);
  const numbered = /^\d+$/.test(given) ? titles[Number(given) - 1] : undefined;
  const begins = [...new Set(titles.filter((title) => title.toLowerCase().startsWith(given.toLowerCase())))];
  const meant = titles.find((title) => title === given) ?? numbered ?? (begins.length === 1 ? begins[0] : undefined);
  if (meant !== undefined) return meant;
  const list = titles.map((title, i) => `${i + 1} ${title}`).join("\n");
  throw new UsageError("run.step", `run ${id} has no step '${given}'`, {
    advice: list ? `it has:\n${list}` : "it has not begun any",
  });
}
