import { createSocket, type RemoteInfo } from "node:dgram";
import { once } from "node:events";

/** `out`: from the console to the BMC; `back`: the other way. */
export type Direction = "out" | "back";

/** What becomes of a datagram: as it is (undefined), nothing ([]), or these instead. `n` counts the datagrams of that direction from 0. */
export type Tamper = (direction: Direction, datagram: Buffer, n: number) => readonly Uint8Array[] | undefined;

export interface Relay extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** All that the console sent, in order. */
  readonly sent: readonly Buffer[];
  /** Replaces what is done from now on; counts go on. */
  tamper(how: Tamper): void;
  /** To the console, out of the blue. */
  inject(datagram: Uint8Array): void;
}

/** A UDP relay in front of a BMC that loses, doubles, swaps or forges datagrams as it is told. Knows one console: the last that spoke. */
export async function startRelay(
  target: { host: string; port: number },
  how: Tamper = () => undefined,
): Promise<Relay> {
  const front = createSocket("udp4");
  const back = createSocket("udp4");
  const sent: Buffer[] = [];
  const counted = { out: 0, back: 0 };
  let tamper = how;
  let console: RemoteInfo | undefined;
  const toConsole = (datagram: Uint8Array) => console && front.send(datagram, console.port, console.address);
  front.on("message", (datagram, from) => {
    console = from;
    sent.push(datagram);
    for (const one of tamper("out", datagram, counted.out++) ?? [datagram]) back.send(one, target.port, target.host);
  });
  back.on("message", (datagram) => {
    for (const one of tamper("back", datagram, counted.back++) ?? [datagram]) toConsole(one);
  });
  // The BMC behind may be gone: that is silence here.
  back.on("error", () => undefined);
  front.bind(0, "127.0.0.1");
  back.bind(0, "127.0.0.1");
  await Promise.all([once(front, "listening"), once(back, "listening")]);
  return {
    host: "127.0.0.1",
    port: front.address().port,
    sent,
    tamper: (next) => (tamper = next),
    inject: toConsole,
    async [Symbol.asyncDispose]() {
      front.close();
      back.close();
      await Promise.all([once(front, "close"), once(back, "close")]);
    },
  };
}
