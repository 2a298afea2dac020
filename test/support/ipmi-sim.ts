import { spawn, type ChildProcess } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  closeSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { randomInt } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { which } from "./needs.ts";

export interface SimUser {
  name: string;
  password: string;
  privilege?: "callback" | "user" | "operator" | "admin";
}

export interface IpmiSimOptions {
  /** Loopback address; by default one that nobody else uses. */
  address?: string;
  /** UDP port; default 9001 (623 would need root). */
  port?: number;
  /** Default `root` / `calvin`, administrator. More accounts in `users`. */
  user?: string;
  password?: string;
  users?: readonly SimUser[];
  /** 32 hex digits in the order in which they go over the wire; ipmitool prints them the other way round. */
  guid?: string;
  /** K_g, as text of at most 16 bytes: ipmi_sim 2.0.33 uses no more of it. */
  kg?: string;
  /** What power, reset and boot do: the path of a program, called as lab-notes say (`0x20 get power boot`, `0x20 set power 1`). Default: a switch that only remembers. */
  chassis?: string;
  /** Default chassis only: a soft shutdown switches off at once, or does nothing. */
  soft?: "obeyed" | "ignored";
  /** Default chassis only: the power at the start. */
  power?: "on" | "off";
  /** Where QEMU's ipmi-bmc-extern connects to, and QEMU's serial port for SOL; TCP, at the same address. */
  serialPort?: number;
  solPort?: number;
  /** Folder for its files; default a new one, removed at the end. */
  dir?: string;
}

/** A running OpenIPMI `ipmi_sim`: a BMC of independent make. Suites 0-3 (SHA-1, MD5) only; it keeps neither validity nor persistence of boot flags. */
export interface IpmiSim extends AsyncDisposable {
  readonly address: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly guid: string;
  readonly dir: string;
  readonly pid: number;
  /** Default chassis only: what the switch says now; what the firmware was told to boot. */
  power(): "on" | "off";
  setPower(state: "on" | "off"): void;
  boot(): string;
  /** Every order the chassis was given: `power 1`, `reset 1`, `shutdown 1`, `boot pxe`. Reads are not in it. */
  orders(): string[];
  /** What ipmi_sim printed. */
  log(): string;
  /** Arguments for ipmitool against it. */
  ipmitool(...args: string[]): string[];
  stop(signal?: NodeJS.Signals): Promise<void>;
}

const chassisProgram = `#!/bin/sh
# A power switch that remembers. Called: ADDR get power|boot... | ADDR set power 0|1 | reset 1 | shutdown 1 | boot DEVICE | identify N
D=$(dirname "$0")
shift; op=$1; shift
if [ "$op" = get ]; then
  for p in "$@"; do case $p in
    power) echo "power:$(cat "$D/power")";;
    boot) echo "boot:$(cat "$D/boot")";;
    *) echo "Invalid parameter: $p"; exit 1;;
  esac; done
  exit 0
fi
while [ -n "$1" ]; do
  p=$1 v=$2; shift 2 2>/dev/null || break
  echo "$p $v" >>"$D/orders"
  case $p in
    power) echo "$v" >"$D/power";;
    shutdown) [ "$(cat "$D/soft")" = ignored ] || echo 0 >"$D/power";;
    boot) [ "$v" = none ] && v=default; echo "$v" >"$D/boot";;
    reset) ;;
    identify) ;;
    *) echo "Invalid parameter: $p"; exit 1;;
  esac
done
`;

function lanConf(
  sim: Required<Pick<IpmiSimOptions, "address" | "port" | "guid">> & IpmiSimOptions,
  chassis: string,
): string {
  const auths = "none md2 md5 straight";
  const users: SimUser[] = [{ name: sim.user ?? "root", password: sim.password ?? "calvin" }, ...(sim.users ?? [])];
  const levels = ["callback", "user", "operator", "admin"].map((level) => `    allowed_auths_${level} ${auths}`);
  return [
    'name "bmc"',
    "set_working_mc 0x20",
    "  startlan 1",
    `    addr ${sim.address} ${sim.port}`,
    "    priv_limit admin",
    ...levels,
    `    guid ${sim.guid}`,
    ...(sim.kg === undefined ? [] : [`    bmc_key "${sim.kg}"`]),
    "  endlan",
    `  chassis_control "${chassis} 0x20"`,
    ...(sim.serialPort === undefined ? [] : [`  serial 15 ${sim.address} ${sim.serialPort} codec VM`]),
    ...(sim.solPort === undefined ? [] : [`  sol "tcp:${sim.address}:${sim.solPort}" 115200 history=16000`]),
    // User 1 is the anonymous one by definition; it stays disabled.
    `  user 1 false "" "" user 10 ${auths}`,
    ...users.map(
      (user, i) => `  user ${i + 2} true "${user.name}" "${user.password}" ${user.privilege ?? "admin"} 10 ${auths}`,
    ),
    "",
  ].join("\n");
}

const emulation = [
  "mc_setbmc 0x20",
  "mc_add 0x20 1 no-device-sdrs 1 2 5 0x9f 0x0 0x1 persist_sdr",
  "sel_enable 0x20 512 0x02",
  "mc_enable 0x20",
  "",
].join("\n");

/** True when nobody has bound the UDP port: two ipmi_sim on one port both start without a word, and the older one's users wonder. */
async function free(address: string, port: number): Promise<boolean> {
  const socket = createSocket("udp4");
  try {
    socket.bind({ address, port, exclusive: true });
    await once(socket, "listening");
    return true;
  } catch {
    return false;
  } finally {
    socket.close();
  }
}

