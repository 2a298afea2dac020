import { Agent, request as httpRequest } from "node:http";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { scaledClock } from "#base/clock.ts";
import { seconds } from "#base/units.ts";
import { readFleet } from "#simulator/fleet-file.ts";
import { startFleet } from "#simulator/fleet.ts";
import { startBmc, type RedfishMachine } from "#simulator/machine.ts";
import type { RedfishOptions } from "#simulator/redfish.ts";
import { needs } from "../support/needs.ts";
import { runProgram } from "../support/program.ts";
import { messageKey, raw, type RawOptions } from "../support/redfish-raw.ts";
import { describeShared } from "../support/shared.ts";

// What is not in the standard: iDRAC's own roads, Supermicro's web interface, machines with several servers.
let machine: RedfishMachine;
afterEach(async () => machine?.[Symbol.asyncDispose]());

async function start(redfish: RedfishOptions) {
  machine = await startBmc({
    name: "web01",
    clock: scaledClock(50),
    server: { bootable: ["disk", "cd"] },
    redfish: { scheme: "http", ...redfish },
  });
  return machine.redfish;
}
const ask = (path: string, method?: string, options?: RawOptions) =>
  raw(`${machine.redfish.url}${path}`, method, options);
const idrac = "/redfish/v1/Managers/iDRAC.Embedded.1";
const lifecycle = `${idrac}/Oem/Dell/DellLCService/Actions/DellLCService.`;

