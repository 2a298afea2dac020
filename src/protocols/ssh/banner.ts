import type { Socket } from "node:net";

/** A server may say other lines first (RFC 4253 §4.2); more than this is no SSH server. */
const mostBytes = 8192;

/**
 * What a server says of itself: `SSH-2.0-OpenSSH_9.2p1`. Undefined when it says something else or hangs up. Resolves at the end of the line, the socket's end,
 * or when `signal` aborts (rejects with its reason). The caller closes the socket.
 */
export function readBanner(socket: Socket, signal: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    let heard = "";
    const done = (act: () => void) => {
      signal.removeEventListener("abort", abort);
      socket.off("data", hear).off("close", end).on("error", ignore);
      act();
    };
    const abort = () => done(() => reject(signal.reason as Error));
    const end = () => done(() => resolve(undefined));
    const hear = (chunk: Buffer) => {
      heard += chunk.toString("latin1");
      const banner = /^(SSH-[^\r\n]{1,253})\r?\n/m.exec(heard)?.[1];
      if (banner !== undefined) done(() => resolve(banner.replaceAll(/[^\x20-\x7e]/g, "?")));
      else if (heard.length > mostBytes) end();
    };
    if (signal.aborted) return reject(signal.reason as Error);
    signal.addEventListener("abort", abort, { once: true });
    socket.on("data", hear).on("close", end).on("error", ignore);
  });
}

function ignore(): void {
  // 'close' follows and says it all.
}