/** A loopback address whose UDP `port` nobody has; chosen at random so that test files in several processes do not meet. */
export async function freeLoopback(port: number): Promise<string> {
  for (let tries = 0; tries < 20; tries++) {
    const address = `127.${randomInt(100, 250)}.${randomInt(0, 256)}.${randomInt(1, 255)}`;
    if (await free(address, port)) return address;
  }
  throw new Error(`no loopback address with a free UDP port ${port} found`);
}

/** A TCP port of `address` that was free a moment ago. */
export async function freeTcpPort(address: string): Promise<number> {
  const server = createServer().listen(0, address);
  await once(server, "listening");
  const bound = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (bound === null || typeof bound === "string") throw new Error("no TCP port");
  return bound.port;
}

/** RMCP/ASF presence ping (ASF 2.0 §3.2.4.2); the pong says that the BMC is up, without a session. */
const presencePing = Buffer.from([0x06, 0x00, 0xff, 0x06, 0x00, 0x00, 0x11, 0xbe, 0x80, 0x01, 0x00, 0x00]);

async function answersPing(address: string, port: number, wait: number): Promise<boolean> {
  const socket = createSocket("udp4");
  try {
    return await new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), wait);
      const say = (answer: boolean) => (clearTimeout(timer), resolve(answer));
      socket.on("message", () => say(true)).on("error", () => say(false));
      socket.send(presencePing, port, address);
    });
  } finally {
    socket.close();
  }
}

async function waitUp(child: ChildProcess, address: string, port: number, log: () => string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`ipmi_sim ended at once: ${log()}`);
    if (await answersPing(address, port, 100)) return;
    await sleep(50);
  }
  throw new Error(`ipmi_sim does not answer on ${address}:${port}: ${log()}`);
}

function writeDefaultChassis(dir: string, options: IpmiSimOptions): string {
  writeFileSync(join(dir, "power"), options.power === "on" ? "1\n" : "0\n");
  writeFileSync(join(dir, "boot"), "default\n");
  writeFileSync(join(dir, "soft"), `${options.soft ?? "obeyed"}\n`);
  const program = join(dir, "chassis.sh");
  writeFileSync(program, chassisProgram);
  chmodSync(program, 0o755);
  return program;
}

function read(path: string): string {
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill(signal);
  const timer = setTimeout(() => child.kill("SIGKILL"), 2000);
  await gone;
  clearTimeout(timer);
}

/** Starts ipmi_sim and waits until it answers. Needs the program `ipmi_sim` (Debian: openipmi). It ends with this process, whatever happens to it. */
export async function startIpmiSim(options: IpmiSimOptions = {}): Promise<IpmiSim> {
  const program = which("ipmi_sim");
  if (program === undefined) throw new Error("ipmi_sim is not installed (Debian: openipmi)");
  if ((options.kg?.length ?? 0) > 16) throw new Error("ipmi_sim takes no K_g above 16 bytes");
  const port = options.port ?? 9001;
  const address = options.address ?? (await freeLoopback(port));
  if (!(await free(address, port))) throw new Error(`${address}:${port}/udp is taken`);
  const guid = options.guid ?? "a123456789abcdefa123456789abcdef";
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), "rackhand-ipmi-sim-"));
  mkdirSync(join(dir, "state"), { recursive: true });
  const chassis = options.chassis ?? writeDefaultChassis(dir, options);
  writeFileSync(join(dir, "lan.conf"), lanConf({ ...options, address, port, guid }, chassis));
  writeFileSync(join(dir, "bmc.emu"), emulation);
  const logFile = join(dir, "ipmi_sim.log");
  const output = openSync(logFile, "a");
  // Where setpriv is there, the kernel ends the simulator with us: a killed test run leaves nothing behind.
  const tied = which("setpriv") === undefined ? [] : ["setpriv", "--pdeathsig", "TERM"];
  const [first, ...rest] = [...tied, program, "-c", "lan.conf", "-f", "bmc.emu", "-s", "state", "-n"];
  const child = spawn(first, rest, { cwd: dir, stdio: ["ignore", output, output] });
  closeSync(output);
  await Promise.race([once(child, "spawn"), once(child, "error").then(([error]) => Promise.reject(error as Error))]);
  const log = () => read(logFile);
  const user = options.user ?? "root";
  const password = options.password ?? "calvin";
  const stop = async (signal: NodeJS.Signals = "SIGTERM") => {
    await end(child, signal);
    if (options.dir === undefined) rmSync(dir, { recursive: true, force: true });
  };
  try {
    await waitUp(child, address, port, log);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    address,
    port,
    user,
    password,
    guid,
    dir,
    log,
    stop,
    pid: child.pid ?? 0,
    power: () => (read(join(dir, "power")).trim() === "1" ? "on" : "off"),
    setPower: (state) => writeFileSync(join(dir, "power"), state === "on" ? "1\n" : "0\n"),
    boot: () => read(join(dir, "boot")).trim(),
    orders: () => read(join(dir, "orders")).split("\n").filter(Boolean),
    ipmitool: (...args) => [
      "-I",
      "lanplus",
      "-C",
      "3",
      "-H",
      address,
      "-p",
      String(port),
      "-U",
      user,
      "-P",
      password,
      ...args,
    ],
    [Symbol.asyncDispose]: () => stop(),
  };
}
