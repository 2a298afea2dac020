import { connect as tlsConnect } from "node:tls";
import { afterEach, expect, test } from "vitest";
import { scaledClock } from "#base/clock.ts";
import { milliseconds, minutes, seconds } from "#base/units.ts";
import { startBmc, type MachineOptions, type RedfishMachine } from "#simulator/machine.ts";
import { startRedfish, type RedfishOptions } from "#simulator/redfish.ts";
import { SimulatedServer } from "#simulator/server.ts";
import { vendors } from "../../src/simulator/redfish/vendors.ts";
import { messageKey, raw, type Parsed, type RawOptions } from "../support/redfish-raw.ts";

// What each switch of `RedfishFaults` does, seen from the wire. Whoever changes a switch finds here what clients were promised.
let machine: RedfishMachine;
afterEach(async () => machine?.[Symbol.asyncDispose]());

async function start(redfish: RedfishOptions = {}, options: Partial<MachineOptions> = {}) {
  machine = await startBmc({
    name: "web01",
    clock: scaledClock(50),
    ...options,
    server: { bootable: ["disk", "pxe", "cd"], ...options.server },
    redfish: { scheme: "http", ...redfish },
  });
  return machine.redfish;
}
const ask = (path: string, method?: string, options?: RawOptions) =>
  raw(`${machine.redfish.url}${path}`, method, options);
const systemPath = () => [...machine.redfish.servers.keys()][0] ?? "";
const system = async (): Promise<Parsed> => (await ask(systemPath())).body;
const reset = (type: string) =>
  ask(`${systemPath()}/Actions/ComputerSystem.Reset`, "POST", { body: { ResetType: type } });
const patchBoot = (boot: Record<string, unknown>, headers: Record<string, string> = {}, path = systemPath()) =>
  ask(path, "PATCH", { body: { Boot: boot }, headers });
const once = { BootSourceOverrideTarget: "Pxe", BootSourceOverrideEnabled: "Once" };
const sessions = "/redfish/v1/SessionService/Sessions";
const credentials = { UserName: "admin", Password: "correct horse" };
const logIn = (body: unknown = credentials) => ask(sessions, "POST", { body, login: null });

test("without a login only the service root is shown; a wrong password is 401 and counted", async () => {
  const { counts } = await start();
  expect((await ask("/redfish/v1", "GET", { login: null })).status).toBe(200);
  expect((await ask("/redfish/v1/Systems", "GET", { login: null })).status).toBe(401);
  expect((await ask("/redfish/v1/Systems", "GET", { login: "admin:wrong" })).status).toBe(401);
  expect(counts).toMatchObject({ wrongPasswords: 1, basicLogins: 0 });
});

test("a session opens by POST, carries requests, and is gone after DELETE; Location comes in three forms or not", async () => {
  const redfish = await start();
  const reply = await logIn();
  expect(reply.status).toBe(201);
  expect(reply.headers["location"]).toBe(`${sessions}/1`);
  const headers = { "x-auth-token": String(reply.headers["x-auth-token"]) };
  expect((await ask("/redfish/v1/Systems", "GET", { headers })).status).toBe(200);
  expect((await ask(`${sessions}/1`, "DELETE", { headers })).status).toBe(204);
  expect((await ask("/redfish/v1/Systems", "GET", { headers })).status).toBe(401);
  redfish.faults.sessions.location = "absolute";
  expect((await logIn()).headers["location"]).toBe(`${redfish.url}${sessions}/2`);
  redfish.faults.sessions.location = "missing";
  const bare = await logIn();
  expect(bare.headers["location"]).toBeUndefined();
  expect(bare.body["@odata.id"]).toBe(`${sessions}/3`);
  expect(redfish.counts.sessions).toMatchObject({ opened: 3, closed: 1 });
});

test("the session table fills, idle rows go after the time-out, and both ways of saying 'full' are there", async () => {
  const redfish = await start({ sessionLimit: 2, sessionTimeout: seconds(60) }, { clock: scaledClock(200) });
  await logIn();
  await logIn();
  expect(messageKey(await logIn())).toBe("CreateLimitReachedForResource");
  redfish.faults.sessions.fullAs = "RAC0218";
  const full = await logIn();
  expect([full.status, messageKey(full)]).toEqual([503, "RAC0218"]);
  await machine.server.clock.sleep(seconds(70));
  expect((await logIn()).status).toBe(201);
  expect(redfish.counts.sessions).toMatchObject({ refused: 2, timedOut: 2 });
  redfish.faults.sessions.full = true;
  expect((await logIn()).status).toBe(503);
});

test("sessions may be absent, basic authentication refused, tokens short-lived", async () => {
  const { faults } = await start();
  const token = String((await logIn()).headers["x-auth-token"]);
  const headers = { "x-auth-token": token };
  faults.sessions.tokenUses = 2;
  const statuses: number[] = [];
  for (let n = 0; n < 3; n++) statuses.push((await ask("/redfish/v1/Systems", "GET", { headers })).status);
  expect(statuses).toEqual([200, 200, 401]);
  faults.sessions.basic = "refused";
  expect((await ask("/redfish/v1/Systems")).status).toBe(401);
  faults.sessions.basic = "allowed";
  faults.sessions.absent = true;
  expect((await logIn()).status).toBe(404);
  expect((await ask(sessions)).status).toBe(404);
});

