import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { scaledClock } from "#base/clock.ts";
import { Secret } from "#base/secret.ts";
import { milliseconds, seconds } from "#base/units.ts";
import { actionTarget, RedfishClient } from "#protocols/redfish/client.ts";
import { link, object, objects, text, texts, type Resource } from "#protocols/redfish/resource.ts";
import { writable } from "#protocols/redfish/settings.ts";
import type { Observation, RedfishOptions, RedfishTarget } from "#protocols/redfish/target.ts";
import { references, walk } from "#protocols/redfish/walk.ts";
import { startBmc, type RedfishMachine } from "#simulator/machine.ts";
import type { RedfishOptions as Simulated } from "#simulator/redfish.ts";
import type { SomeFaults } from "#simulator/redfish-faults.ts";
import { describeShared } from "../support/shared.ts";

const account = { name: "operator", password: "s3cret-pw-9" };
const password = new Secret(account.password);

function machine(redfish: Simulated = {}, speed = 50): Promise<RedfishMachine> {
  const accounts = [{ ...account, privilege: "administrator" as const }];
  return startBmc({
    name: "rf",
    clock: scaledClock(speed),
    bmc: { enabled: false },
    server: { power: "off" },
    redfish: { scheme: "http", accounts, ...redfish },
  });
}

function open({ redfish }: RedfishMachine, more: Partial<RedfishTarget> = {}, options: RedfishOptions = {}) {
  const target = {
    host: redfish.address,
    port: redfish.port,
    username: account.name,
    password,
    scheme: "http" as const,
  };
  return RedfishClient.open(
    { ...target, ...more },
    {
      clock: scaledClock(10),
      limits: { connect: seconds(60), handshake: seconds(100), answer: seconds(200) },
      ...options,
    },
  );
}

async function firstSystem(client: RedfishClient): Promise<Resource> {
  for await (const system of client.collection(link(await client.root(), "Systems") ?? "/redfish/v1/Systems"))
    if (actionTarget(system, "#ComputerSystem.Reset") !== undefined) return system;
  throw new Error("no system");
}

/** In the plainest dialect; undefined where the BMC has no override. */
async function bootOnce(client: RedfishClient, system: Resource): Promise<string | undefined> {
  const at = await writable(client, system, "Boot", "BootSourceOverrideTarget");
  const boot = object(at, "Boot") ?? {};
  if (!("BootSourceOverrideTarget" in boot)) return undefined;
  const mode = { BootSourceOverrideMode: text(boot, "BootSourceOverrideMode") ?? "UEFI" };
  const Boot = {
    BootSourceOverrideTarget: "Pxe",
    BootSourceOverrideEnabled: "Once",
    ...("BootSourceOverrideMode" in boot ? mode : {}),
  };
  await client.patch(at.path, { Boot });
  return text(await client.get(at.path), "Boot", "BootSourceOverrideTarget");
}

describeShared("redfish", "each recorded tree with behaviour", (dir) => {
  const trees = readdirSync(dir, { withFileTypes: true }).filter((one) => one.isDirectory() && one.name !== "misc");
  test.each(trees.map(({ name }) => name))(
    "%s is logged into, switched on, told to boot, and left without a session",
    async (name) => {
      await using simulated = await machine({ tree: join(dir, name), scheme: "https" });
      {
        const seen: string[] = [];
        await using client = await open(simulated, { scheme: "https" }, { onPin: (pin) => seen.push(pin) });
        expect(seen).toEqual([simulated.redfish.fingerprint?.replaceAll(":", "")]);
        const system = await firstSystem(client);
        expect(await bootOnce(client, system)).toBe(name.startsWith("hpe-cray") ? undefined : "Pxe");
        const on = await client.post(actionTarget(system, "#ComputerSystem.Reset") ?? "", { ResetType: "On" });
        await client.settle(on, { within: seconds(120) });
        await expect
          .poll(async () => text(await client.get(system.path), "PowerState"), { timeout: 8000 })
          .toMatch(/^On|PoweringOn$/);
      }
      expect(simulated.redfish.openSessions).toEqual([]);
    },
  );
});

