import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import path from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { errorRecord } from "#base/errors.ts";
import { seconds } from "#base/units.ts";
import { claimOnHost, type Holder } from "#bmc/claim.ts";
import { hostGate, hostTime } from "#bmc/gate.ts";
import { needs } from "../support/needs.ts";

const root = path.resolve(import.meta.dirname, "../..");
const children: ReturnType<typeof spawn>[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill("SIGKILL");
    await once(child, "exit");
  }
});

/** Runs a few lines in a process of its own; resolves when they have printed `ready`. */
async function elsewhere(code: string, before: readonly string[] = []) {
  const prelude = `
    import { claimOnHost } from "${root}/src/bmc/claim.ts";
    import { hostGate } from "${root}/src/bmc/gate.ts";
    setInterval(() => {}, 1000);
  `;
  const [program, ...args] = [...before, path.join(root, "bin/node"), "--input-type=module", "-e", prelude + code];
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  children.push(child);
  let printed = "";
  let complaint = "";
  child.stdout?.on("data", (chunk: Buffer) => (printed += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (complaint += chunk.toString()));
  const ended = once(child, "exit");
  while (!printed.includes("ready")) {
    await Promise.race([once(child.stdout ?? child, "data"), ended]);
    if (child.exitCode !== null) throw new Error(complaint);
  }
  return { child, kill: async () => (child.kill("SIGKILL"), ended) };
}

let count = 0;
const freshKey = () => `test:${process.pid}:${++count}`;

const me: Holder = { machine: "m1", person: "ann", pid: process.pid, host: "here", since: "2026-01-01T03:00:00Z" };

const claiming = (key: string) => `
  await claimOnHost(${JSON.stringify(key)}, () => ({
    machine: "backup01", run: "r7", workflow: "wake", person: "ann", pid: process.pid, host: "here",
    step: "Wait until it is ready", since: "2026-01-01T03:00:00Z",
  }));
  console.log("ready");
`;

describe("a claim on this host", () => {
  test("names run, person, step and process to whoever is refused", async () => {
    const key = freshKey();
    const { child } = await elsewhere(claiming(key));
    await expect(claimOnHost(key, () => me)).rejects.toMatchObject({
      code: "machine.held",
      exitCode: 4,
      message: `backup01: held by wake (run r7) of ann, in step 'Wait until it is ready', pid ${child.pid} on here, since 2026-01-01T03:00:00Z`,
      details: { holder: { run: "r7", workflow: "wake", person: "ann", pid: child.pid } },
    });
  });

  test("is free again the moment its holder is killed", async () => {
    const key = freshKey();
    const { kill } = await elsewhere(claiming(key));
    await kill();
    await using claim = await claimOnHost(key, () => me);
    expect(claim.keys).toEqual([key]);
  });

  test.skipIf(process.getuid?.() !== 0)("holds against another user (as root only)", async () => {
    needs("setpriv");
    const key = freshKey();
    const nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    const { kill } = await elsewhere(claiming(key), nobody);
    await expect(claimOnHost(key, () => me)).rejects.toMatchObject({ code: "machine.held" });
    await kill();
    await using _ = await claimOnHost(key, () => me);
  });

  test("takes all keys or none", async () => {
    const [one, two] = [freshKey(), freshKey()];
    await using _ = await claimOnHost(two, () => me);
    await expect(claimOnHost([one, two], () => me)).rejects.toMatchObject({ code: "machine.held" });
    await using free = await claimOnHost(one, () => me);
    expect(free.keys).toEqual([one]);
  });

  test("tells the step of now, not of then", async () => {
    const key = freshKey();
    let step = "first";
    await using _ = await claimOnHost(key, () => ({ ...me, step }));
    step = "second";
    await expect(claimOnHost(key, () => me)).rejects.toThrow("in step 'second'");
  });

  test("does not print what a hostile holder sends to a terminal", async () => {
    const key = freshKey();
    const server = createServer((socket) => socket.end(`{"machine":"\\u001b[2Jevil","run":{"a":1},"pid":"x"}\n`));
    server.listen(`\0rackhand/claim/${key}`);
    await once(server, "listening");
    const refusal = await claimOnHost(key, () => me).catch((error: unknown) => errorRecord(error).message);
    expect(refusal).toBe("[2Jevil: held by another process");
    server.close();
  });

  test("keys longer than a socket's name may be are told apart all the same", async () => {
    const long = freshKey() + "x".repeat(200);
    await using _ = await claimOnHost(`${long}a`, () => me);
    await using __ = await claimOnHost(`${long}b`, () => me);
    await expect(claimOnHost(`${long}a`, () => me)).rejects.toMatchObject({ code: "machine.held" });
  });
});

const entering = (key: string, then: string) => `
  const pass = await hostGate.enter(${JSON.stringify(key)}, { purpose: "backup01" });
  ${then}
  console.log("ready");
`;

describe("the gate of a BMC", () => {
  test("lets the next in as soon as the holder makes way, and passes on how long the BMC wants rest", async () => {
    const key = freshKey();
    await elsewhere(
      entering(key, `pass.whenWanted(() => pass.leave(Number(process.hrtime.bigint() / 1000n) / 1000 + 60000));`),
    );
    const pass = await hostGate.enter(key, { purpose: "m1" });
    expect(pass.restUntil).toBeGreaterThan(hostTime() + 50_000);
    pass.leave();
  });

  test("is free again when its holder is killed", async () => {
    const key = freshKey();
    const { kill } = await elsewhere(entering(key, ""));
    const waiting = hostGate.enter(key, { purpose: "m1" });
    await kill();
    const pass = await waiting;
    expect(pass.wanted()).toBe(false);
    pass.leave();
  });

  test("names the process that does not make way", async () => {
    const key = freshKey();
    const { child } = await elsewhere(entering(key, ""));
    await expect(hostGate.enter(key, { purpose: "m1", within: seconds(0.3) })).rejects.toMatchObject({
      code: "bmc.busy",
      exitCode: 4,
      message: expect.stringContaining(`pid ${child.pid}`),
    });
  });

  test("lets everybody through once, who left last comes last", async () => {
    const key = freshKey();
    const order: string[] = [];
    const visit = async (name: string) => {
      const pass = await hostGate.enter(key, { purpose: name });
      order.push(name);
      await new Promise((resolve) => setTimeout(resolve, 20));
      pass.leave();
    };
    const first = await hostGate.enter(key, { purpose: "first" });
    const others = Promise.all(["a", "b", "c"].map(visit));
    await new Promise<void>((resolve) => first.whenWanted(resolve));
    first.leave();
    await Promise.all([others, visit("first again")]);
    expect(order.toSorted()).toEqual(["a", "b", "c", "first again"]);
    expect(order[0]).not.toBe("first again");
  });

  test("a waiter that gives up ends with its own reason", async () => {
    const key = freshKey();
    const pass = await hostGate.enter(key, { purpose: "m1" });
    const stop = new AbortController();
    const waiting = hostGate.enter(key, { purpose: "m2", signal: stop.signal });
    stop.abort(new Error("stopped"));
    await expect(waiting).rejects.toThrow("stopped");
    pass.leave();
  });
});
