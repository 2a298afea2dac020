import { createConnection } from "node:net";
import { expect, test } from "vitest";
import { scaledClock } from "#base/clock.ts";
import { minutes, seconds } from "#base/units.ts";
import { SimulatedServer, type ServerOptions, type ServerState } from "./server.ts";

async function started(options: Partial<ServerOptions> = {}) {
  const server = await SimulatedServer.start({ name: "web01", clock: scaledClock(50), ...options });
  const states: ServerState[] = [];
  server.on((event) => event.type === "state" && states.push(event.state));
  return { server, states };
}

function banner(server: SimulatedServer): Promise<string> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: server.readiness.address, port: server.readiness.port });
    socket.on("data", (data) => resolve(data.toString()) ?? socket.destroy());
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? "error"));
  });
}

test("switched on, it goes through POST and boot, and only then its port opens and talks like sshd", async () => {
  const { server, states } = await started({ post: seconds(30) });
  await using _ = server;
  expect(await banner(server)).toBe("ECONNREFUSED");
  expect(server.act("on", "test")).toBe(true);
  expect(server.power).toBe("off");
  await server.reached("post");
  expect(await banner(server)).toBe("ECONNREFUSED");
  await server.reached("ready");
  expect(states).toEqual(["post", "boot", "ready"]);
  expect(await banner(server)).toMatch(/^SSH-2\.0-/);
});

test("a flaky server stops at 'no boot device' until it is reset often enough", async () => {
  const { server } = await started({ flaky: { failFirst: 2 } });
  await using _ = server;
  server.act("on", "test");
  await server.reached("no-boot-device");
  server.act("reset", "test");
  await server.reached("post");
  await server.reached("no-boot-device");
  server.act("cycle", "test");
  await server.reached("off");
  await server.reached("ready");
  expect(server.boots.map(({ why, ended, from }) => ({ why, ended, from }))).toEqual([
    { why: "on", ended: "no-boot-device", from: undefined },
    { why: "reset", ended: "no-boot-device", from: undefined },
    { why: "cycle", ended: "ready", from: "disk" },
  ]);
  expect(server.powerCounts).toMatchObject({ on: 1, reset: 1, cycle: 1, off: 0 });
});

test("a reset in the middle of POST begins again, and the boot that it cut short says so", async () => {
  const { server } = await started({ post: minutes(6) });
  await using _ = server;
  server.act("on", "test");
  await server.reached("post");
  server.behaviour.post = seconds(1);
  server.act("reset", "test");
  await server.reached("ready");
  expect(server.boots.map(({ ended }) => ended)).toEqual(["interrupted", "ready"]);
});

test("a soft-off is heard by a running system only, and not by one that does not listen", async () => {
  const { server, states } = await started({ power: "on" });
  await using _ = server;
  server.behaviour.softOff = "ignored";
  server.act("soft", "test");
  expect(server.state).toBe("ready");
  server.behaviour.softOff = "obeyed";
  server.act("soft", "test");
  await server.reached("off");
  expect(states).toEqual(["shutting-down", "off"]);
  server.act("on", "test");
  await server.reached("post");
  server.act("soft", "test");
  await server.reached("ready");
});

test("cycle, reset and NMI of a machine that is off cannot be done and are not counted", async () => {
  const { server } = await started();
  await using _ = server;
  expect([server.act("cycle", "t"), server.act("reset", "t"), server.act("nmi", "t")]).toEqual([false, false, false]);
  expect(server.powerLog).toEqual([]);
});

test("an override for one boot is taken by the firmware and gone afterwards; a persistent one stays", async () => {
  const { server } = await started({ bootable: ["disk", "pxe"] });
  await using _ = server;
  server.override.set({ source: "pxe", persistent: false, uefi: true });
  server.act("on", "test");
  await server.reached("other-system");
  expect(server.override.get()).toBeUndefined();
  expect(await banner(server)).toBe("ECONNREFUSED");
  server.override.set({ source: "bios", persistent: true, uefi: false });
  server.act("reset", "test");
  await server.reached("setup");
  expect(server.override.get()).toEqual({ source: "bios", persistent: true, uefi: false });
  expect(server.boots.map(({ from, override }) => [from, override?.source])).toEqual([
    ["pxe", "pxe"],
    ["bios", "bios"],
  ]);
});

test("an override to a place that holds nothing falls through to the disk", async () => {
  const { server } = await started();
  await using _ = server;
  server.override.set({ source: "cd", persistent: false, uefi: false });
  server.act("on", "test");
  await server.reached("ready");
  expect(server.boots[0]).toMatchObject({ from: "disk", override: { source: "cd" } });
});

test("power as it was a while ago lags behind the real one", async () => {
  const { server } = await started();
  await using _ = server;
  server.act("on", "test");
  await server.reached("post");
  expect(server.power).toBe("on");
  expect(server.powerHistory.ago(minutes(5))).toBe("off");
});

test("switched off while it boots, it stays off", async () => {
  const { server } = await started();
  await using _ = server;
  server.act("on", "test");
  await server.reached("boot");
  server.act("off", "test");
  await server.reached("off");
  await server.clock.sleep(seconds(20));
  expect(server.state).toBe("off");
});
