import { execFile } from "node:child_process";
import { isIPv6 } from "node:net";
import { resolveHost } from "#protocols/ssh/dial.ts";
import { downLinkTo } from "#protocols/ssh/own-link.ts";
import type { Answer, LookContext } from "../look.ts";
import type { Probe } from "../probe.ts";

/** Ready when an echo is answered. Raw sockets need root, so the system's `ping` does it. */
export async function lookByIcmp(probe: Extract<Probe, { kind: "icmp" }>, context: LookContext): Promise<Answer> {
  const [address = probe.host] = await resolveHost(probe.host, context);
  const { code, text } = await ping(address, context);
  if (code === 0) return { outcome: "ready", detail: `${probe.host} answers ping` };
  if (code === "ENOENT") {
    return {
      outcome: "not-made",
      detail: "could not look: there is no 'ping' program here; install iputils-ping, or use tcp",
    };
  }
  const link = await downLinkTo(address);
  if (link !== undefined)
    return { outcome: "not-made", detail: `no way to ${probe.host}: the link of this host's own ${link} is down` };
  // iputils: 1 no answer, 2 anything else, such as no route or no right to send.
  if (code === 1 || context.signal.aborted)
    return { outcome: "not-ready", detail: `${probe.host} does not answer ping` };
  return { outcome: "not-made", detail: `could not look: ${text || `ping ended with ${code}`}` };
}

function ping(address: string, { timeout, signal }: LookContext): Promise<{ code: number | string; text: string }> {
  const seconds = Math.max(1, Math.ceil(timeout / 1000));
  const family = isIPv6(address.split("%")[0] ?? "") ? "-6" : "-4";
  return new Promise((resolve) => {
    execFile(
      "ping",
      [family, "-n", "-q", "-c", "1", "-W", String(seconds), address],
      { signal },
      (error, _out, stderr) => {
        resolve({
          code: error ? (error.code ?? "killed") : 0,
          text: stderr.trim().split("\n")[0]?.slice(0, 200) ?? "",
        });
      },
    );
  });
}