describe("oddities", () => {
  test.each<[string, SomeFaults, readonly Observation[]]>([
    ["strong tags, wanted", { etag: { form: "strong", ifMatch: "required" } }, []],
    ["strong tags, refused", { etag: { form: "strong", ifMatch: "refused" } }, ["etag-rejected"]],
    ["weak tags that never match", { etag: { form: "weak", ifMatch: "weak-refused" } }, ["weak-etags"]],
    ["weak tags, wanted", { etag: { form: "weak", ifMatch: "required" } }, ["weak-etags", "etag-required"]],
    ["tags quoted twice", { etag: { form: "doubly-quoted", ifMatch: "required" } }, []],
    ["tags in the body only", { etag: { form: "body-only", ifMatch: "required" } }, []],
    ["tags in the header only", { etag: { form: "header-only", ifMatch: "required" } }, []],
    ["nothing but a star", { etag: { form: "strong", ifMatch: "star-only" } }, ["etag-required"]],
    ["nothing but a star, without tags", { etag: { form: "none", ifMatch: "star-only" } }, ["etag-required"]],
    ["the tag in If-None-Match", { etag: { form: "strong", ifMatch: "none-match" } }, ["etag-in-none-match"]],
  ])("a change gets through: %s", async (_, faults, observed) => {
    await using simulated = await machine({ faults });
    await using client = await open(simulated);
    const system = await firstSystem(client);
    expect(await bootOnce(client, system)).toBe("Pxe");
    expect([...client.observed]).toEqual(observed);
    await client.patch(system.path, { Boot: { BootSourceOverrideTarget: "Hdd", BootSourceOverrideEnabled: "Once" } });
    expect(text(await client.get(system.path), "Boot", "BootSourceOverrideTarget")).toBe("Hdd");
  });

  test("two changes in quick succession get through where the BMC wants time between them, and teach nothing wrong", async () => {
    await using simulated = await machine({
      faults: { etag: { form: "strong", ifMatch: "required", spacing: seconds(1) } },
    });
    await using client = await open(simulated);
    const system = await firstSystem(client);
    await bootOnce(client, system);
    await client.patch(system.path, { Boot: { BootSourceOverrideTarget: "Hdd" } });
    expect([...client.observed]).toEqual([]);
  });

  test.each<[string, SomeFaults["tasks"], string]>([
    ["a task", { location: "task" }, "completed"],
    ["a monitor", { location: "monitor" }, "completed"],
    ["a job that is there late", { location: "job", lateBy: 2, oddProperties: true }, "completed"],
    ["a task that vanishes", { location: "task", vanishes: true }, "vanished"],
    ["no place to ask", { location: "missing" }, ""],
  ])("a reset that goes on as %s is followed", async (_, tasks, state) => {
    await using simulated = await machine({ faults: { tasks: { for: "resets", lasts: seconds(5), ...tasks } } });
    await using client = await open(simulated);
    const system = await firstSystem(client);
    const answer = await client.post(actionTarget(system, "#ComputerSystem.Reset") ?? "", { ResetType: "On" });
    const outcome = await client.settle(answer, { within: seconds(200) });
    expect(outcome.state).toBe(state === "" ? outcome.state : state);
    await expect.poll(async () => text(await client.get(system.path), "PowerState")).toMatch(/On/);
  });

  test("a task that fails says so", async () => {
    await using simulated = await machine({ faults: { tasks: { for: "resets", ends: "Exception" } } });
    await using client = await open(simulated);
    const system = await firstSystem(client);
    const answer = await client.post(actionTarget(system, "#ComputerSystem.Reset") ?? "", { ResetType: "On" });
    await expect(client.settle(answer, { within: seconds(200) })).rejects.toMatchObject({
      code: "redfish.task-failed",
    });
  });

  test.each<[string, SomeFaults, "session" | "basic", readonly Observation[]]>([
    ["an absolute Location", { sessions: { location: "absolute" } }, "session", []],
    ["no Location", { sessions: { location: "missing" } }, "session", []],
    ["a full table, as iDRAC says it", { sessions: { full: true, fullAs: "RAC0218" } }, "basic", ["sessions-full"]],
    [
      "a full table, as others say it",
      { sessions: { full: true, fullAs: "CreateLimitReached" } },
      "basic",
      ["sessions-full"],
    ],
    ["no session service", { sessions: { absent: true } }, "basic", ["no-sessions"]],
    ["no basic authentication", { sessions: { basic: "refused" } }, "session", []],
    ["a bare root", { distortions: ["bare-root"] }, "session", ["no-root"]],
    ["a redirect to the slash", { http: { rootRedirect: "to-slash" } }, "session", []],
    ["a redirect from the slash", { http: { rootRedirect: "from-slash" } }, "session", []],
    ["compression", { http: { compression: "when-asked" } }, "session", []],
    ["no `identity`", { http: { identityRefused: true } }, "session", ["identity-encoding-refused"]],
    ["closed connections", { http: { connections: "closed" } }, "session", []],
  ])("it gets in and out again in spite of %s", async (_, faults, how, observed) => {
    await using simulated = await machine({ faults });
    {
      await using client = await open(simulated);
      expect(text(await firstSystem(client), "Id")).toBeDefined();
      expect([client.authentication, ...client.observed]).toEqual([how, ...observed]);
    }
    expect(simulated.redfish.openSessions).toEqual([]);
  });

  test("tokens that die after a few requests cost a log-in each, and none is left behind", async () => {
    await using simulated = await machine({ faults: { sessions: { tokenUses: 3 } } });
    const opened: string[] = [];
    const ended: string[] = [];
    const client = await open(
      simulated,
      {},
      { onSession: (path) => opened.push(path), onSessionEnd: (path) => ended.push(path) },
    );
    const system = await firstSystem(client);
    for (let i = 0; i < 10; i++) await client.get(system.path);
    await client.close();
    expect(opened.length).toBeGreaterThan(2);
    expect(ended).toEqual(opened);
  });

  test("a kept connection that swallows requests is found out", async () => {
    await using simulated = await machine({ faults: { http: { connections: "hang" } } });
    await using client = await open(simulated);
    const system = await firstSystem(client);
    for (let i = 0; i < 5; i++) await client.get(system.path);
    expect([...client.observed]).toEqual(["kept-connection-hangs"]);
  });

  test.each(["standard", "single", "no-info", "bare", "text", "html", "empty"] as const)(
    "a refusal in the form '%s' has code and advice",
    async (errorForm) => {
      await using simulated = await machine({ faults: { http: { errorForm } } });
      await using client = await open(simulated);
      await expect(client.get("/redfish/v1/Nothing")).rejects.toMatchObject({
        code: "redfish.not-found",
        advice: expect.stringMatching(/./),
      });
    },
  );

  test.each([
    ["html", "redfish.html"],
    ["truncated", "redfish.garbage"],
    ["huge", "redfish.too-large"],
    ["deep", "redfish.too-large"],
    ["no-object", "redfish.garbage"],
    ["noise", "redfish.garbage"],
  ] as const)("'%s' in place of an answer is %s", async (garbage, code) => {
    await using simulated = await machine();
    await using client = await open(simulated);
    simulated.redfish.faults.http.garbage = garbage;
    await expect(client.get("/redfish/v1/Systems", { limits: { busy: milliseconds(0) } })).rejects.toMatchObject({
      code,
    });
    simulated.redfish.faults.http.garbage = "none";
    expect(references(await client.get("/redfish/v1/Systems"))).not.toEqual([]);
  });

  test("links without end and wrong types end a walk, not the process", async () => {
    await using simulated = await machine();
    await using client = await open(simulated);
    const count = async () => {
      let resources = 0;
      for await (const _ of walk(client, "/redfish/v1/", { most: 300 })) resources += 1;
      return resources;
    };
    simulated.redfish.faults.http.garbage = "wrong-types";
    expect(await count()).toBeGreaterThan(0);
    simulated.redfish.faults.http.garbage = "endless-links";
    const walked = await count().catch((error: unknown) => error);
    if (typeof walked !== "number") expect(walked).toMatchObject({ code: "redfish.too-large" });
  });

  test.each<[string, SomeFaults]>([
    ["pages of one", { http: { pageSize: 1 } }],
    ["an ignored $expand", { http: { expand: "ignored" } }],
    ["a refused $expand", { http: { expand: "refused" } }],
    ["a $expand that drops what is required", { http: { expand: "drops-required" } }],
    ["members that are not there", { distortions: ["dangling-members"] }],
    ["null for members", { distortions: ["null-members"] }],
  ])("a collection is read in spite of %s", async (_, faults) => {
    await using simulated = await machine({ faults });
    await using client = await open(simulated);
    const names: unknown[] = [];
    for await (const member of client.collection("/redfish/v1/Systems", { expand: ["Id", "Name"] }))
      names.push(text(member, "Id"));
    expect(names).toEqual(faults.distortions ? expect.arrayContaining([]) : [expect.any(String)]);
  });

  test("503 in bursts is waited for; a BMC that restarts is met again with a new session", async () => {
    await using simulated = await machine();
    await using client = await open(simulated);
    const system = await firstSystem(client);
    simulated.redfish.faults.http.failures.push(
      { status: 503, times: 3 },
      { status: 500, messageId: "IDRAC.2.8.SYS518", times: 2 },
    );
    expect((await client.get(system.path)).path).toBe(system.path);
    const away = simulated.redfish.reboot(seconds(50));
    await expect(client.get(system.path)).rejects.toMatchObject({ exitCode: 3 });
    await away;
    expect((await client.get(system.path)).path).toBe(system.path);
  });

  test("a lock-out is not provoked: one wrong password, one attempt", async () => {
    await using simulated = await machine();
    const wrong = { password: new Secret("not-the-one") };
    for (let i = 0; i < 5; i++)
      await expect(open(simulated, wrong)).rejects.toMatchObject({ code: "bmc.auth.password" });
    expect(simulated.redfish.counts).toMatchObject({ wrongPasswords: 1 });
  });

  test("a renewed certificate is refused, and nothing is said to it", async () => {
    await using simulated = await machine({ scheme: "https" });
    let pin = "";
    await (await open(simulated, { scheme: "https" }, { onPin: (seen) => void (pin = seen) })).close();
    simulated.redfish.renewCertificate();
    await expect(open(simulated, { scheme: "https", tls: { pin } })).rejects.toMatchObject({
      code: "redfish.tls-pin",
      exitCode: 4,
    });
  });
});

test("values of actions are read from where they are", async () => {
  await using simulated = await machine({ faults: { power: { valuesIn: "action-info" } } });
  await using client = await open(simulated);
  const system = await firstSystem(client);
  const info = await client.get(link(system, "Actions", "#ComputerSystem.Reset", "@Redfish.ActionInfo") ?? "");
  const values = objects(info, "Parameters").find((one) => text(one, "Name") === "ResetType");
  expect(texts(values, "AllowableValues")).toContain("ForceOff");
});
