import path from "node:path";
import { ExitCode } from "#base/errors.ts";
import type { Call } from "../call.ts";
import { labFolder, ourName } from "../lab.ts";
import { shellWord } from "../schedule/units.ts";

export async function run(call: Call): Promise<number> {
  const { out } = call;
  const { startLab } = await import("#simulator/lab.ts");
  const { dir, pid, machines, started } = await startLab(labFolder(call.argument(0)));
  out.line(
    `${out.paint.green(out.marks.done)} ${machines.length} simulated machines ${started ? "are up" : "were up already"} (process ${pid}); their estate is ${dir}`,
  );
  out.line();
  out.table(
    ["MACHINE", "WHAT IT IS"],
    machines.map(({ name, about }) => [name, about]),
  );
  const here = path.relative(process.cwd(), dir);
  const estate = shellWord(here === "" || here.startsWith("..") ? dir : here);
  out.line();
  out.lines(["Try:", ...tries(estate).map((line) => `  ${line}`)]);
  for (const machine of machines) out.row({ machine: machine.name, about: machine.about });
  out.result({ ok: true, dir, pid, started });
  return ExitCode.done;
}

function tries(estate: string): string[] {
  const name = ourName(process.cwd());
  const words = [
    "power --all status",
    "wake backup01",
    "run backup01 --job pull-snapshots",
    "stop backup01",
    `lab down ${estate}`,
  ];
  return [`export RACKHAND_ESTATE=${estate}`, ...words.map((each) => `${name} ${each}`)];
}
