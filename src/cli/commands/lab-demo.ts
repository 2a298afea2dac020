import path from "node:path";
import { stateDirectory } from "#app/state-dir.ts";
import type { Call } from "../call.ts";
import { labFolder, ourName } from "../lab.ts";
import * as stop from "./stop.ts";
import * as wake from "./wake.ts";

const machine = "backup01";

/** Wakes the lab's reluctant server and shuts it down again. Estate, state and log of the demo lie in the state folder and stay there. */
export async function run(call: Call): Promise<number> {
  const { out } = call;
  const { startLab, stopLab } = await import("#simulator/lab.ts");
  const dir = labFolder(path.join(stateDirectory(call.value("state"), call.env), "demo"));
  const { machines } = await startLab(dir, { tied: true });
  try {
    out.say(
      `A simulated server, ${out.warn.bold(machine)}: ${machines.find(({ name }) => name === machine)?.about ?? ""}.`,
    );
    out.say("Nobody is near. What follows is what you would see with yours:\n");
    const demo = (args: readonly string[]) =>
      call.with({ arguments: args, options: { json: out.json, estate: dir, state: path.join(dir, "state") } });
    const code = await act(out.say.bind(out), `rackhand wake ${machine}`, demo([machine]), wake.run);
    if (code !== 0) return code;
    out.say("");
    const stopped = await act(out.say.bind(out), `rackhand stop ${machine}`, demo([machine]), stop.run);
    if (stopped === 0) tellNext(call, dir);
    return stopped;
  } finally {
    await stopLab(dir);
  }
}

async function act(
  say: (text: string) => void,
  line: string,
  call: Call,
  verb: (call: Call) => Promise<number>,
): Promise<number> {
  say(`$ ${line}`);
  await using inner = call;
  return await verb(inner);
}

function tellNext({ out }: Call, dir: string): void {
  out.say(`\nThat was the simulated fleet of ${dir}; it has ended. To go on:`);
  const name = ourName(process.cwd());
  out.say(`  ${name} lab up     keeps such a fleet running, to try everything on`);
  out.say(`  ${name} init       begins an estate of your own servers`);
}
