import type { Duplex } from "node:stream";
import { systemClock } from "#base/clock.ts";
import { seconds, type Ms } from "#base/units.ts";
import { ClosedError, SilentError } from "../errors.ts";
import type { RfbOptions, RfbTarget } from "../target.ts";
import { Wire } from "../wire/wire.ts";
import { dial } from "./dial.ts";
import { initialise, type Desktop } from "./initialise.ts";
import { logIn, type SecurityStory } from "./log-in.ts";
import type { Opening } from "./opening.ts";
import { limited } from "./time-limit.ts";
import { secure } from "./tls.ts";
import { agreeOnVersion, type Minor } from "./version.ts";

/** A connection that is ready for messages. */
export interface Opened {
  wire: Wire;
  subject: string;
  desktop: Desktop;
  version: Minor;
  security: SecurityStory;
}

export const defaultLargest = 4096 * 4096;

export function subjectOf({ name, host, port = 5900 }: RfbTarget): string {
  return name ?? (host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`);
}

/** Connects, agrees and logs in. Whatever fails, the connection is gone. */
export async function open(target: RfbTarget, options: RfbOptions): Promise<Opened> {
  const { clock = systemClock, within = seconds(10), signal } = options;
  const subject = subjectOf(target);
  const stream = await reach(target, options, subject);
  try {
    const late = () => new SilentError(subject, "while logging in", within);
    return await limited((over) => begin(stream, target, options, over), { clock, limit: within, late, signal });
  } catch (error) {
    stream.destroy();
    throw error;
  }
}

async function reach(target: RfbTarget, options: RfbOptions, subject: string): Promise<Duplex> {
  const { clock = systemClock, connect = 1800 as Ms, signal } = options;
  if (target.dial === undefined)
    return dial(target.host, target.port ?? 5900, { subject, clock, limit: connect, signal });
  const late = () => new SilentError(subject, "while connecting", connect);
  const stream = await limited(target.dial, { clock, limit: connect, late, signal });
  return stream.on("error", () => {});
}

async function begin(stream: Duplex, target: RfbTarget, options: RfbOptions, over: AbortSignal): Promise<Opened> {
  const subject = subjectOf(target);
  const { host, username, password, tls = {} } = target;
  const mode = tls.mode ?? "offered";
  const abort = () => stream.destroy(over.reason as Error);
  over.addEventListener("abort", abort, { once: true });
  try {
    const peer = {
      subject,
      host: target.dial === undefined ? host : "",
      legacy: tls.legacy ?? false,
      pin: tls.pin,
      onPin: (pin: string) => options.onPin?.(pin),
    };
    const carrier = mode === "outer" ? await secure(stream, { ...peer, anonymous: false }) : stream;
    const wire = new Wire(carrier, (cause) => new ClosedError(subject, "by the other side", cause));
    const opening: Opening = { wire, subject, username, password, mode, peer };
    const version = await agreeOnVersion(opening);
    const security = await logIn(opening, version);
    const desktop = await initialise(opening, options.shared ?? true, options.largest ?? defaultLargest);
    const outer = mode === "outer" ? `TLS with ${security}` : security;
    return { wire, subject, desktop, version, security: outer };
  } finally {
    over.removeEventListener("abort", abort);
  }
}
