import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it, vi } from "vitest";
import { milliseconds } from "#base/units.ts";
import { needs } from "../support/needs.ts";
import { counted, wrongInCounting } from "../support/serial.ts";
import { canary, simEstate, type SimEstate } from "../support/sim-estate.ts";
import { openTerminal, type Terminal } from "../support/tmux.ts";
import { root } from "../support/shared.ts";

const on = { power: "on" as const };

/** `rackhand console …` at a terminal. */
function atTerminal(lab: SimEstate, words: string): Promise<Terminal> {
  needs("tmux");
  const env = {
    RACKHAND_ESTATE: lab.estate,
    RACKHAND_STATE: lab.state,
    SIM_BMC_USER: "admin",
    SIM_BMC_PASSWORD: canary,
    NO_COLOR: "1",
  };
  return openTerminal(`'${root}/bin/rackhand' console ${words}`, { env });
}

async function logIn(terminal: Terminal): Promise<void> {
  await terminal.keys("Enter");
  await terminal.shows(/m login:$/);
  await terminal.type("root");
  await terminal.keys("Enter");
  await terminal.shows(/Password:$/);
  await terminal.type("calvin");
  await terminal.keys("Enter");
  await terminal.shows(/root@m:~#$/);
}

describe("rackhand console", () => {
  it("is a place to sit: login, break, help, and ~. leaves the terminal as it was and the BMC free", async () => {
    await using lab = await simEstate([{ name: "m", server: on }]);
    const { bmc, server } = lab.machine("m");
    await using terminal = await atTerminal(lab, "m; stty -a | grep -o ' -*echo\\b'");
    await terminal.shows(/~\. leaves/);
    await logIn(terminal);
    await terminal.type("echo one ~. two");
    await terminal.keys("Enter");
    await terminal.shows(/\none ~\. two\n/);
    await terminal.type("~b");
    await vi.waitFor(() => expect(server.serial.breaks).toBe(1), { timeout: 20_000 });
    await terminal.type("~?");
    await terminal.shows(/~b {2}send a break/);
    await terminal.keys("C-c");
    await terminal.shows(/\^C/);
    await terminal.keys("Enter");
    await terminal.type("~.");
    await terminal.shows(/left the console of m\][^]* echo\n\[ended 0\]/);
    await vi.waitFor(() => expect(bmc.openSessions).toEqual([]), { timeout: 20_000 });
    expect(bmc.counts.sol).toMatchObject({ activated: 1 });
  });

  it("asks before it takes the console from somebody, says from whom, and the other is told", async () => {
    await using lab = await simEstate([{ name: "m", server: on }]);
    const { bmc } = lab.machine("m");
    await using first = await atTerminal(lab, "m");
    await first.shows(/~\. leaves/);
    await using second = await atTerminal(lab, "m");
    await second.shows(/in use by .*pid \d+.*Take it\s+over\?/s);
    await second.keys("Enter");
    await second.shows(/console\.taken|in use by[^]*\[ended 4\]/);
    expect(bmc.counts.sol.activated).toBe(1);
    expect(await lab.json(["console", "m", "--watch"])).toMatchObject({
      code: 4,
      result: { error: { code: "console.taken" } },
    });
    await using third = await atTerminal(lab, "m");
    await third.shows(/Take it\s+over/);
    await third.type("y");
    await third.keys("Enter");
    await first.shows(/taken over by[^]*\[ended 4\]/, 25_000);
    await logIn(third);
  });

  it("goes on after the BMC restarted, and marks the place", async () => {
    await using lab = await simEstate([{ name: "m", server: on }]);
    const { bmc, server } = lab.machine("m");
    await using terminal = await atTerminal(lab, "m");
    await terminal.shows(/~\. leaves/);
    server.serial.print("before\r\n");
    await terminal.shows(/before/);
    await bmc.reboot(milliseconds(500));
    await terminal.type("x");
    server.serial.print("after\r\n");
    await terminal.shows(/before[^]*lost[^]*characters may be missing here[^]*after/, 40_000);
    await terminal.keys("Enter");
    await terminal.type("~.");
    await terminal.shows(/\[ended 0\]/);
  }, 60_000);

  it("--watch reads only, into a file too, and leaves with a signal", async () => {
    await using lab = await simEstate([{ name: "m", server: { ...on, serial: { mute: true } } }]);
    const { bmc, server } = lab.machine("m");
    const watching = lab.start(["console", "m", "--watch"]);
    await watching.shows(/opening SOL/);
    await vi.waitFor(() => expect(bmc.consoleOwner).toBeDefined(), { timeout: 20_000 });
    server.serial.print(counted(1, 3000));
    await watching.shows(/\n3000\n/);
    watching.kill("SIGTERM");
    const { code, stdout } = await watching.ended;
    expect(wrongInCounting(stdout)).toEqual([]);
    expect(code).toBe(130);
    expect(server.serial.typed).toHaveLength(0);
    await vi.waitFor(() => expect(bmc.openSessions).toEqual([]), { timeout: 20_000 });
  });

  it("--watch --json tells scripts everything, one object per line", async () => {
    await using lab = await simEstate([{ name: "m", server: { ...on, serial: { mute: true } } }]);
    const { bmc, server } = lab.machine("m");
    const watching = lab.start(["console", "m", "--watch", "--json"]);
    await vi.waitFor(() => expect(bmc.consoleOwner).toBeDefined(), { timeout: 20_000 });
    server.serial.print("é");
    await watching.shows(/"base64"/);
    watching.kill("SIGTERM");
    const lines = (await watching.ended).stdout
      .trim()
      .split("\n")
      .map((line): unknown => JSON.parse(line));
    expect(lines.slice(0, 2)).toEqual([
      { type: "event", event: "connected" },
      { type: "event", event: "data", base64: Buffer.from("é").toString("base64") },
    ]);
  });

  it("wants a terminal to type in", async () => {
    await using lab = await simEstate([{ name: "m", server: on }]);
    expect(await lab.json(["console", "m"])).toMatchObject({
      code: 2,
      result: { error: { code: "console.terminal" } },
    });
    expect(lab.machine("m").bmc.counts.sessions.begun).toBe(0);
  });

  it("a killed console's session is closed by the next one, which then has the console without asking", async () => {
    await using lab = await simEstate([{ name: "m", server: on }]);
    const { bmc } = lab.machine("m");
    const doomed = lab.start(["console", "m", "--watch"]);
    await vi.waitFor(() => expect(bmc.consoleOwner).toBeDefined(), { timeout: 20_000 });
    const left = bmc.consoleOwner;
    doomed.kill("SIGKILL");
    await doomed.ended;
    const next = lab.start(["console", "m", "--watch"]);
    await vi.waitFor(() => expect(bmc.consoleOwner).not.toBe(left), { timeout: 10_000 });
    next.kill("SIGTERM");
    await next.ended;
    await vi.waitFor(() => expect(bmc.openSessions).toEqual([]), { timeout: 20_000 });
  });

  it("goes where the estate says: a TCP port here", async () => {
    needs("tmux");
    const server = createServer((socket) => void socket.write("over tcp\r\n")).listen(0, "127.0.0.1");
    await once(server, "listening");
    const bound = server.address();
    const port = bound !== null && typeof bound === "object" ? bound.port : 0;
    const dir = mkdtempSync(path.join(tmpdir(), "rackhand-console-"));
    try {
      writeFileSync(path.join(dir, "rackhand.yaml"), "");
      writeFileSync(
        path.join(dir, "m.yaml"),
        `kind: Machine\nname: m\npower: { on: { wol: "52:54:00:12:34:56" } }\nconsole: { serial: "tcp://127.0.0.1:${port}" }\n`,
      );
      const env = { RACKHAND_ESTATE: dir, RACKHAND_STATE: path.join(dir, "state"), NO_COLOR: "1" };
      await using terminal = await openTerminal(`'${root}/bin/rackhand' console m`, { env });
      await terminal.shows(/over tcp/);
      await terminal.type("~.");
      await terminal.shows(/\[ended 0\]/);
    } finally {
      rmSync(dir, { recursive: true, force: true });
      server.close();
    }
  });
});
