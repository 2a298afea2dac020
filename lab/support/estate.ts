import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jsonLines, rackhand, startRackhand, type CliResult, type RunningCli } from "../../test/support/cli.ts";
import { temporaryState } from "../../test/support/state.ts";
import type { LabServer } from "./server.ts";

/** Somebody's computer with rackhand on it: an estate that declares the lab's server as `node1`, a state folder, and the two secrets. */
export interface Operator extends AsyncDisposable {
  /** Where those are, for programs that are started otherwise. */
  readonly estate: string;
  readonly state: string;
  readonly env: Record<string, string>;
  /** Runs `rackhand ARGS` to its end. */
  rackhand(...args: string[]): Promise<CliResult>;
  /** Starts it. */
  start(...args: string[]): RunningCli;
  /** Runs `rackhand ARGS --json`; its exit code and the objects that it printed, the last one the result. */
  json(...args: string[]): Promise<{ code: number; lines: Record<string, unknown>[]; result: Record<string, unknown> }>;
}

export interface OperatorOptions {
  /** How long one try may take. */
  within?: string;
  tries?: number;
  /** What proves readiness: sshd's banner, or a command over SSH whose host key is pinned. */
  ready?: "banner" | "command";
}

function documents({ bmc, ssh }: LabServer, options: OperatorOptions): string {
  const login = { host: ssh.host, port: ssh.port, credentials: "lab-root", command: "true", hostKey: ssh.hostKey };
  const check = options.ready === "command" ? login : { host: ssh.host, port: ssh.port };
  // YAML is a superset of JSON, and JSON needs no care with quotes.
  const machine = {
    kind: "Machine",
    name: "node1",
    bmc: { address: `${bmc.address}:${bmc.port}`, protocol: "ipmi", credentials: "lab-bmc" },
    probes: { ready: { ssh: check, within: options.within ?? "45s", every: "1s", timeout: "4s" } },
    wake: { tries: options.tries ?? 6, between: "reset" },
    stop: { within: "2m" },
  };
  const bmcLogin = {
    kind: "Credentials",
    name: "lab-bmc",
    for: ["bmc"],
    username: bmc.user,
    password: { env: "LAB_BMC" },
  };
  const key = { file: ssh.keyFile };
  const rootLogin = { kind: "Credentials", name: "lab-root", for: ["ssh"], username: "root", privateKey: key };
  return [machine, bmcLogin, rootLogin].map((document) => `---\n${JSON.stringify(document, null, 2)}\n`).join("");
}

/** Sits down at a computer that has never seen the server. */
export function startOperator(server: LabServer, options: OperatorOptions = {}): Operator {
  const estate = mkdtempSync(join(tmpdir(), "rackhand-estate-"));
  const state = temporaryState();
  writeFileSync(join(estate, "rackhand.yaml"), "");
  writeFileSync(join(estate, "lab.yaml"), documents(server, options));
  const cli = { estate, state: state.dir, env: { LAB_BMC: server.bmc.password }, timeout: 540_000 };
  const run = (...args: string[]) => rackhand(args, cli);
  return {
    estate,
    state: state.dir,
    env: cli.env,
    rackhand: run,
    start: (...args) => startRackhand(args, cli),
    json: async (...args) => {
      const done = await run(...args, "--json");
      const lines = jsonLines(done);
      return { code: done.code, lines, result: lines.at(-1) ?? {} };
    },
    [Symbol.asyncDispose]: async () => {
      await state[Symbol.asyncDispose]();
      rmSync(estate, { recursive: true, force: true });
    },
  };
}
