import { dial, hostPort } from "#protocols/ssh/dial.ts";
import type { Answer, LookContext } from "../look.ts";
import type { Probe } from "../probe.ts";

/** Ready when the port accepts a connection. */
export async function lookByTcp(probe: Extract<Probe, { kind: "tcp" }>, context: LookContext): Promise<Answer> {
  const socket = await dial(probe.host, probe.port, context);
  socket.on("error", () => socket.destroy()).destroy();
  return { outcome: "ready", detail: `${hostPort(probe.host, probe.port)} accepts connections` };
}
