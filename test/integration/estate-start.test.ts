import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

const root = path.resolve(import.meta.dirname, "../..");
let dir: string;

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), "rackhand-start-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** Loads the estate in a process of its own and says what that took to load: how many machines, and which packages. */
function loadElsewhere(): { machines: number; packages: string[] } {
  const code = `
    import { registerHooks } from "node:module";
    const packages = new Set();
    registerHooks({ load: (url, context, next) => {
      const name = /node_modules\\/([^/]+)/.exec(url)?.[1];
      if (name) packages.add(name);
      return next(url, context);
    } });
    const { loadEstate } = await import("${root}/src/estate/load.ts");
    const { machines } = await loadEstate({ root: "${dir}", cacheDir: "${dir}/.cache" });
    console.log(JSON.stringify({ machines: machines.size, packages: [...packages] }));
  `;
  const { stdout, stderr } = spawnSync(path.join(root, "bin/node"), ["--input-type=module", "-e", code], {
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  return JSON.parse(stdout) as { machines: number; packages: string[] };
}

test("2,000 machines are read once; the next start loads no library at all", async () => {
  const machine = (n: number) => `kind: Machine\nname: m${n}\nprobes: { ready: { tcp: 'm${n}.example.net:22' } }\n`;
  writeFileSync(path.join(dir, "rackhand.yaml"), Array.from({ length: 2000 }, (_, n) => machine(n)).join("---\n"));
  utimesSync(path.join(dir, "rackhand.yaml"), 1, 1);
  await new Promise((resolve) => setTimeout(resolve, 80));
  expect(loadElsewhere()).toEqual({ machines: 2000, packages: expect.arrayContaining(["yaml", "zod"]) as unknown });
  expect(loadElsewhere()).toEqual({ machines: 2000, packages: [] });
});
