import { systemClock, type Clock } from "#base/clock.ts";
import type { SerialFacet } from "./serial.ts";
import { openLine } from "./serial/kept-line.ts";
import { SshRoad, type SshRoadTarget } from "./serial/ssh-road.ts";
import { TcpRoad, type TcpRoadTarget } from "./serial/tcp-road.ts";
import { WebSocketRoad, type WebSocketRoadTarget } from "./serial/websocket-road.ts";
import type { Road } from "./serial/road.ts";

/** A serial console that is reached otherwise than by SOL. */
export type SerialTarget =
  | ({ kind: "ssh" } & SshRoadTarget)
  | ({ kind: "tcp" } & TcpRoadTarget)
  | ({ kind: "websocket" } & WebSocketRoadTarget);

/** The console at the end of that road. Sends nothing before it is opened. */
export function serialConsole(target: SerialTarget, clock: Clock = systemClock): SerialFacet {
  const { name } = road(target, clock);
  return { name, open: (options) => openLine(road(target, clock), clock, options) };
}

function road(target: SerialTarget, clock: Clock): Road {
  if (target.kind === "ssh") return new SshRoad(target, clock);
  return target.kind === "tcp" ? new TcpRoad(target, clock) : new WebSocketRoad(target, clock);
}
