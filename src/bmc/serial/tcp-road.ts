import { systemClock, type Clock } from "#base/clock.ts";
import { seconds } from "#base/units.ts";
import { RackhandError } from "#base/errors.ts";
import type { Connection, Road, RoadHooks } from "./road.ts";
import { noBreak } from "./no-break.ts";

export interface TcpRoadTarget {
  machine: string;
  host: string;
  port: number;
}

const nothing = new Uint8Array(0);

/** A serial port that something else serves as a plain TCP stream: a console server, ser2net, QEMU. */
export class TcpRoad implements Road {
  readonly diesOfReset = false;
  readonly #target: TcpRoadTarget;
  readonly #clock: Clock;

  constructor(target: TcpRoadTarget, clock: Clock = systemClock) {
    this.#target = target;
    this.#clock = clock;
  }

  get name(): string {
    return `TCP to ${this.#target.host}:${this.#target.port}`;
  }

  get machine(): string {
    return this.#target.machine;
  }

  leave(): Uint8Array {
    return nothing;
  }

  async connect(hooks: RoadHooks, { signal }: { signal: AbortSignal }): Promise<Connection> {
    const { dial } = await import("#protocols/ssh/dial.ts");
    const { host, port, machine } = this.#target;
    const socket = await dial(host, port, { timeout: seconds(10), signal, clock: this.#clock });
    socket.setNoDelay(true);
    socket.setKeepAlive(true, seconds(15));
    let open = true;
    const end = (why: string) => {
      if (!open) return;
      open = false;
      socket.destroy();
      hooks.end({ why: "lost", detail: why });
    };
    socket.on("data", hooks.data);
    socket.on("error", (error) => end(error.message));
    socket.on("close", () => end("the other side hung up"));
    const lost = () => new RackhandError("console.lost", "the connection ended", { subject: machine });
    return {
      write: (bytes) =>
        new Promise((resolve, reject) => {
          if (!open) return reject(lost());
          socket.write(bytes, (error) => (error ? reject(lost()) : resolve()));
        }),
      break: () => noBreak(machine, "over plain TCP"),
      close: async () => {
        open = false;
        socket.destroySoon();
      },
    };
  }
}
