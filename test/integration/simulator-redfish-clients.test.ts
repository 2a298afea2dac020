import { readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { scaledClock } from "#base/clock.ts";
import { startBmc, type RedfishMachine } from "#simulator/machine.ts";
import type { RedfishOptions } from "#simulator/redfish.ts";
import { needs } from "../support/needs.ts";
import type { Parsed } from "../support/redfish-raw.ts";
import { runProgram } from "../support/program.ts";
import { describeShared } from "../support/shared.ts";

// Independent clients: OpenStack's sushy and DMTF's redfishtool, as Debian has them. Both keep to the system's own Python.
const python = "/usr/bin/python3";
const script = join(import.meta.dirname, "../support/sushy-drive.py");
// An environment's own bundle of authorities would outrank "do not verify".
const env = { REQUESTS_CA_BUNDLE: "", CURL_CA_BUNDLE: "", PYTHONDONTWRITEBYTECODE: "1" };

function start(redfish: RedfishOptions): Promise<RedfishMachine> {
  return startBmc({ name: "web01", clock: scaledClock(20), server: { bootable: ["disk", "pxe"] }, redfish });
}

async function sushy({ redfish }: RedfishMachine, target = "Pxe"): Promise<Parsed> {
  const [path = ""] = redfish.servers.keys();
  const { code, stdout, stderr } = await runProgram(python, [script, redfish.url, path, target], { env });
  expect(stderr).toBe("");
  expect(code).toBe(0);
  return JSON.parse(stdout);
}

test("sushy logs in, sets a once-override, switches on, sees it all, and leaves no session behind", async () => {
  needs("/usr/lib/python3/dist-packages/sushy");
  await using machine = await start({});
  const seen = await sushy(machine);
  expect(seen).toMatchObject({ before: "Off", boot: ["Pxe", "Once"], after: "On", managers: ["BMC"] });
  await machine.server.reached("other-system");
  expect(machine.server.boots[0]).toMatchObject({ from: "pxe", why: "on" });
  expect(machine.redfish.counts.sessions).toMatchObject({ opened: 1, closed: 1 });
  expect(machine.redfish.openSessions).toEqual([]);
});

test("sushy waits out the rest of a BMC's life: it answers 503 twice, and sushy asks again", async () => {
  needs("/usr/lib/python3/dist-packages/sushy");
  await using machine = await start({});
  machine.redfish.faults.http.failures.push({ method: "GET", path: /Systems\//, status: 503, times: 2 });
  expect(await sushy(machine)).toMatchObject({ after: "On" });
});

describeShared("redfish", "sushy drives each recorded tree, the vendor's oddities included", (folder) => {
  const trees = readdirSync(folder).filter((name) => name !== "misc" && !name.endsWith(".md"));

  beforeEach(() => needs("/usr/lib/python3/dist-packages/sushy"));

  test.each(trees)("%s", async (name) => {
    await using machine = await start({ tree: join(folder, name) });
    const seen = await sushy(machine);
    expect(seen).toMatchObject({ before: "Off", after: "On" });
    if (name.includes("cray")) expect(seen.refused).toContain("BootSourceOverrideTarget");
    else expect(seen.boot, seen.refused).toEqual(["Pxe", "Once"]);
    await machine.server.reached(name.includes("cray") ? "ready" : "other-system");
    expect(machine.redfish.openSessions).toEqual([]);
  });
});

test("redfishtool reads the system, sets the override and switches on, with a session and with basic authentication", async () => {
  needs("redfishtool");
  await using machine = await start({});
  const { redfish, server } = machine;
  const tool = async (auth: "Basic" | "Session", ...args: string[]) => {
    const login = [
      "-u",
      "admin",
      "-p",
      "correct horse",
      "-r",
      `${redfish.address}:${redfish.port}`,
      "-S",
      "Always",
      "-A",
      auth,
    ];
    const { code, stdout, stderr } = await runProgram("redfishtool", [...login, ...args], { env });
    expect({ code, stderr }).toMatchObject({ code: 0 });
    return stdout;
  };
  expect(JSON.parse(await tool("Session", "Systems", "-F", "get"))).toMatchObject({ PowerState: "Off" });
  await tool("Basic", "Systems", "-F", "setBootOverride", "Once", "Pxe");
  await tool("Session", "Systems", "-F", "reset", "On");
  await server.reached("other-system");
  expect(JSON.parse(await tool("Basic", "Systems", "-F", "-P", "PowerState"))).toEqual({ PowerState: "On" });
  expect(await tool("Basic", "Chassis", "-F", "Thermal")).toContain("Inlet Temp");
  expect(await tool("Basic", "Managers", "-F", "NetworkProtocol")).toContain("IPMI");
  expect(redfish.openSessions).toEqual([]);
  expect(redfish.counts.wrongPasswords).toBe(0);
});
