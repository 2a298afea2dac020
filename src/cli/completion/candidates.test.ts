import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { candidates } from "./candidates.ts";

describe("completion", () => {
  let dir = "";
  beforeAll(() => {
    dir = mkdtempSync(path.join(tmpdir(), "rackhand-completion-"));
    writeFileSync(
      path.join(dir, "rackhand.yaml"),
      "kind: Machine\nname: web01\nrole: web\njobs: { pull: { command: [a] }, push: { command: [b] } }\n---\nkind: Machine\nname: db01\n",
    );
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  const words = async (...line: string[]) => (await candidates(line)).map((each) => each.split("\t")[0]);

  it("knows commands and groups by their beginning", async () => {
    expect(await words("w")).toEqual(["wake"]);
    expect(await words("ru")).toEqual(["run", "runs"]);
    expect(await words("runs", "re")).toEqual(["resume"]);
    expect(await words("lab", "")).toEqual(["up", "down", "demo"]);
  });

  it("knows options and their values", async () => {
    expect(await words("wake", "m", "--be")).toEqual(["--between"]);
    expect(await words("wake", "m", "--between", "")).toEqual(["reset", "cycle", "off-on"]);
    expect(await words("boot", "m", "")).toContain("pxe");
    expect(await words("wake", "m", "--j")).toEqual(["--json"]);
  });

  it("knows the machines, roles and jobs of the estate", async () => {
    expect(await words("--estate", dir, "wake", "")).toEqual(["web01", "db01"]);
    expect(await words("--estate", dir, "power", "web01", "s")).toEqual(["soft", "status"]);
    expect(await words("--estate", dir, "power", "--role", "")).toEqual(["web"]);
    expect(await words("--estate", dir, "run", "web01", "--job", "pu")).toEqual(["pull", "push"]);
  });

  it("leaves files, and what is behind --, to the shell", async () => {
    expect(await words("backup", "")).toEqual([":files"]);
    expect(await words("run", "m", "--", "l")).toEqual([":files"]);
    expect(await words("--estate", "")).toEqual([":folders"]);
  });

  it("is silent where nothing fits", async () => {
    expect(await words("--estate", "/nowhere", "wake", "")).toEqual([]);
    expect(await words("check", "")).toEqual([]);
  });
});
