import { seconds } from "#base/units.ts";
import { startEngine } from "#engine/start.ts";
import type { Json } from "#engine/flow.ts";
import { openDatabase } from "#store/database.ts";
import { traces, World } from "./workflows.ts";

/*
 * A process with an engine, to be killed. Run: child.ts STATE WORLD WORKFLOW INPUT [TTL_MS [MACHINE]]. Says on stdout, a line each: `how started|attached|adopted ID`,
 * `step TITLE STATE`, `end STATE`, `error CODE`. SIGINT takes its wish back.
 */
const [stateDir = "", worldDir = "", name = "", input = "null", ttl = "10000", machine = "m1"] = process.argv.slice(2);
const say = (line: string) => process.stdout.write(`${line}\n`);
const url = process.env.DATABASE_URL;

await using database = await openDatabase({ stateDir, linger: seconds(5), ...(url ? { url } : {}) });
await using engine = await startEngine({
  database,
  stateDir,
  workflows: traces(new World(worldDir)),
  leaseTtl: seconds(Number(ttl) / 1000),
});
try {
  const handle = await engine.start(name, JSON.parse(input) as Json, {
    machine,
    claims: [`ipmi:${machine}`],
    who: `child ${process.pid}`,
  });
  const left = new Promise<string>((resolve) => {
    process.once("SIGINT", () => void handle.leave().then(() => resolve("left")));
  });
  say(`how ${handle.how} ${handle.id}`);
  void (async () => {
    for await (const event of handle.events()) {
      if (event.type === "step") say(`step ${event.step.title} ${event.step.state}`);
      if (event.type === "output") say(`output ${event.text.trim()}`);
    }
  })().catch(() => {});
  const ended = handle.ended().then((run) => `end ${run.state} ${JSON.stringify(run.result ?? null)}`);
  ended.catch(() => {});
  say(await Promise.race([ended, left]));
} catch (error) {
  say(`error ${error instanceof Error && "code" in error ? String(error.code) : String(error)}`);
}