test("a locked account is refused with the right password too, and free again later", async () => {
  await start({
    accounts: [{ name: "admin", password: "correct horse" }],
    lockout: { after: 2, lasts: seconds(30), how: "refused" },
  });
  for (let n = 0; n < 2; n++) await ask("/redfish/v1/Systems", "GET", { login: "admin:no" });
  expect((await ask("/redfish/v1/Systems")).status).toBe(401);
  await machine.server.clock.sleep(seconds(31));
  expect((await ask("/redfish/v1/Systems")).status).toBe(200);
});

test("who may only read is refused writes; an operator may switch power but not touch accounts", async () => {
  const accounts = [
    { name: "reader", password: "reader-pass", privilege: "user" as const },
    { name: "op", password: "operator-pass", privilege: "operator" as const },
  ];
  await start({ accounts });
  const target = `${systemPath()}/Actions/ComputerSystem.Reset`;
  const denied = await ask(target, "POST", { body: { ResetType: "On" }, login: "reader:reader-pass" });
  expect([denied.status, messageKey(denied)]).toEqual([403, "InsufficientPrivilege"]);
  expect((await ask(target, "POST", { body: { ResetType: "On" }, login: "op:operator-pass" })).status).toBe(204);
  const own = "/redfish/v1/AccountService/Accounts/op";
  expect((await ask(own, "PATCH", { body: { Password: "x".repeat(12) }, login: "op:operator-pass" })).status).toBe(403);
});

test("types of reset act on the server; what is not allowed, missing or impossible is refused with a reason", async () => {
  const { faults } = await start();
  expect(messageKey(await reset("Explode"))).toBe("ActionParameterNotSupported");
  expect(messageKey(await ask(`${systemPath()}/Actions/ComputerSystem.Reset`, "POST", { body: {} }))).toBe(
    "ActionParameterMissing",
  );
  expect((await reset("ForceRestart")).status).toBe(409);
  faults.power.restartWhenOff = "ignored";
  expect((await reset("ForceRestart")).status).toBe(204);
  expect(machine.server.power).toBe("off");
  faults.power.restartWhenOff = "starts";
  await reset("PowerCycle");
  await machine.server.reached("ready");
  faults.power.unchanged = "refused";
  expect((await reset("On")).status).toBe(409);
  await reset("GracefulShutdown");
  await machine.server.reached("off");
  expect((await reset("ForceOff")).status).toBe(409);
  expect(machine.server.powerCounts).toMatchObject({ on: 1, soft: 1, off: 0 });
  expect(machine.server.powerLog.every(({ by }) => by === "Redfish admin")).toBe(true);
});

test("a push of the button switches a machine on, and asks one that is on to shut down", async () => {
  await start({ vendor: "hpe" });
  await reset("PushPowerButton");
  await machine.server.reached("ready");
  await reset("PushPowerButton");
  await machine.server.reached("off");
  expect(machine.server.powerCounts).toMatchObject({ on: 1, soft: 1, off: 0 });
});

test("power may be reported late, as a transition, or not be obeyed at all", async () => {
  const { faults } = await start();
  faults.power.reportedLate = minutes(10);
  await reset("On");
  await machine.server.reached("post");
  expect((await system()).PowerState).toBe("Off");
  faults.power.reportedLate = milliseconds(0);
  faults.power.transitions = true;
  machine.server.behaviour.post = minutes(10);
  await reset("ForceRestart");
  await machine.server.reached("post");
  expect((await system()).PowerState).toBe("PoweringOn");
  faults.power.commands = "ignored";
  expect((await reset("ForceOff")).status).toBe(204);
  expect(machine.server.powerCounts.off).toBe(0);
});

test("values of ResetType are told in the action, in its ActionInfo, or nowhere; the action may be absent", async () => {
  const { faults } = await start();
  const name = "#ComputerSystem.Reset";
  const told = async (): Promise<Parsed> => (await system()).Actions[name];
  expect((await told())["ResetType@Redfish.AllowableValues"]).toContain("PowerCycle");
  faults.power.values = ["On", "ForceOff"];
  expect((await told())["ResetType@Redfish.AllowableValues"]).toEqual(["On", "ForceOff"]);
  expect((await reset("PowerCycle")).status).toBe(400);
  faults.power.valuesIn = "action-info";
  const info = (await told())["@Redfish.ActionInfo"];
  expect((await ask(info)).body.Parameters[0].AllowableValues).toEqual(["On", "ForceOff"]);
  faults.power.valuesIn = "nowhere";
  expect(await told()).toEqual({ target: `${systemPath()}/Actions/ComputerSystem.Reset` });
  faults.power.noAction = true;
  expect((await system()).Actions).toEqual({});
  expect((await reset("On")).status).toBe(404);
});

test("iDRAC 10 refuses On for a minute after a power-off; iLO refuses all writes shortly after any change", async () => {
  const { faults } = await start({ vendor: "dell-idrac10" }, { server: { power: "on" } });
  await reset("ForceOff");
  await machine.server.reached("off");
  const refused = await reset("On");
  expect([refused.status, messageKey(refused)]).toEqual([409, "ActionParameterValueConflict"]);
  await machine.server.clock.sleep(seconds(61));
  expect((await reset("On")).status).toBe(204);
  await machine.server.reached("ready");
  faults.power.busyAfterChange = minutes(10);
  expect(messageKey(await reset("ForceOff"))).toBe("InvalidOperationForSystemState");
});

