import { spawn } from "node:child_process";
import { join } from "node:path";

/** `npm run check`: everything that can be known without running the program. All of it runs, whatever fails; the exit code is 1 when anything did. */
const root = join(import.meta.dirname, "..");
const module = (path: string) => join(root, "node_modules", path);

const checks = [
  { name: "format", args: [module("oxfmt/bin/oxfmt"), "--check", "."], hint: "npx oxfmt ." },
  { name: "types", args: [module("typescript/bin/tsc"), "--noEmit", "--pretty", "false"] },
  { name: "lint", args: [module("oxlint/bin/oxlint"), "--deny-warnings", "--format", "unix", "."] },
  { name: "dead code", args: [module("knip/bin/knip.js"), "--no-progress"] },
];

/** What a check said and whether it was content. Each runs under this very Node, whatever the machine's own is. */
function run(args: readonly string[]): Promise<{ ok: boolean; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
    }
    child.once("error", (error) => resolve({ ok: false, output: error.message }));
    child.once("close", (code) => resolve({ ok: code === 0, output }));
  });
}

const only = process.argv.slice(2);
let failed = 0;
for (const { name, args, hint } of checks) {
  if (only.length > 0 && !only.includes(name)) continue;
  const start = performance.now();
  const { ok, output } = await run(args);
  const took = `${((performance.now() - start) / 1000).toFixed(1)} s`;
  console.log(`${name.padEnd(10)} ${(ok ? "ok" : "FAILED").padEnd(7)} ${took}`);
  if (ok) continue;
  failed += 1;
  console.log(output.trimEnd().replace(/^/gm, "    "));
  if (hint) console.log(`    repair: ${hint}`);
}
process.exitCode = failed === 0 ? 0 : 1;
