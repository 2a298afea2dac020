import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type SimEstate, quick, simEstate } from "../support/sim-estate.ts";

describe("wake, run and stop from the command line", () => {
  let lab: SimEstate;
  beforeAll(async () => {
    lab = await simEstate([
      { name: "reluctant", server: { ...quick, flaky: { failFirst: 2 } }, yaml: "stop: { within: 20s }\n" },
      {
        name: "hopeless",
        server: { ...quick, softOff: "ignored", flaky: { failFirst: 99 } },
        yaml: "wake: { tries: 2 }\nstop: { within: 2s }\n",
      },
      { name: "stuck", server: { ...quick, power: "on" } },
      { name: "plain", server: quick },
      { name: "deaf", server: { ...quick, power: "on", softOff: "ignored" }, yaml: "stop: { within: 3s }\n" },
    ]);
  });
  afterAll(() => lab[Symbol.asyncDispose]());

  it("wakes a server that fails its first two boots, says why each try ended, and does nothing when it is awake already", async () => {
    const woken = await lab.json(["wake", "reluctant"]);
    expect(woken.stderr + woken.stdout).not.toContain("Error:");
    expect(woken.result).toMatchObject({ type: "result", ok: true, workflow: "wake", machine: "reluctant" });
    expect(woken.result["tries"]).toMatchObject([
      { n: 1, action: "on", endedBy: "timeout" },
      { n: 2, action: "reset", endedBy: "timeout" },
      { n: 3, action: "reset", endedBy: "ready" },
    ]);
    expect(woken.result["runId"]).toEqual(expect.any(String));
    expect(woken.code).toBe(0);
    const { powerCounts, state } = lab.machine("reluctant").server;
    expect(state).toBe("ready");
    expect(powerCounts).toMatchObject({ on: 1, reset: 2, off: 0, cycle: 0 });

    const again = await lab.json(["wake", "reluctant"]);
    expect(again.result).toMatchObject({ ok: true, tries: [] });
    expect(lab.machine("reluctant").server.powerCounts).toMatchObject({ on: 1, reset: 2 });
  });

  it("shuts it down cleanly and proves it; a second stop finds it off", async () => {
    const stopped = await lab.json(["stop", "reluctant"]);
    expect(stopped.result).toMatchObject({ ok: true, workflow: "stop" });
    expect(lab.machine("reluctant").server.power).toBe("off");
    expect(lab.machine("reluctant").server.powerCounts).toMatchObject({ soft: 1, off: 0 });
    expect((await lab.run(["stop", "reluctant"])).code).toBe(0);
    expect(lab.machine("reluctant").server.powerCounts.soft).toBe(1);
  });

  it("gives up after the tries it was given, exits 1 and names every try", async () => {
    const { code, result } = await lab.json(["wake", "hopeless", "--within", "2s"]);
    expect(code).toBe(1);
    expect(result).toMatchObject({
      ok: false,
      error: { code: "wake.gave-up" },
      tries: [
        { n: 1, action: "on" },
        { n: 2, action: "reset" },
      ],
    });
  });

  it("does not reset what was on before, unless told to", async () => {
    await lab.machine("stuck").server.readiness.close();
    const refused = await lab.json(["wake", "stuck", "--within", "1s"]);
    expect(refused.code).toBe(4);
    expect(refused.result).toMatchObject({ ok: false, error: { code: "wake.not-ours" } });
    expect(lab.machine("stuck").server.powerCounts.reset).toBe(0);
    const told = await lab.json(["wake", "stuck", "--within", "3s", "--reset-if-on"]);
    expect(told.result).toMatchObject({ ok: true });
    expect(lab.machine("stuck").server.powerCounts.reset).toBe(1);
  });

  it("runs a job, passes its output and its exit code on, keeps the output, and puts the power back", async () => {
    const { server } = lab.machine("plain");
    const done = await lab.run(["run", "plain", "--", "sh", "-c", "echo out; echo err >&2; exit 7"]);
    expect(done.code).toBe(7);
    expect(done.stdout).toContain("out\n");
    expect(done.stderr).toContain("err\n");
    expect(server.power).toBe("off");
    expect(server.powerCounts).toMatchObject({ on: 1, soft: 1, off: 0 });
    const listed = await lab.json(["runs", "list", "--machine", "plain"]);
    const id = String(listed.lines.find((line) => line["type"] === "row")?.["runId"]);
    const shown = await lab.json(["runs", "show", id]);
    expect(JSON.stringify(shown.lines)).toContain("job-stdout.txt");
  });

  it("leaves the power on when told to keep it, and off when told to stop", async () => {
    const { server } = lab.machine("plain");
    expect((await lab.run(["run", "plain", "--after", "keep", "--", "true"])).code).toBe(0);
    expect(server.power).toBe("on");
    expect((await lab.run(["run", "plain", "--after", "restore", "--", "true"])).code).toBe(0);
    expect(server.power).toBe("on");
    expect((await lab.run(["run", "plain", "--after", "stop", "--", "true"])).code).toBe(0);
    expect(server.power).toBe("off");
  });

  it("exits 125 when the machine does not wake, having begun no job, and still asks it to shut down", async () => {
    await lab.run(["power", "hopeless", "off"]);
    const { code, stdout } = await lab.run([
      "run",
      "hopeless",
      "--tries",
      "1",
      "--within",
      "1s",
      "--",
      "echo",
      "never",
    ]);
    expect(code).toBe(125);
    expect(stdout).not.toContain("never\n");
  }, 60_000);

  it("switches off hard only when told, after the time it was told", async () => {
    const { server } = lab.machine("deaf");
    const still = await lab.json(["stop", "deaf"]);
    expect(still.code).toBe(1);
    expect(still.result).toMatchObject({ error: { code: "stop.still-on" } });
    expect(server.power).toBe("on");
    expect((await lab.run(["stop", "deaf", "--hard-after", "2s"])).code).toBe(0);
    expect(server.power).toBe("off");
    expect(server.powerCounts.off).toBe(1);
  });

  it("restores the power when the terminal closes during the job", async () => {
    const { server } = lab.machine("plain");
    const running = lab.start(["run", "plain", "--", "sh", "-c", "echo begun; sleep 60"]);
    await running.shows(/begun/);
    running.kill("SIGHUP");
    expect((await running.ended).code).toBe(130);
    expect(server.power).toBe("off");
  });
});