test.each([
  ["kept", "pxe"],
  ["ignored", "disk"],
  ["uefi-ignored", "disk"],
] as const)("an override that is %s reads back right and boots from %s", async (override, from) => {
  const { faults } = await start();
  faults.boot.override = override;
  expect((await patchBoot(once)).status).toBe(200);
  expect((await system()).Boot).toMatchObject(once);
  await reset("On");
  await machine.server.reached(from === "disk" ? "ready" : "other-system");
  expect(machine.server.boots[0]?.from).toBe(from);
  expect((await system()).Boot.BootSourceOverrideEnabled).toBe("Disabled");
});

test("an override is not kept, goes away by itself, or is not cleared by the boot", async () => {
  const { faults } = await start();
  faults.boot.override = "dropped";
  expect((await patchBoot(once)).status).toBe(200);
  expect((await system()).Boot.BootSourceOverrideEnabled).toBe("Disabled");
  faults.boot.override = "reverted";
  faults.boot.reverts = seconds(5);
  await patchBoot(once);
  expect((await system()).Boot).toMatchObject(once);
  await machine.server.clock.sleep(seconds(6));
  expect((await system()).Boot.BootSourceOverrideEnabled).toBe("Disabled");
  faults.boot.override = "not-cleared";
  await patchBoot(once);
  await reset("On");
  await machine.server.reached("other-system");
  expect((await system()).Boot).toMatchObject(once);
});

test("the dialects of an override: what must be sent together, what falls back, what is refused", async () => {
  const { faults } = await start();
  faults.boot.needs = "all-three";
  expect(messageKey(await patchBoot(once))).toBe("PropertyMissing");
  expect((await patchBoot({ ...once, BootSourceOverrideMode: "UEFI" })).status).toBe(200);
  faults.boot.needs = "enabled";
  expect((await patchBoot({ BootSourceOverrideTarget: "Hdd" })).status).toBe(400);
  faults.boot.needs = "anything";
  faults.boot.modeFallsBack = true;
  await patchBoot({ ...once, BootSourceOverrideTarget: "Cd" });
  expect((await system()).Boot.BootSourceOverrideMode).toBe("Legacy");
  faults.boot.unchangedEnabledRefused = true;
  expect((await patchBoot(once)).status).toBe(400);
  faults.boot.unchangedEnabledRefused = false;
  expect(messageKey(await patchBoot({ BootSourceOverrideTarget: "Tape" }))).toBe("PropertyValueNotInList");
  faults.boot.badValue = "accepted";
  expect((await patchBoot({ BootSourceOverrideTarget: "Tape" })).status).toBe(200);
  expect((await system()).Boot.BootSourceOverrideTarget).toBe("Cd");
  faults.boot.readsBackAs = { Pxe: "UefiBootNext" };
  await patchBoot(once);
  expect((await system()).Boot.BootSourceOverrideTarget).toBe("UefiBootNext");
  expect(messageKey(await patchBoot({ Colour: "red" }))).toBe("PropertyUnknown");
});

test("a machine without a mode refuses to be told one (Cisco)", async () => {
  await start({ vendor: "cisco" });
  expect((await system()).Boot).not.toHaveProperty("BootSourceOverrideMode");
  expect(messageKey(await patchBoot({ ...once, BootSourceOverrideMode: "UEFI" }))).toBe("PropertyUnknown");
  expect((await patchBoot(once)).status).toBe(200);
});

test("the override may live in the settings resource, and so may the allowable values", async () => {
  const { faults } = await start();
  faults.boot.patchAt = "settings";
  faults.boot.allowableIn = "settings";
  const before = await system();
  const settings = before["@Redfish.Settings"].SettingsObject["@odata.id"];
  const values = "BootSourceOverrideTarget@Redfish.AllowableValues";
  expect(before.Boot).not.toHaveProperty(values);
  expect((await ask(settings)).body.Boot[values]).toContain("Pxe");
  expect(messageKey(await patchBoot(once))).toBe("PropertyNotWritable");
  expect((await patchBoot(once, {}, settings)).status).toBe(200);
  expect((await system()).Boot).toMatchObject(once);
  faults.boot.allowableIn = "nowhere";
  expect((await ask(settings)).body.Boot).not.toHaveProperty(values);
});

test("iLO takes no override during POST", async () => {
  await start({ vendor: "hpe" });
  machine.server.behaviour.post = minutes(5);
  await reset("On");
  await machine.server.reached("post");
  expect(messageKey(await patchBoot(once))).toBe("UnableToModifyDuringSystemPOST");
});

test("a changed mode may be a job that ends with the next boot, or be refused", async () => {
  const { faults } = await start({ vendor: "dell-idrac9" });
  const reply = await patchBoot({ BootSourceOverrideMode: "Legacy" });
  expect(reply.status).toBe(202);
  const job = String(reply.headers["location"]);
  expect(job).toMatch(/Jobs\/JID_\d+$/);
  expect((await ask(job)).body.JobState).toBe("Scheduled");
  expect((await system()).Boot.BootSourceOverrideMode).toBe("UEFI");
  await reset("On");
  await machine.server.reached("ready");
  expect((await ask(job)).body.JobState).toBe("Completed");
  expect((await system()).Boot.BootSourceOverrideMode).toBe("Legacy");
  faults.boot.modeChange = "refused";
  expect(messageKey(await patchBoot({ BootSourceOverrideMode: "UEFI" }))).toBe("PropertyNotWritable");
});

