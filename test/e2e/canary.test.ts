import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { seconds } from "#base/units.ts";
import { expect, it } from "vitest";
import { canary, quick, simEstate } from "../support/sim-estate.ts";

function filesBelow(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(dir, entry.name);
    return entry.isDirectory() ? filesBelow(file) : statSync(file).isFile() ? [file] : [];
  });
}

/** Command lines and environments of all processes that mention this state folder. */
function commandLines(): string {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
      } catch {
        return "";
      }
    })
    .join("\n");
}

it("leaves no secret in arguments, output, logs, database, evidence or errors", async () => {
  await using lab = await simEstate(
    [{ name: "m", server: { ...quick, post: seconds(1), flaky: { failFirst: 1 } }, ready: undefined }].map(
      ({ ready: _, ...m }) => m,
    ),
  );
  const running = lab.start([
    "run",
    "m",
    "--within",
    "3s",
    "--",
    "sh",
    "-c",
    `echo "the password is $SIM_BMC_PASSWORD"; sleep 1`,
  ]);
  await running.shows(/Wait until/);
  expect(commandLines()).not.toContain(canary);
  const done = await running.ended;
  const failed = await lab.run(["power", "m", "on"], {
    env: { SIM_BMC_USER: canary.slice(0, 16), SIM_BMC_PASSWORD: canary },
  });
  const shown = await lab.run(["runs", "list", "--json"]);
  for (const { stdout, stderr } of [done, failed, shown]) expect(stdout + stderr).not.toContain(canary);
  const holders = filesBelow(lab.state).filter((file) => readFileSync(file).includes(canary));
  expect(holders.map((file) => path.relative(lab.state, file))).toEqual([]);
});
