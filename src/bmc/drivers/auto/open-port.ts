import { connect } from "node:net";
import type { Ms } from "#base/units.ts";

/** The first of the TCP ports that takes a connection, asked all at once. Sends nothing. */
export async function openPort(
  host: string,
  ports: readonly number[],
  within: Ms,
  signal?: AbortSignal,
): Promise<number | undefined> {
  const open = await Promise.all(ports.map((port) => isOpen(host, port, within, signal)));
  return ports.find((_, index) => open[index]);
}

function isOpen(host: string, port: number, within: Ms, signal?: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, ...(signal ? { signal } : {}) });
    const tell = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket.setTimeout(within, () => tell(false));
    socket.once("connect", () => tell(true));
    socket.once("error", () => tell(false));
  });
}
