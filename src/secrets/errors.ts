import type { ErrorOptions } from "#base/errors.ts";
import { UsageError } from "#base/errors.ts";

/** A secret that cannot be had, so nothing was begun. Codes `secret.missing`, `secret.denied`, `secret.unreadable`, `secret.sops.…`. Exit code 2. */
export class SecretError extends UsageError {
  /** The source as shown to people: `env:IPMI_PASSWORD`. */
  readonly source: string;

  constructor(code: string, source: string, message: string, options: ErrorOptions = {}) {
    super(`secret.${code}`, `secret ${source}: ${message}`, options);
    this.source = source;
  }
}