test("only some CD targets boot what lies in the virtual drive", async () => {
  const { faults } = await start({ vendor: "supermicro" });
  expect(faults.boot.virtualCd).toEqual(["UsbCd"]);
  const bootFrom = async (target: string) => {
    await patchBoot({
      BootSourceOverrideTarget: target,
      BootSourceOverrideEnabled: "Once",
      BootSourceOverrideMode: "UEFI",
    });
    await reset(machine.server.power === "on" ? "ForceRestart" : "On");
    await machine.server.reached("boot");
    return machine.server.boots.at(-1)?.from;
  };
  expect(await bootFrom("Cd")).toBe("disk");
  await machine.server.reached("ready");
  expect(await bootFrom("UsbCd")).toBe("cd");
});

const matches: [string, Parameters<typeof judged>[0], Record<string, number>][] = [
  ["optional", { ifMatch: "optional" }, { none: 200, right: 200, wrong: 412, star: 200 }],
  ["required", { ifMatch: "required" }, { none: 428, right: 200, wrong: 412, star: 200 }],
  ["refused", { ifMatch: "refused" }, { none: 200, right: 412, wrong: 412, star: 412 }],
  ["star-only", { ifMatch: "star-only" }, { none: 428, right: 412, wrong: 412, star: 200 }],
  ["weak-refused", { ifMatch: "weak-refused", form: "weak" }, { none: 200, right: 412, wrong: 412, star: 200 }],
];
async function judged(etag: object, ifMatch: string | undefined) {
  Object.assign(machine.redfish.faults.etag, { form: "strong" }, etag);
  const header = ifMatch === undefined ? {} : { "if-match": ifMatch };
  return (await patchBoot({ BootSourceOverrideEnabled: "Disabled" }, header)).status;
}
test.each(matches)("If-Match %s", async (_name, etag, expected) => {
  await start();
  Object.assign(machine.redfish.faults.etag, { form: "strong" }, etag);
  const tag = String((await ask(systemPath())).headers["etag"]);
  const seen: Record<string, number> = {};
  for (const [name, value] of Object.entries({ none: undefined, right: tag, wrong: '"other"', star: "*" }))
    seen[name] = await judged(etag, value);
  expect(seen).toEqual(expected);
});

