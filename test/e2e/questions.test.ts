import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { type SimEstate, quick, simEstate } from "../support/sim-estate.ts";

const job = ["run", "m", "--", "sh", "-c", "echo begun; sleep 6; echo did it"];

/** Kills rackhand in the middle of the job, and the job with it, as a power cut would. */
async function cutShort(lab: SimEstate): Promise<string> {
  const doomed = lab.start(job);
  await doomed.shows(/begun/);
  doomed.kill("SIGKILL");
  const jobs = path.join(lab.state, "jobs");
  const [id = ""] = readdirSync(jobs);
  process.kill(-Number(readFileSync(path.join(jobs, id, "pid"), "utf8")), "SIGKILL");
  await doomed.ended;
  return id;
}

describe("a run that asks", () => {
  it("says how to answer where nobody can type, takes the answer from another process, and does what it says", async () => {
    await using lab = await simEstate([{ name: "m", server: quick }]);
    const id = await cutShort(lab);
    const again = lab.start(job);
    const [, number] = await again.shows(new RegExp(`rackhand runs decide ${id} N, where N is .*(\\d) do it again`));
    expect(await lab.json(["runs", "list", "--only", "asking"])).toMatchObject({
      lines: [{ runId: id, question: { choices: expect.arrayContaining(["do it again"]) as string[] } }, {}],
    });
    expect(await lab.json(["runs", "decide", id, "sing"])).toMatchObject({
      code: 2,
      result: { error: { code: "run.choice" } },
    });
    expect((await lab.run(["runs", "decide", id, number ?? ""])).code).toBe(0);
    const ended = await again.ended;
    expect(ended.stdout).toBe("begun\ndid it\n");
    expect(ended.code).toBe(0);
    expect(lab.machine("m").server).toMatchObject({ power: "off", powerCounts: { on: 1, soft: 1 } });
    expect(await lab.json(["runs", "decide", id, "1"])).toMatchObject({
      code: 2,
      result: { error: { code: "run.not-asking" } },
    });
  });

  it("is resumed, shown and cancelled by the beginning of its id", async () => {
    await using lab = await simEstate([{ name: "m", server: quick }]);
    const id = await cutShort(lab);
    expect(await lab.json(["runs", "show", id.slice(0, -1)])).toMatchObject({
      code: 0,
      result: { runId: id, workflow: "run", machine: "m" },
    });
    const resumed = lab.start(["runs", "resume", id.slice(0, -1)]);
    await resumed.shows(/runs decide/);
    const followed = lab.start(["runs", "follow", id]);
    await followed.shows(/Job/);
    expect((await lab.run(["runs", "cancel", id])).code).toBe(0);
    expect((await resumed.ended).code).toBe(130);
    expect((await followed.ended).code).toBe(130);
    expect(lab.machine("m").server.power).toBe("off");
  });
});
