import { createHash } from "node:crypto";
import type { RackhandError } from "#base/errors.ts";
import type { Secret } from "#base/secret.ts";
import { TooSoonError } from "../errors.ts";

interface Wrong {
  error: RackhandError;
  fingerprint: string;
  at: number;
}

export interface Login {
  username: string;
  password: Secret;
}

/** Another password for the same BMC is let through no sooner: more than one wrong one a minute locks accounts. */
const apart = 60_000;
const wrong = new Map<string, Wrong>();

function fingerprint({ username, password }: Login): string {
  return createHash("sha256")
    .update(JSON.stringify([username, password.reveal()]))
    .digest("base64");
}

/**
 * Throws what the BMC said the first time when these credentials were refused there before, in this process; and within a minute of a wrong password
 * for any others. Sends nothing.
 */
export function mayTry(bmc: string, subject: string, login: Login, now: number): void {
  const before = wrong.get(bmc);
  if (before === undefined) return;
  if (before.fingerprint === fingerprint(login)) throw before.error;
  const left = before.at + apart - now;
  if (left > 0) throw new TooSoonError(subject, Math.ceil(left / 1000));
}

/** Remembers that these credentials are wrong there. */
export function wasWrong(bmc: string, login: Login, error: RackhandError, now: number): void {
  wrong.set(bmc, { error, fingerprint: fingerprint(login), at: now });
}

/** Forgets what was wrong with a BMC: somebody set the password there. */
export function forgetWrong(bmc: string): void {
  wrong.delete(bmc);
}
