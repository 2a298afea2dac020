import { RackhandError } from "#base/errors.ts";
import { readBanner } from "#protocols/ssh/banner.ts";
import { dial, DialError, hostPort } from "#protocols/ssh/dial.ts";
import { sshRun } from "#protocols/ssh/run.ts";
import type { Answer, LookContext } from "../look.ts";
import type { Probe, SshLogin } from "../probe.ts";

type SshProbe = Extract<Probe, { kind: "ssh" }>;

/** Ready when an SSH server greets; with a login when it lets us in; with a command when that ends with 0. */
export function lookBySsh(probe: SshProbe, context: LookContext): Promise<Answer> {
  return probe.login ? byCommand(probe, probe.login, context) : byBanner(probe, context);
}

async function byBanner({ host, port }: SshProbe, context: LookContext): Promise<Answer> {
  const where = hostPort(host, port);
  const socket = await dial(host, port, context);
  try {
    const banner = await readBanner(socket, context.signal);
    if (banner === undefined) return { outcome: "not-ready", detail: `${where} accepts, but no SSH server greets` };
    return { outcome: "ready", detail: `${where} answers ${banner}` };
  } catch (error) {
    if (!context.signal.aborted) throw error;
    return { outcome: "not-ready", detail: `${where} accepts, but says nothing` };
  } finally {
    socket.destroy();
  }
}

/** Our own login refused, or a host key nobody vouched for, says nothing about the machine's health. */
const ours = new Set(["ssh.auth", "ssh.host-key", "ssh.key"]);

async function byCommand(probe: SshProbe, login: SshLogin, context: LookContext): Promise<Answer> {
  const { host, port, command = "true" } = probe;
  const { timeout, clock, signal } = context;
  const where = hostPort(host, port);
  try {
    const { exitCode } = await sshRun({ host, port, login, command, connectTimeout: timeout, clock, signal });
    const detail = `${where}: '${command}' ended with ${exitCode}`;
    return { outcome: exitCode === 0 ? "ready" : "not-ready", detail };
  } catch (error) {
    if (error instanceof DialError || !(error instanceof RackhandError)) throw error;
    return { outcome: ours.has(error.code) ? "not-made" : "not-ready", detail: error.message };
  }
}
