/** What the operating system is told when a command ends (design: 0 done, 1 failed, 2 usage or configuration, 3 could not reach, 4 refused). */
export const ExitCode = {
  done: 0,
  failed: 1,
  usage: 2,
  unreachable: 3,
  refused: 4,
  own: 125,
  interrupted: 130,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

export interface ErrorOptions {
  /** What to do next, one sentence for a person. */
  advice?: string;
  /** The same attempt may succeed later without anybody changing anything. */
  retryable?: boolean;
  exitCode?: ExitCode;
  /** Machine, host:port, file or run that the message speaks of. */
  subject?: string;
  /** Facts for scripts, fit for JSON (`{ tries: […] }`). */
  details?: { readonly [key: string]: unknown };
  cause?: unknown;
}

/**
 * The root of every error that rackhand throws on purpose. `code` is stable and dotted (`bmc.auth.password`); scripts rely on it.
 * The message says who, and what was being done; `advice` says what to do next. No secret ever gets in.
 */
export class RackhandError extends Error {
  readonly code: string;
  readonly advice: string | undefined;
  readonly retryable: boolean;
  readonly exitCode: ExitCode;
  readonly subject: string | undefined;
  readonly details: { readonly [key: string]: unknown } | undefined;

  constructor(code: string, message: string, options: ErrorOptions = {}) {
    super(
      options.subject ? `${options.subject}: ${message}` : message,
      options.cause === undefined ? {} : { cause: options.cause },
    );
    this.name = new.target.name;
    this.code = code;
    this.advice = options.advice;
    this.retryable = options.retryable ?? false;
    this.exitCode = options.exitCode ?? ExitCode.failed;
    this.subject = options.subject;
    this.details = options.details;
  }
}

/** Bad arguments, bad configuration, a missing secret: nothing was begun. Exit code 2. */
export class UsageError extends RackhandError {
  constructor(code: string, message: string, options: ErrorOptions = {}) {
    super(code, message, { exitCode: ExitCode.usage, ...options });
  }
}

/** The other side could not be reached, so nothing is known about it. Exit code 3, retryable. */
export class UnreachableError extends RackhandError {
  constructor(code: string, message: string, options: ErrorOptions = {}) {
    super(code, message, { exitCode: ExitCode.unreachable, retryable: true, ...options });
  }
}

/** A safety rule or another owner forbids it. Exit code 4. */
export class RefusedError extends RackhandError {
  constructor(code: string, message: string, options: ErrorOptions = {}) {
    super(code, message, { exitCode: ExitCode.refused, ...options });
  }
}

/** A deadline passed. */
export class TimeoutError extends RackhandError {
  constructor(code: string, message: string, options: ErrorOptions = {}) {
    super(code, message, { retryable: true, ...options });
  }
}

/** The work was cancelled by a person or a signal. Exit code 130. */
export class CancelledError extends RackhandError {
  constructor(message = "cancelled", options: ErrorOptions = {}) {
    super("cancelled", message, { exitCode: ExitCode.interrupted, ...options });
  }
}

/** A plain description of any thrown value, fit for JSON and for the database. */
export interface ErrorRecord {
  code: string;
  message: string;
  advice?: string;
  retryable: boolean;
  exitCode: ExitCode;
  details?: { readonly [key: string]: unknown };
}

/** Turns any thrown value into an {@link ErrorRecord}; foreign errors become `internal` with their message only (no stack). */
export function errorRecord(error: unknown): ErrorRecord {
  if (error instanceof RackhandError) {
    const { code, message, advice, retryable, exitCode, details } = error;
    return {
      code,
      message,
      ...(advice === undefined ? {} : { advice }),
      retryable,
      exitCode,
      ...(details === undefined ? {} : { details }),
    };
  }
  if (error instanceof Error && error.name === "AbortError") {
    return { code: "cancelled", message: "cancelled", retryable: false, exitCode: ExitCode.interrupted };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { code: "internal", message, retryable: false, exitCode: ExitCode.failed };
}

/** Brings a recorded error back as a {@link RackhandError}, with its code, advice and exit code. */
export function errorFromRecord(record: ErrorRecord): RackhandError {
  return new RackhandError(record.code, record.message, record);
}
