import { createSocket } from "node:dgram";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { jsonLines, rackhand } from "../support/cli.ts";
import { freeLoopback, freeTcpPort } from "../support/ipmi-sim.ts";
import { needs } from "../support/needs.ts";
import { startSshd } from "../support/sshd.ts";

const mac = "52:54:00:12:34:56";

/** A machine that listens for its magic packet, opens a port when it hears it, and closes it when somebody runs `touch FILE` over SSH. */
async function sleeper() {
  const address = await freeLoopback(9009);
  const port = await freeTcpPort(address);
  const packets: Buffer[] = [];
  const ear = createSocket("udp4");
  const service = createServer((caller) => void caller.on("error", () => {}).end("hello\n"));
  ear.on("message", (packet) => {
    packets.push(packet);
    if (!service.listening) service.listen(port, address);
  });
  ear.bind(9009, address);
  await once(ear, "listening");
  return {
    address,
    port,
    packets,
    sleep: () => void service.close(),
    [Symbol.dispose]: () => {
      ear.close();
      service.close();
    },
  };
}

describe("a machine without a BMC", () => {
  it("is woken by a magic packet with its SecureOn password, proven by its probe, and shut down over SSH", async () => {
    needs("sshd", "ssh-keygen");
    using machine = await sleeper();
    await using sshd = await startSshd();
    const dir = mkdtempSync(path.join(tmpdir(), "rackhand-bare-"));
    const [estate, state, asleep] = ["estate", "state", "asleep"].map((name) => path.join(dir, name)) as [
      string,
      string,
      string,
    ];
    mkdirSync(estate);
    writeFileSync(path.join(estate, "rackhand.yaml"), "");
    writeFileSync(path.join(estate, "key"), sshd.privateKey, { mode: 0o600 });
    writeFileSync(
      path.join(estate, "machine.yaml"),
      `kind: Machine
name: htpc
power:
  on: { wol: { mac: "${mac}", address: ${machine.address}, port: 9009, secureOn: { env: SECURE_ON } } }
  off: { ssh: { host: ${sshd.address}, port: ${sshd.port}, credentials: htpc, command: "touch ${asleep}", hostKey: "${sshd.hostKeys.ed25519}" } }
probes: { ready: { tcp: "${machine.address}:${machine.port}", within: 20s, every: 200ms, timeout: 1s } }
---
kind: Credentials
name: htpc
for: [ssh]
username: ${sshd.username}
privateKey: { file: key }
`,
    );
    const options = { estate, state, env: { SECURE_ON: "01:02:03:04:05:06" } };
    const woken = await rackhand(["--json", "wake", "htpc"], options);
    expect(jsonLines(woken).at(-1)).toMatchObject({ ok: true, tries: [{ n: 1, action: "on", endedBy: "ready" }] });
    expect(machine.packets[0]?.toString("hex")).toBe(`ffffffffffff${"525400123456".repeat(16)}010203040506`);
    expect(jsonLines(await rackhand(["--json", "power", "htpc", "status"], options))[0]).toMatchObject({
      power: "on",
    });

    const stopping = rackhand(["--json", "stop", "htpc"], options);
    const watch = setInterval(() => existsSync(asleep) && machine.sleep(), 100);
    const stopped = await stopping.finally(() => clearInterval(watch));
    expect(jsonLines(stopped).at(-1)).toMatchObject({ ok: true, workflow: "stop" });
    rmSync(dir, { recursive: true, force: true });
  });
});
