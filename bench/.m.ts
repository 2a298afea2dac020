import { startFleet } from "../test/support/fleetsim.ts";
import { spawnSync } from "node:child_process";
{await using fleet = await startFleet("/work/shared/fleetsim", 5000, "127.180.1.1");
for (const a of [[],[]]) console.log(a, spawnSync(process.execPath,[...a,"bench/lib/ipmi-worker.ts",fleet.targetsFile,"12"]).stdout.toString().slice(-250));}
{await using fleet = await startFleet("/work/shared/fleetsim", 500, "127.210.1.1");
for (const a of ["12","12","0","0","0"]) console.log(a, spawnSync(process.execPath,["bench/lib/ipmi-worker.ts",fleet.targetsFile,a]).stdout.toString().slice(-150));}
