import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { freeLoopback, freeTcpPort, startIpmiSim, type IpmiSim } from "../../test/support/ipmi-sim.ts";

const lab = join(import.meta.dirname, "..");
const run = promisify(execFile);

export interface LabServerOptions {
  /** At how many of its first boots the disk is missing. */
  absentBoots?: number;
}

/** A real server in all that matters from outside: QEMU with SeaBIOS, a disk that may be missing, Linux with sshd, an ACPI power button; ipmi_sim before it. */
export interface LabServer extends AsyncDisposable {
  readonly bmc: IpmiSim;
  /** Its sshd, through QEMU's user-mode network. QEMU accepts connections there even while no sshd listens; only the banner proves one. */
  readonly ssh: { host: string; port: number; keyFile: string; hostKey: string };
  /** How often it was switched on or reset so far. */
  boots(): number;
  /** All that its serial port showed, firmware included, over all boots. */
  serial(): string;
  /** What the BMC was told, in order: `power 1`, `reset 1`, `shutdown 1`. */
  orders(): string[];
  /** The process of QEMU, while there is one. */
  pid(): number | undefined;
  /** Runs a command in the guest with the OpenSSH client; rejects when it fails. */
  inside(command: string): Promise<string>;
}

function read(file: string): string {
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function endQemu(pid: number | undefined): Promise<void> {
  if (pid === undefined) return;
  process.kill(pid, "SIGKILL");
  for (let looks = 0; alive(pid) && looks < 100; looks++) await sleep(20);
}

/** SHA256 fingerprint of the guest's host key, as OpenSSH prints it. */
async function fingerprint(): Promise<string> {
  const { stdout } = await run("ssh-keygen", ["-l", "-f", join(lab, ".build/host_key.pub")]);
  return stdout.split(" ")[1] ?? "";
}

/** Plugs a server in: its BMC answers, its power is off. Needs the image that `lab/image/build` makes. */
export async function startLabServer(options: LabServerOptions = {}): Promise<LabServer> {
  const dir = mkdtempSync(join(tmpdir(), "rackhand-lab-"));
  const file = (name: string) => join(dir, name);
  const keyFile = join(lab, ".build/id_ed25519");
  const host = "127.77.0.2";
  const port = await freeTcpPort(host);
  writeFileSync(file("absent"), String(options.absentBoots ?? 0));
  writeFileSync(file("sshd"), `${host}:${port}`);
  // ipmi_sim splits its command at blanks, which the path of a checkout may have; this path has none.
  writeFileSync(file("chassis"), `#!/bin/sh\nexec '${join(lab, "server/chassis")}' '${dir}' "$@"\n`, { mode: 0o755 });
  // QEMU's serial port, which ipmi_sim serves as SOL.
  const address = await freeLoopback(9001);
  const solPort = await freeTcpPort(address);
  writeFileSync(file("sol"), `${address}:${solPort}`);
  const bmc = await startIpmiSim({ dir, address, solPort, chassis: file("chassis") });
  const pid = () => {
    const number = Number(read(file("qemu.pid")));
    return number > 0 && alive(number) ? number : undefined;
  };
  const secure = ["-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"];
  return {
    bmc,
    ssh: { host, port, keyFile, hostKey: await fingerprint() },
    boots: () => Number(read(file("boots"))),
    serial: () => read(file("serial.log")),
    orders: () => bmc.orders(),
    pid,
    inside: async (command) => {
      const quick = ["-o", "ConnectTimeout=10", "-o", "LogLevel=ERROR"];
      const login = ["-i", keyFile, ...secure, ...quick, "-p", String(port), `root@${host}`];
      return (await run("ssh", [...login, command])).stdout;
    },
    [Symbol.asyncDispose]: async () => {
      await bmc.stop();
      await endQemu(pid());
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