test("ETags change with the resource and come in all the forms that BMCs give them", async () => {
  const { faults } = await start({ faults: { etag: { form: "strong" } } });
  const get = async () => {
    const { headers, body } = await ask(systemPath());
    return { header: headers["etag"], body: body["@odata.etag"] };
  };
  const first = await get();
  expect(first.header).toMatch(/^"[0-9a-f]+"$/);
  expect(first.body).toBe(first.header);
  await patchBoot(once);
  expect((await get()).header).not.toBe(first.header);
  faults.etag.form = "weak";
  expect((await get()).header).toMatch(/^W\//);
  faults.etag.form = "doubly-quoted";
  const doubled = await get();
  expect(doubled.header).toBe(`"${doubled.body}"`);
  expect((await patchBoot(once, { "if-match": String(doubled.header) })).status).toBe(412);
  expect((await patchBoot(once, { "if-match": String(doubled.body) })).status).toBe(200);
  faults.etag.form = "body-only";
  expect((await get()).header).toBeUndefined();
  faults.etag.form = "header-only";
  expect((await get()).body).toBeUndefined();
  faults.etag.ifMatch = "none-match";
  expect((await patchBoot(once, { "if-none-match": String((await get()).header) })).status).toBe(200);
  expect((await patchBoot(once)).status).toBe(428);
});

test("two writes in quick succession: the second is answered 412 (XCC)", async () => {
  await start({ faults: { etag: { spacing: minutes(1) } } });
  expect((await patchBoot(once)).status).toBe(200);
  expect((await patchBoot(once)).status).toBe(412);
  await machine.server.clock.sleep(seconds(61));
  expect((await patchBoot(once)).status).toBe(200);
});

test("tasks: where they are told, how they go on, how they end, and that they vanish", async () => {
  const { faults } = await start({ faults: { tasks: { for: "resets", lasts: seconds(60) } } });
  const task = await reset("On");
  expect(task.status).toBe(202);
  const path = String(task.headers["location"]);
  expect(path).toMatch(/TaskService\/Tasks\/1$/);
  expect((await ask(path)).body.TaskState).not.toBe("Completed");
  await machine.server.clock.sleep(seconds(61));
  expect((await ask(path)).body).toMatchObject({ TaskState: "Completed", TaskStatus: "OK", PercentComplete: 100 });
  Object.assign(faults.tasks, { location: "monitor", ends: "Exception" });
  const monitor = String((await reset("ForceOff")).headers["location"]);
  expect((await ask(monitor)).status).toBe(202);
  await machine.server.clock.sleep(seconds(61));
  expect(await ask(monitor)).toMatchObject({ status: 200, body: { TaskState: "Exception", TaskStatus: "Critical" } });
  Object.assign(faults.tasks, { location: "job", lateBy: 2, vanishes: true, oddProperties: true });
  const job = String((await reset("On")).headers["location"]);
  expect([(await ask(job)).status, (await ask(job)).status]).toEqual([404, 404]);
  expect((await ask(job)).body).toMatchObject({ EndTime: "TIME_NA", MessageID: "PR19" });
  await machine.server.clock.sleep(seconds(61));
  expect((await ask(job)).status).toBe(404);
  Object.assign(faults.tasks, { location: "missing", for: "writes" });
  const patch = await patchBoot(once);
  expect([patch.status, patch.headers["location"]]).toEqual([202, undefined]);
});

test("a new password opens, the old one does not, over Redfish and over IPMI alike", async () => {
  const { faults, accounts } = await start();
  const path = "/redfish/v1/AccountService/Accounts/admin";
  expect((await ask(path)).body).toMatchObject({ UserName: "admin", Password: null });
  expect((await ask(path, "PATCH", { body: { Password: "short" } })).status).toBe(400);
  expect((await ask(path, "PATCH", { body: { Password: "battery staple 1" } })).status).toBe(200);
  expect((await ask("/redfish/v1/Systems")).status).toBe(401);
  const login = "admin:battery staple 1";
  expect((await ask("/redfish/v1/Systems", "GET", { login })).status).toBe(200);
  expect(machine.bmc.accounts).toBe(accounts);
  expect(accounts.list.find(({ name }) => name === "admin")?.password).toBe("battery staple 1");
  faults.accounts.passwords = "dropped";
  expect((await ask(path, "PATCH", { body: { Password: "never kept 123" }, login })).status).toBe(200);
  expect((await ask("/redfish/v1/Systems", "GET", { login })).status).toBe(200);
});

test("a password that must be changed lets through that change only", async () => {
  const { faults } = await start();
  faults.accounts.changeRequired.add("admin");
  const refused = await ask("/redfish/v1/Systems");
  expect([refused.status, messageKey(refused)]).toEqual([403, "PasswordChangeRequired"]);
  const [path] = refused.body.error["@Message.ExtendedInfo"][0].MessageArgs;
  expect((await ask(path, "PATCH", { body: { Password: "battery staple 1" } })).status).toBe(200);
  expect((await ask("/redfish/v1/Systems", "GET", { login: "admin:battery staple 1" })).status).toBe(200);
});

test("accounts are made by POST, or by filling a slot where there are slots", async () => {
  await start();
  const accounts = "/redfish/v1/AccountService/Accounts";
  const body = { UserName: "deploy", Password: "twelve chars", RoleId: "Operator" };
  expect((await ask(accounts)).headers["allow"]).toContain("POST");
  const made = await ask(accounts, "POST", { body });
  expect(made.status).toBe(201);
  expect((await ask(accounts)).body.Members).toHaveLength(2);
  expect((await ask("/redfish/v1/Systems", "GET", { login: "deploy:twelve chars" })).status).toBe(200);
  expect((await ask(String(made.headers["location"]), "DELETE")).status).toBe(204);
  expect((await ask("/redfish/v1/Systems", "GET", { login: "deploy:twelve chars" })).status).toBe(401);
  await machine[Symbol.asyncDispose]();
  await start({ vendor: "dell-idrac9" });
  expect((await ask(accounts)).headers["allow"]).toBe("GET, HEAD");
  const refused = await ask(accounts, "POST", { body });
  expect([refused.status, refused.headers["allow"]]).toEqual([405, "GET, HEAD"]);
  expect((await ask(`${accounts}/2`)).body.UserName).toBe("admin");
  const slot = `${accounts}/3`;
  expect((await ask(slot, "PATCH", { body: { ...body, Enabled: true } })).status).toBe(200);
  expect((await ask(slot)).body).toMatchObject({ UserName: "deploy", RoleId: "Operator", Enabled: true });
  expect((await ask("/redfish/v1/Systems", "GET", { login: "deploy:twelve chars" })).status).toBe(200);
  await ask(slot, "PATCH", { body: { UserName: "", Enabled: false } });
  expect((await ask(slot)).body).toMatchObject({ UserName: "", Enabled: false });
  expect((await ask("/redfish/v1/Systems", "GET", { login: "deploy:twelve chars" })).status).toBe(401);
});

test("the manager restarts: connections are cut, sessions gone, and IPMI of the same controller is away too", async () => {
  const redfish = await start();
  const token = String((await logIn()).headers["x-auth-token"]);
  const [manager] = (await ask("/redfish/v1/Managers")).body.Members;
  const target = `${manager["@odata.id"]}/Actions/Manager.Reset`;
  expect(messageKey(await ask(target, "POST", { body: { ResetType: "Nmi" } }))).toBe("ActionParameterNotSupported");
  expect((await ask(target, "POST", { body: { ResetType: "ForceRestart" } })).status).toBe(204);
  await expect(ask("/redfish/v1")).rejects.toThrow();
  await machine.server.clock.sleep(seconds(6));
  expect((await ask("/redfish/v1/Systems", "GET", { headers: { "x-auth-token": token } })).status).toBe(401);
  expect(redfish.counts.sessions.lost).toBe(1);
  const log = await ask(`${systemPath()}/LogServices/Log/Entries`);
  const entries: { Message: string }[] = log.body.Members;
  expect(entries.at(-1)?.Message).toContain("controller was reset");
});

test("IPMI over LAN is shown as it is and switched over NetworkProtocol", async () => {
  await start({}, { bmc: { enabled: false } });
  const [manager] = (await ask("/redfish/v1/Managers")).body.Members;
  const path = `${manager["@odata.id"]}/NetworkProtocol`;
  expect((await ask(path)).body.IPMI).toEqual({ ProtocolEnabled: false, Port: machine.bmc.port });
  expect((await ask(path, "PATCH", { body: { IPMI: { ProtocolEnabled: true } } })).status).toBe(200);
  expect((await ask(path)).body.IPMI.ProtocolEnabled).toBe(true);
  expect(machine.bmc.plugged).toBe(true);
});

test("an override that was left over IPMI is shown over Redfish, in the tree's words", async () => {
  await start({ vendor: "supermicro-x10" });
  machine.server.override.set({ source: "cd", persistent: true, uefi: false });
  expect((await system()).Boot).toMatchObject({
    BootSourceOverrideTarget: "CD/DVD",
    BootSourceOverrideEnabled: "Continuous",
  });
});

test("failures come as often as told, in every form of body", async () => {
  const { faults } = await start();
  faults.http.failures.push({ path: /Systems/, status: 503, messageId: "IDRAC.2.8.SYS518", times: 1, retryAfter: 7 });
  const failed = await ask("/redfish/v1/Systems");
  expect([failed.status, messageKey(failed), failed.headers["retry-after"]]).toEqual([503, "SYS518", "7"]);
  expect((await ask("/redfish/v1/Systems")).status).toBe(200);
  const form = async (errorForm: typeof faults.http.errorForm): Promise<Parsed> => {
    faults.http.errorForm = errorForm;
    return (await ask("/redfish/v1/Nothing")).body;
  };
  expect((await form("standard")).error["@Message.ExtendedInfo"]).toBeInstanceOf(Array);
  expect((await form("single")).error["@Message.ExtendedInfo"]).toHaveProperty("MessageId");
  expect((await form("no-info")).error.code).toMatch(/ResourceMissingAtURI$/);
  expect(await form("bare")).toEqual({ error: { message: expect.any(String) } });
  expect(await form("html")).toContain("<h1>404</h1>");
  expect(await form("text")).toContain("was not found");
  expect(await form("empty")).toBe("");
});

test("garbage of every kind comes with status 200", async () => {
  const { faults } = await start({ faults: { http: { hugeBytes: 100_000 } } });
  const get = async (garbage: typeof faults.http.garbage) => {
    faults.http.garbage = garbage;
    const { status, body, bytes } = await ask(systemPath());
    expect(status).toBe(200);
    return { body, length: bytes.length };
  };
  expect((await get("html")).body).toContain("<title>");
  expect((await get("truncated")).body).toBeTypeOf("string");
  expect((await get("huge")).length).toBeGreaterThan(100_000);
  expect((await get("deep")).length).toBeGreaterThan(600_000);
  expect((await get("endless-links")).body.Members[0]["@odata.id"]).toBe(`${systemPath()}/more`);
  expect((await get("wrong-types")).body.PowerState).toEqual({ not: "a text" });
  expect((await get("no-object")).body).toBeInstanceOf(Array);
  expect((await get("noise")).body).toBeTypeOf("string");
});

test("links without end go on wherever one follows them", async () => {
  const { faults } = await start();
  faults.http.garbage = "endless-links";
  const deeper = await ask("/redfish/v1/Systems/more/more/more");
  expect(deeper.body.Members[0]["@odata.id"]).toBe("/redfish/v1/Systems/more/more/more/more");
});

test("requests stay without an answer; kept connections hang, or are not kept", async () => {
  const { faults } = await start();
  faults.http.silent = true;
  await expect(ask("/redfish/v1", "GET", { timeout: 150 })).rejects.toThrow("no answer");
  faults.http.silent = false;
  faults.http.connections = "closed";
  expect((await ask("/redfish/v1")).headers["connection"]).toBe("close");
});

test("compressed answers have weak ETags, and 'identity' may be refused", async () => {
  const { faults } = await start({ faults: { etag: { form: "strong" }, http: { compression: "when-asked" } } });
  const zipped = await ask(systemPath(), "GET", { headers: { "accept-encoding": "gzip" } });
  expect(zipped.headers).toMatchObject({ "content-encoding": "gzip", etag: expect.stringMatching(/^W\//) });
  faults.http.identityRefused = true;
  expect((await ask(systemPath(), "GET", { headers: { "accept-encoding": "identity" } })).status).toBe(406);
});

test("the root redirects to or from its slash; paths are the same in any case and with a slash at the end", async () => {
  const { faults } = await start();
  expect((await ask(`${systemPath().toLowerCase()}/`)).body["@odata.id"]).toBe(systemPath());
  faults.http.rootRedirect = "to-slash";
  expect((await ask("/redfish/v1")).headers["location"]).toBe("/redfish/v1/");
  faults.http.rootRedirect = "from-slash";
  expect((await ask("/redfish/v1/")).headers["location"]).toBe("/redfish/v1");
});

test("$expand is honoured as far as it is advertised, ignored, refused, or drops what is required", async () => {
  const { faults } = await start();
  const get = () => ask("/redfish/v1/Systems?$expand=*($levels=1)");
  expect((await get()).body.Members[0]).toMatchObject({ PowerState: "Off", Id: "1" });
  expect((await ask("/redfish/v1/Systems?$expand=*($levels=2)")).status).toBe(400);
  faults.http.expand = "drops-required";
  expect((await get()).body.Members[0]).not.toHaveProperty("Id");
  faults.http.expand = "ignored";
  expect((await get()).body.Members[0]).toEqual({ "@odata.id": systemPath() });
  faults.http.expand = "refused";
  expect((await get()).status).toBe(501);
});

test("collections come in pages", async () => {
  const { faults } = await start();
  faults.http.pageSize = 1;
  const nics = `${systemPath()}/EthernetInterfaces`;
  const first = (await ask(nics)).body;
  expect(first).toMatchObject({ "Members@odata.count": 2, "Members@odata.nextLink": `${nics}?$skip=1` });
  const second = (await ask(first["Members@odata.nextLink"])).body;
  expect(second.Members).toEqual([{ "@odata.id": `${nics}/2` }]);
  expect(second).not.toHaveProperty("Members@odata.nextLink");
});

test("distortions bend single properties of whatever tree", async () => {
  const { faults } = await start({ vendor: "ami" });
  for (const name of [
    "no-vendor",
    "null-model",
    "no-managed-by",
    "zero-uuid",
    "numbers-as-text",
    "capabilities-member",
  ] as const)
    faults.distortions.add(name);
  const root = (await ask("/redfish/v1")).body;
  expect([root.Vendor, root.Oem, root.UUID]).toEqual([undefined, undefined, "00000000-0000-0000-0000-000000000000"]);
  expect(await system()).toMatchObject({ Model: null, MemorySummary: { TotalSystemMemoryGiB: "64" } });
  expect((await system()).Links).not.toHaveProperty("ManagedBy");
  const [capabilities] = (await ask("/redfish/v1/Systems")).body.Members;
  expect((await ask(capabilities["@odata.id"])).status).toBe(404);
  faults.distortions.clear();
  for (const name of [
    "empty-uuid",
    "odd-dates",
    "dangling-members",
    "null-account-types",
    "no-nics-before-post",
  ] as const)
    faults.distortions.add(name);
  expect((await system()).UUID).toBe("");
  expect((await ask("/redfish/v1/Chassis")).body.Members).toHaveLength(2);
  expect((await ask("/redfish/v1/AccountService/Accounts/admin")).body.AccountTypes).toEqual(["Redfish", null]);
  faults.distortions.add("slashed-links");
  expect((await ask("/redfish/v1/Systems")).body.Members[1]).toEqual({ "@odata.id": `${systemPath()}/` });
  expect((await ask(`${systemPath()}/EthernetInterfaces`)).body.Members).toEqual([]);
  await reset("On");
  await machine.server.reached("ready");
  expect((await ask(`${systemPath()}/EthernetInterfaces`)).body.Members.length).toBeGreaterThan(0);
});

test("a root without links has them again after a restart of the controller", async () => {
  const redfish = await start({ faults: { distortions: ["bare-root"] } });
  expect((await ask("/redfish/v1")).body).not.toHaveProperty("Systems");
  await redfish.reboot(milliseconds(1));
  expect((await ask("/redfish/v1")).body).toHaveProperty("Systems");
});

test("the certificate is its own, stays until it is renewed, and old TLS and short keys can be had", async () => {
  const redfish = await start({ scheme: "https" });
  const shown = (): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = tlsConnect({ host: redfish.address, port: redfish.port, rejectUnauthorized: false }, () => {
        resolve(socket.getPeerCertificate().fingerprint256);
        socket.destroy();
      });
      socket.once("error", reject);
    });
  const first = redfish.fingerprint;
  expect(await shown()).toBe(first);
  redfish.renewCertificate();
  expect(redfish.fingerprint).not.toBe(first);
  expect(await shown()).toBe(redfish.fingerprint);
  await machine[Symbol.asyncDispose]();
  const old = await start({ scheme: "https", tls: { key: "rsa-1024", maxVersion: "TLSv1.1" } });
  const options = { host: old.address, port: old.port, rejectUnauthorized: false };
  const attempt = (more: object): Promise<string> =>
    new Promise((resolve) => {
      const socket = tlsConnect({ ...options, ...more }, () => resolve(socket.getProtocol() ?? "") ?? socket.destroy());
      socket.once("error", () => resolve("refused"));
    });
  expect(await attempt({})).toBe("refused");
  expect(await attempt({ minVersion: "TLSv1", ciphers: "DEFAULT@SECLEVEL=0" })).toBe("TLSv1.1");
});

test("unplugged, the port refuses; plugged in again, it is the same one", async () => {
  const redfish = await start();
  const { port } = redfish;
  await redfish.unplug();
  await expect(ask("/redfish/v1")).rejects.toThrow("ECONNREFUSED");
  await redfish.plug();
  expect(redfish.port).toBe(port);
  expect((await ask("/redfish/v1")).status).toBe(200);
});

test("what was asked is kept for tests to look at, without passwords", async () => {
  const { counts } = await start();
  await logIn();
  expect(counts.log.at(-1)).toMatchObject({
    method: "POST",
    path: sessions,
    status: 201,
    body: { UserName: "admin", Password: "***" },
  });
  expect(counts).toMatchObject({ requests: 1, connections: 1 });
});

test("identity can be set apart from the tree, also while it runs", async () => {
  const redfish = await start({ identity: { uuid: "11111111-2222-4333-8444-555555555555", serial: "ABC1234" } });
  expect(await system()).toMatchObject({ UUID: "11111111-2222-4333-8444-555555555555", SerialNumber: "ABC1234" });
  redfish.identity.serial = "XYZ0001";
  expect((await system()).SerialNumber).toBe("XYZ0001");
});

test.each(vendors)("a made-up %s switches on by what it advertises", async (vendor) => {
  await start({ vendor });
  const { Actions } = await system();
  const action = Actions["#ComputerSystem.Reset"];
  expect((await ask(action.target, "POST", { body: { ResetType: "On" } })).status).toBeLessThan(300);
  await machine.server.reached("ready");
  expect((await system()).PowerState).toBe("On");
});

test("Fujitsu's power cycle is an OEM action with a parameter of its own", async () => {
  await start({ vendor: "fujitsu" }, { server: { power: "on" } });
  const action = (await system()).Actions.Oem["#FTSComputerSystem.Reset"];
  expect((await ask(action.target, "POST", { body: { FTSResetType: "PowerCycle" } })).status).toBe(204);
  await machine.server.reached("off");
  await machine.server.reached("ready");
  expect(machine.server.powerCounts.cycle).toBe(1);
});

test("a service can stand in front of a server by itself, without IPMI and without a machine around it", async () => {
  await using server = await SimulatedServer.start({ name: "db01", power: "on" });
  await using redfish = await startRedfish({
    server,
    scheme: "http",
    accounts: [{ name: "root", password: "calvin2" }],
  });
  const reply = await raw(`${redfish.url}/redfish/v1/Systems/1`, "GET", { login: "root:calvin2" });
  expect(reply.body).toMatchObject({ PowerState: "On", HostName: "db01" });
});

test("new accounts may have no right to IPMI until their types say so, which may need a new password (XCC)", async () => {
  const { accounts } = await start({ vendor: "lenovo" });
  const body = { UserName: "deploy", Password: "twelve chars", RoleId: "Administrator" };
  const made = await ask("/redfish/v1/AccountService/Accounts", "POST", { body });
  expect(made.body.AccountTypes).toEqual(["Redfish"]);
  expect([accounts.find("deploy", 4, "name"), accounts.named("deploy")?.ipmi]).toEqual([undefined, false]);
  const path = String(made.headers["location"]);
  const headers = { "if-match": "*" };
  const types = { AccountTypes: ["Redfish", "IPMI"] };
  expect((await ask(path, "PATCH", { body: types, headers })).status).toBe(400);
  expect((await ask(path, "PATCH", { body: { ...types, Password: "twelve char2" }, headers })).status).toBe(200);
  expect(accounts.find("deploy", 4, "name")?.account.password).toBe("twelve char2");
  expect((await ask(path)).body.AccountTypes).toEqual(["Redfish", "IPMI"]);
});

test("what was written is read back late; a persistent override works once only", async () => {
  const { faults } = await start();
  faults.boot.shownAfter = seconds(20);
  await patchBoot(once);
  expect((await system()).Boot.BootSourceOverrideTarget).toBe("None");
  await machine.server.clock.sleep(seconds(21));
  expect((await system()).Boot).toMatchObject(once);
  faults.boot.shownAfter = milliseconds(0);
  faults.boot.override = "once-only";
  await patchBoot({ ...once, BootSourceOverrideEnabled: "Continuous" });
  expect((await system()).Boot.BootSourceOverrideEnabled).toBe("Continuous");
  await reset("On");
  await machine.server.reached("other-system");
  expect((await system()).Boot.BootSourceOverrideEnabled).toBe("Disabled");
});

test("a target that was told on its own is kept for the Enabled that follows", async () => {
  await start();
  await patchBoot({ BootSourceOverrideTarget: "Pxe" });
  expect(machine.server.override.get()).toBeUndefined();
  await patchBoot({ BootSourceOverrideEnabled: "Once" });
  expect(machine.server.override.get()).toEqual({ source: "pxe", persistent: false, uefi: true });
  await patchBoot({ BootSourceOverrideEnabled: "Disabled" });
  expect((await system()).Boot).toMatchObject({
    BootSourceOverrideTarget: "None",
    BootSourceOverrideEnabled: "Disabled",
  });
});

test("only some requests are slow", async () => {
  const { faults } = await start();
  Object.assign(faults.http, { delay: minutes(5), delayFor: /Accounts/ });
  expect((await ask("/redfish/v1/Systems")).status).toBe(200);
  await expect(ask("/redfish/v1/AccountService/Accounts", "GET", { timeout: 200 })).rejects.toThrow("no answer");
});

test("the answer to a restart of the manager arrives before the connections are cut, over TLS too", async () => {
  await start({ scheme: "https" });
  const target = "/redfish/v1/Managers/BMC/Actions/Manager.Reset";
  for (let n = 0; n < 5; n++) {
    expect((await ask(target, "POST", { body: { ResetType: "GracefulRestart" } })).status).toBe(204);
    await machine.server.clock.sleep(seconds(10));
  }
  expect(machine.redfish.counts.log.every(({ status }) => status === 204)).toBe(true);
});
