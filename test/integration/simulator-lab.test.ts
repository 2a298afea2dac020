import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawn } from "node:child_process";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Secret } from "#base/secret.ts";
import { loadEstate } from "#estate/load.ts";
import { GetChassisStatus } from "#protocols/ipmi/commands.ts";
import { Session } from "#protocols/ipmi/session.ts";
import { readFleet } from "#simulator/fleet-file.ts";
import { runningLab, startLab, stopLab, writeLab } from "#simulator/lab.ts";

let parent: string;
let dir: string;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "rackhand-lab-"));
  dir = join(parent, "lab");
});
afterEach(async () => {
  await stopLab(dir);
  rmSync(parent, { recursive: true, force: true });
});

const split = (endpoint: string) => {
  const [host = "", port = ""] = endpoint.split(":");
  return { host, port: Number(port) };
};

test("a lab is written once, with secrets that only its owner reads, and is an estate that holds", async () => {
  const machines = await writeLab(dir);
  expect(machines.map(({ name }) => name)).toEqual(["backup01", "web01", "web02", "db01", "old01", "vault01"]);
  const password = readFileSync(join(dir, "secrets/bmc-password"), "utf8");
  expect(statSync(join(dir, "secrets/bmc-password")).mode & 0o077).toBe(0);
  expect(readFileSync(join(dir, "fleet.json"), "utf8")).not.toContain(password.trim());
  await writeLab(dir);
  expect(readFileSync(join(dir, "secrets/bmc-password"), "utf8")).toBe(password);

  const estate = await loadEstate({ root: dir });
  expect([...estate.machines.keys()].toSorted()).toEqual(machines.map(({ name }) => name).toSorted());
  for (const { name, bmc } of machines)
    expect(estate.machines.get(name)?.bmc).toMatchObject({ address: split(bmc).host, port: split(bmc).port });
});

test("a lab runs in the background until it is stopped, and is started once", async () => {
  const lab = await startLab(dir);
  expect(lab.started).toBe(true);
  expect(await startLab(dir)).toMatchObject({ pid: lab.pid, started: false });
  const password = new Secret(readFileSync(join(dir, "secrets/bmc-password"), "utf8").trim());
  for (const { name, bmc, about } of lab.machines) {
    const kg =
      name === "vault01" ? new Secret(readFileSync(join(dir, "secrets/vault01-kg"), "utf8").trim()) : undefined;
    await using session = await Session.open({ ...split(bmc), username: "rackhand", password, kg });
    expect(await session.send(GetChassisStatus)).toMatchObject({ power: about.endsWith("; on") ? "on" : "off" });
  }
  expect(await stopLab(dir)).toBe(true);
  expect(await stopLab(dir)).toBe(false);
  expect(await runningLab(dir)).toBeUndefined();
});

test("a pid file that names somebody else's process ends nobody", async () => {
  await writeLab(dir);
  writeFileSync(join(dir, "lab.pid"), `${process.pid} 1\n`);
  expect(await runningLab(dir)).toBeUndefined();
  expect(await stopLab(dir)).toBe(false);
});

test("a folder that holds something else is left alone", async () => {
  writeFileSync(join(parent, "precious"), "");
  await expect(writeLab(parent)).rejects.toMatchObject({ code: "lab.not-empty", exitCode: 2 });
});

test("a lab that cannot start says why", async () => {
  await writeLab(dir);
  writeFileSync(join(dir, "fleet.json"), '{ "machines": [{ "name": "x", "bmc": { "adress": "127.0.0.1" } }] }');
  await expect(readFleet(join(dir, "fleet.json"))).rejects.toMatchObject({
    code: "simulator.fleet-file",
    message: expect.stringContaining("adress"),
  });
  await expect(startLab(dir)).rejects.toMatchObject({ code: "simulator.fleet-file" });
});

test("a tied lab ends with the process that started it, even when that is killed", async () => {
  const starter = join(parent, "starter.ts");
  const lab = join(import.meta.dirname, "../../src/simulator/lab.ts");
  writeFileSync(
    starter,
    `import { startLab } from ${JSON.stringify(lab)};\nawait startLab(${JSON.stringify(dir)}, { tied: true });\nconsole.log("up");\nsetInterval(() => {}, 1000);\n`,
  );
  const child = spawn(process.execPath, [starter], { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise((up) => child.stdout.once("data", up));
  expect(await runningLab(dir)).toBeDefined();
  child.kill("SIGKILL");
  await vi.waitFor(async () => expect(await runningLab(dir)).toBeUndefined(), { timeout: 10_000 });
});
