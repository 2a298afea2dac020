import { createServer, type Socket } from "node:net";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import { systemClock } from "#base/clock.ts";
import { Secret } from "#base/secret.ts";
import { startFleet } from "../support/fleetsim.ts";
import { freeLoopback, freeTcpPort, startIpmiSim } from "../support/ipmi-sim.ts";
import { needs } from "../support/needs.ts";
import { runProgram } from "../support/program.ts";
import { counted, sit, type Sitting } from "../support/serial.ts";
import { describeShared } from "../support/shared.ts";

const until = (what: () => boolean, timeout = 20_000) =>
  vi.waitFor(() => expect(what()).toBe(true), { timeout, interval: 20 });

/** A server's serial port as ipmi_sim wants it: a TCP port that it connects to. */
async function serialPort(address: string, port: number) {
  const typed: Buffer[] = [];
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("data", (bytes) => typed.push(bytes)).on("error", () => undefined);
  });
  server.listen(port, address);
  await once(server, "listening");
  return {
    typed: () => Buffer.concat(typed).toString("latin1"),
    connected: () => sockets.length > 0,
    print: (text: string) => sockets.at(-1)?.write(text, "latin1"),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe("OpenIPMI's ipmi_sim", () => {
  async function open() {
    needs("ipmi_sim");
    const address = await freeLoopback(9001);
    const solPort = await freeTcpPort(address);
    const port = await serialPort(address, solPort);
    const sim = await startIpmiSim({ address, solPort });
    await until(() => port.connected());
    const target = {
      address: sim.address,
      port: sim.port,
      username: sim.user,
      password: new Secret(sim.password),
      cipherSuites: [3],
    };
    return { sim, port, target, dispose: async () => (await sim.stop(), await port[Symbol.asyncDispose]()) };
  }

  test("carries both directions byte by byte, and a break", async () => {
    const { port, target, dispose } = await open();
    try {
      await using at = await sit(target, systemClock);
      const all = Buffer.from(Uint8Array.from({ length: 512 }, (_, i) => i & 0xff)).toString("latin1");
      port.print(all);
      await until(() => at.text().length >= 512);
      expect(at.text()).toBe(all);
      await at.line.write(Buffer.from(all, "latin1"));
      await until(() => port.typed().length >= 512);
      expect(port.typed()).toBe(all);
      await at.line.break();
    } finally {
      await dispose();
    }
  });

  test("at the full rate of a serial line nothing is missing", async () => {
    const { port, target, dispose } = await open();
    try {
      await using at = await sit(target, systemClock);
      const whole = counted(1, 10_000);
      for (let from = 0; from < whole.length; from += 1152) {
        port.print(whole.slice(from, from + 1152));
        await sleep(100);
      }
      await until(() => at.text().length >= whole.length);
      expect(at.text()).toBe(whole);
    } finally {
      await dispose();
    }
  }, 60_000);

  test("ipmitool's console is taken over only with consent, and ipmitool can take it back", async () => {
    needs("ipmitool");
    const { sim, port, target, dispose } = await open();
    try {
      await using at: Sitting = await sit(target, systemClock, { whenTaken: "wait" });
      await expect(sit({ ...target, machine: "other" }, systemClock)).rejects.toMatchObject({ code: "console.taken" });
      expect((await runProgram("ipmitool", sim.ipmitool("sol", "deactivate"))).code).toBe(0);
      await until(() => at.seen.some(({ type }) => type === "lost" || type === "taken"));
      await until(() => at.seen.at(-1)?.type === "connected");
      port.print("back again");
      await until(() => at.text().endsWith("back again"));
    } finally {
      await dispose();
    }
  }, 60_000);
});

describeShared("fleetsim", "fleetsim", (source) => {
  test("10 MB come through byte for byte", async () => {
    needs("cc", "libssl-dev");
    const chunk = 255;
    await using fleet = await startFleet(source, 1, "127.41.9.1", ["--sol-chunk", String(chunk), "--port", "7625"]);
    const [{ host, port } = { host: "", port: 0 }] = fleet.targets;
    const target = { address: host, port, username: "admin", password: new Secret("secret") };
    // The pattern of fleetsim.c: every packet is its first characters.
    const packet = Buffer.from(Uint8Array.from({ length: chunk }, (_, i) => (i % 78 === 77 ? 0x0a : 32 + (i % 90))));
    await using at = await sit(target, systemClock);
    const wanted = 10_000_000;
    await until(() => at.text().length >= wanted, 50_000);
    const text = Buffer.from(at.text(), "latin1");
    const repeated = Buffer.alloc(text.length, packet);
    expect(text.equals(repeated)).toBe(true);
    expect(at.seen).toEqual([{ type: "connected" }]);
  }, 60_000);

  test("1 MB typed is echoed byte for byte, with suite 3 and 17", async () => {
    needs("cc", "libssl-dev");
    await using fleet = await startFleet(source, 1, "127.41.10.1", ["--port", "7626"]);
    const [{ host, port } = { host: "", port: 0 }] = fleet.targets;
    for (const suite of [3, 17]) {
      const target = { address: host, port, username: "admin", password: new Secret("secret"), cipherSuites: [suite] };
      await using at = await sit(target, systemClock);
      const whole = counted(1, 75_000).repeat(2);
      await at.type(whole);
      await until(() => at.text().length >= whole.length);
      expect(at.text()).toBe(whole);
    }
  }, 60_000);
});
