import { createHash } from "node:crypto";
import type { RackhandError } from "#base/errors.ts";
import { TooSoonError } from "../errors.ts";
import type { Credentials } from "./credentials.ts";

interface Wrong {
  error: RackhandError;
  fingerprint: string;
  at: number;
}

/** Another password for the same BMC is let through no sooner: more than one wrong one a minute locks accounts. */
const apart = 60_000;
const wrong = new Map<string, Wrong>();

function fingerprint({ name, password, kg }: Credentials): string {
  const hash = createHash("sha256");
  for (const part of [name, password.inner, kg?.inner ?? new Uint8Array(0)])
    hash.update(Uint8Array.of(part.length)).update(part);
  return hash.digest("base64");
}

/**
 * Throws what the BMC said the first time when these credentials were refused there before, in this process; and within a minute of a wrong password
 * for any others. Sends nothing.
 */
export function mayTry(bmc: string, subject: string, given: Credentials, now: number): void {
  const before = wrong.get(bmc);
  if (before === undefined) return;
  if (before.fingerprint === fingerprint(given)) throw before.error;
  const left = before.at + apart - now;
  if (left > 0) throw new TooSoonError(subject, Math.ceil(left / 1000));
}

/** Remembers that these credentials are wrong there. */
export function wasWrong(bmc: string, given: Credentials, error: RackhandError, now: number): void {
  wrong.set(bmc, { error, fingerprint: fingerprint(given), at: now });
}

/** Forgets what was wrong with a BMC: somebody set the password there. */
export function forgetWrong(bmc: string): void {
  wrong.delete(bmc);
}