describeShared("redfish", "recorded controllers", (folder) => {
  test("iDRAC's attributes are the road to the virtual CD; Cd itself is the physical drive", async () => {
    await start({ tree: join(folder, "dell-r750-idrac9-7.10") });
    const system = "/redfish/v1/Systems/System.Embedded.1";
    const on = () => ask(`${system}/Actions/ComputerSystem.Reset`, "POST", { body: { ResetType: "On" } });
    const boot = { BootSourceOverrideTarget: "Cd", BootSourceOverrideEnabled: "Once" };
    expect((await ask(system, "PATCH", { body: { Boot: boot } })).status).toBe(200);
    await on();
    await machine.server.reached("ready");
    expect(machine.server.boots[0]).toMatchObject({ from: "disk", override: { source: "physical-cd" } });
    const attributes = { "ServerBoot.1#BootOnce": "Enabled", "ServerBoot.1#FirstBootDevice": "VCD-DVD" };
    expect((await ask(`${idrac}/Attributes`, "PATCH", { body: { Attributes: attributes } })).status).toBe(200);
    expect((await ask(`${idrac}/Attributes`)).body.Attributes["ServerBoot.1.FirstBootDevice"]).toBe("VCD-DVD");
    expect((await ask(system)).body.Boot).toMatchObject(boot);
    await ask(`${system}/Actions/ComputerSystem.Reset`, "POST", { body: { ResetType: "ForceRestart" } });
    await machine.server.reached("other-system");
    expect(machine.server.boots[1]?.from).toBe("cd");
    expect((await ask(`${idrac}/Attributes`)).body.Attributes["ServerBoot.1.FirstBootDevice"]).toBe("Normal");
    const { boot: faults } = machine.redfish.faults;
    faults.attributes = "job-queued";
    expect(messageKey(await ask(`${idrac}/Attributes`, "PATCH", { body: { Attributes: attributes } }))).toBe("RAC0679");
    faults.attributes = "busy";
    expect((await ask(`${idrac}/Attributes`, "PATCH", { body: { Attributes: attributes } })).status).toBe(503);
  });

  test("iDRAC 7 and 8 take the same in a configuration profile, as a job", async () => {
    await start({ tree: join(folder, "dell-t630-idrac8-2.50") });
    const profile = `<SystemConfiguration><Component FQDD="iDRAC.Embedded.1">
    <Attribute Name="ServerBoot.1#BootOnce">Enabled</Attribute>
    <Attribute Name="ServerBoot.1#FirstBootDevice">VCD-DVD</Attribute></Component></SystemConfiguration>`;
    const body = { ImportBuffer: profile, ShareParameters: { Target: "ALL" }, ShutdownType: "NoReboot" };
    const reply = await ask(`${idrac}/Actions/Oem/EID_674_Manager.ImportSystemConfiguration`, "POST", { body });
    expect(reply.status).toBe(202);
    expect(machine.server.override.get()).toEqual({ source: "cd", persistent: false, uefi: true });
    const job = String(reply.headers["location"]);
    expect((await ask(job)).body.EndTime).toBe("TIME_NA");
    await machine.server.clock.sleep(seconds(5));
    expect((await ask(job)).body.JobState).toBe("Completed");
  });

  test("iDRAC shows the screen as a PNG, and says for a while after its restart that it is not ready", async () => {
    await start({ tree: join(folder, "dell-r750-idrac9-6.00") });
    const shot = await ask(`${lifecycle}ExportServerScreenShot`, "POST", { body: { FileType: "ServerScreenShot" } });
    const png = Buffer.from(shot.body.ServerScreenshotFile, "base64");
    expect(png.subarray(0, 8).toString("hex")).toBe("89504e470d0a1a0a");
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([720, 400]);
    const status = async (): Promise<unknown> =>
      (await ask(`${lifecycle}GetRemoteServicesAPIStatus`, "POST", { body: {} })).body.LCStatus;
    expect(await status()).toBe("Ready");
    await machine.redfish.reboot(seconds(1));
    expect(await status()).toBe("NotReady");
    await machine.server.clock.sleep(seconds(21));
    expect(await status()).toBe("Ready");
    const log: unknown[] = (await ask(`${idrac}/LogServices/Lclog/Entries`)).body.Members;
    expect(log.at(-1)).toMatchObject({ MessageId: "RAC0182" });
  });

  test("each server of a controller with two has a life of its own", async () => {
    const redfish = await start({ tree: join(folder, "hpe-cray-ex425-multinode") });
    expect(redfish.vendor).toBe("cray");
    const [first, second] = [...redfish.servers];
    expect([first?.[0], second?.[0]]).toEqual(["/redfish/v1/Systems/Node0", "/redfish/v1/Systems/Node1"]);
    const target = `${second?.[0]}/Actions/ComputerSystem.Reset`;
    expect((await ask(target, "POST", { body: { ResetType: "On" } })).status).toBe(204);
    await second?.[1].reached("ready");
    expect(machine.server.state).toBe("off");
    expect((await ask("/redfish/v1/Systems/Node0")).body.PowerState).toBe("Off");
    expect((await ask("/redfish/v1/Systems/Node1")).body.PowerState).toBe("On");
  });
});

test("Supermicro's web interface gives a JPEG to who logged in, asked for a preview, and showed the token", async () => {
  await start({ vendor: "supermicro" });
  const form = { "content-type": "application/x-www-form-urlencoded" };
  const encode = (word: string) => encodeURIComponent(Buffer.from(word).toString("base64"));
  const post = (path: string, body: string, headers = {}) =>
    ask(path, "POST", { body, headers: { ...form, ...headers }, login: null });
  expect((await post("/cgi/login.cgi", `name=${encode("admin")}&pwd=${encode("wrong")}&check=00`)).body).toContain(
    "failed",
  );
  const login = await post("/cgi/login.cgi", `name=${encode("admin")}&pwd=${encode("correct horse")}&check=00`);
  const cookie = String(login.headers["set-cookie"]).split(";")[0] ?? "";
  const get = (query: string) => ask(`/cgi/url_redirect.cgi?${query}`, "GET", { headers: { cookie }, login: null });
  const token = /"CSRF_TOKEN", "(\w+)"/.exec((await get("url_name=topmenu")).body)?.[1] ?? "";
  expect((await post("/cgi/op.cgi", "op=sys_preview", { cookie })).status).toBe(403);
  expect((await post("/cgi/op.cgi", "op=sys_preview", { cookie, csrf_token: token })).status).toBe(200);
  const picture = await get("url_name=Snapshot&url_type=img");
  expect(picture.headers["content-type"]).toBe("image/jpeg");
  expect(picture.bytes.subarray(0, 3).toString("hex")).toBe("ffd8ff");
  expect(machine.redfish.openWebSessions).toBe(1);
  await ask("/cgi/logout.cgi", "GET", { headers: { cookie }, login: null });
  expect(machine.redfish.openWebSessions).toBe(0);
});

