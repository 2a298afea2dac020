import { RackhandError, type ErrorOptions } from "#base/errors.ts";

/** Bytes that are not what the specification says. All decoders of this part throw this and nothing else. */
export class MalformedError extends RackhandError {
  constructor(message: string, options: ErrorOptions = {}) {
    super("ipmi.malformed", message, options);
  }
}
