import { systemClock, type Clock } from "#base/clock.ts";
import { formatDuration, milliseconds, type Ms } from "#base/units.ts";
import { DialError } from "#protocols/ssh/dial.ts";
import type { Look, Looker, Probe } from "./probe.ts";
import { lookByHttp } from "./kinds/http.ts";
import { lookByIcmp } from "./kinds/icmp.ts";
import { lookBySsh } from "./kinds/ssh.ts";
import { lookByTcp } from "./kinds/tcp.ts";

/** A connection that takes too long ends first, by its own clock: it knows whether the fault is ours. */
const grace = 250;

/** What one kind of look needs to know. `signal` aborts when the time is over or the caller gives up. */
export interface LookContext {
  timeout: Ms;
  clock: Clock;
  signal: AbortSignal;
}

/** The answer of one kind, without the time it took. */
export type Answer = Pick<Look, "outcome" | "detail">;

/** Makes one look. Names are looked up anew each time. Never throws but for the signal. */
export const look: Looker = async (probe, { timeout, signal, clock = systemClock }) => {
  signal?.throwIfAborted();
  const begun = clock.monotonic();
  const over = new AbortController();
  const stop = () => over.abort(signal?.reason);
  signal?.addEventListener("abort", stop, { once: true });
  const late = clock.sleep(milliseconds(timeout + grace), over.signal).then(
    () => over.abort(new LookTimeout()),
    () => {},
  );
  try {
    const answer = await by(probe, { timeout, clock, signal: over.signal });
    return { ...answer, ms: Math.round(clock.monotonic() - begun) };
  } catch (error) {
    signal?.throwIfAborted();
    return { ...failure(error, timeout), ms: Math.round(clock.monotonic() - begun) };
  } finally {
    signal?.removeEventListener("abort", stop);
    over.abort();
    await late;
  }
};

class LookTimeout extends Error {}

function by(probe: Probe, context: LookContext): Promise<Answer> {
  if (probe.kind === "tcp") return lookByTcp(probe, context);
  if (probe.kind === "ssh") return lookBySsh(probe, context);
  if (probe.kind === "http") return lookByHttp(probe, context);
  return lookByIcmp(probe, context);
}

/** Connections that did not come about, and silence; anything else is a fault of ours. */
function failure(error: unknown, timeout: Ms): Answer {
  if (error instanceof DialError) {
    return { outcome: error.blame === "ours" ? "not-made" : "not-ready", detail: error.message };
  }
  if (error instanceof LookTimeout) {
    return { outcome: "not-ready", detail: `no answer in ${formatDuration(timeout)}` };
  }
  return { outcome: "not-made", detail: `could not look: ${error instanceof Error ? error.message : String(error)}` };
}