test("a kept connection that hangs swallows the fourth request; a new connection is answered", async () => {
  const redfish = await start({ faults: { http: { connections: "hang" } } });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const get = (): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const request = httpRequest(`${redfish.url}/redfish/v1`, { agent, timeout: 200 }, (response) => {
        response.resume().once("end", () => resolve(response.statusCode));
      });
      request.once("timeout", () => request.destroy(new Error("hangs")));
      request.once("error", reject);
      request.end();
    });
  for (let n = 0; n < 3; n++) expect(await get()).toBe(200);
  await expect(get()).rejects.toThrow("hangs");
  expect((await ask("/redfish/v1")).status).toBe(200);
  expect(redfish.counts.connections).toBe(2);
  agent.destroy();
});

test("ipmitool and Redfish see and change the same machine, and a password that was changed over Redfish opens IPMI", async () => {
  needs("ipmitool");
  await start({});
  const { bmc, server } = machine;
  const ipmitool = async (password: string, ...args: string[]) => {
    const target = [
      "-I",
      "lanplus",
      "-H",
      bmc.address,
      "-p",
      String(bmc.port),
      "-U",
      "admin",
      "-E",
      "-C",
      "17",
      "-R",
      "2",
      "-N",
      "1",
    ];
    return runProgram("ipmitool", [...target, ...args], { env: { IPMI_PASSWORD: password } });
  };
  await ipmitool("correct horse", "chassis", "bootdev", "pxe");
  expect((await ask("/redfish/v1/Systems/1")).body.Boot).toMatchObject({
    BootSourceOverrideTarget: "Pxe",
    BootSourceOverrideEnabled: "Once",
    BootSourceOverrideMode: "Legacy",
  });
  await ask("/redfish/v1/AccountService/Accounts/admin", "PATCH", { body: { Password: "battery staple 1" } });
  expect((await ipmitool("correct horse", "chassis", "power", "on")).code).not.toBe(0);
  expect((await ipmitool("battery staple 1", "chassis", "power", "on")).code).toBe(0);
  await server.reached("ready");
  expect((await ask("/redfish/v1/Systems/1", "GET", { login: "admin:battery staple 1" })).body.PowerState).toBe("On");
});

test("a fleet file names machines that speak Redfish alone", async () => {
  const folder = mkdtempSync(join(tmpdir(), "rackhand-fleet-"));
  writeFileSync(join(folder, "password"), "correct horse\n");
  const bmc = { address: "127.62.9.1", username: "admin", passwordFile: "password", enabled: false };
  const one = { name: "dell01", bmc, redfish: { vendor: "dell-idrac9", identity: { serial: "ABC1234" } } };
  writeFileSync(join(folder, "fleet.json"), JSON.stringify({ machines: [one] }));
  await using fleet = await startFleet(await readFleet(join(folder, "fleet.json")));
  rmSync(folder, { recursive: true });
  const { redfish, bmc: ipmi } = fleet.get("dell01");
  const reply = await raw(`${redfish?.url}/redfish/v1/Systems/System.Embedded.1`);
  expect(reply.body).toMatchObject({ SerialNumber: "ABC1234", PowerState: "Off" });
  expect(ipmi.plugged).toBe(false);
});
