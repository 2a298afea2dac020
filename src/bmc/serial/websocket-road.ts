import type { Clock } from "#base/clock.ts";
import type { Secret } from "#base/secret.ts";
import type { Connection, Road, RoadHooks } from "./road.ts";
import { noBreak } from "./no-break.ts";

export interface WebSocketRoadTarget {
  machine: string;
  url: string;
  login?: { username: string; password: Secret };
  certificate?: string;
}

const nothing = new Uint8Array(0);

/** A console in a WebSocket, as OpenBMC has it at `/console0`. */
export class WebSocketRoad implements Road {
  readonly diesOfReset = false;
  readonly #target: WebSocketRoadTarget;
  readonly #clock: Clock;

  constructor(target: WebSocketRoadTarget, clock: Clock) {
    this.#target = target;
    this.#clock = clock;
  }

  get name(): string {
    return `WebSocket at ${new URL(this.#target.url).host}`;
  }

  get machine(): string {
    return this.#target.machine;
  }

  leave(): Uint8Array {
    return nothing;
  }

  async connect(hooks: RoadHooks, { signal }: { signal: AbortSignal }): Promise<Connection> {
    const { openWebSocket } = await import("#protocols/websocket/stream.ts");
    const end = (why: string) => hooks.end({ why: "lost", detail: why });
    const stream = await openWebSocket({ ...this.#target, clock: this.#clock, signal, data: hooks.data, end });
    return {
      write: (bytes) => stream.write(bytes),
      break: () => noBreak(this.machine, "through a WebSocket"),
      close: () => stream.close(),
    };
  }
}
