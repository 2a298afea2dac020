import type { Clock } from "#base/clock.ts";
import type { Ms } from "#base/units.ts";
import type { SshLogin } from "#protocols/ssh/login.ts";

export type { SshLogin };

/** One readiness check, ready to be made. Hosts may be names; they are looked up anew for each look. */
export type Probe =
  | { kind: "tcp"; host: string; port: number }
  | { kind: "ssh"; host: string; port: number; login?: SshLogin; command?: string }
  | { kind: "http"; url: string; status?: readonly number[]; match?: string; insecure?: boolean }
  | { kind: "icmp"; host: string };

/**
 * - `ready`: the service does its job.
 * - `not-ready`: the look was made and the answer was no (refused, silence, wrong banner, exit code 1).
 * - `not-made`: the look says nothing about the machine: name not resolved, no route, own link down, our own credentials refused.
 */
export interface Look {
  outcome: "ready" | "not-ready" | "not-made";
  /** One line for people: `nas.example.net:22 answered SSH-2.0-OpenSSH_9.2 in 12 ms`. */
  detail: string;
  ms: number;
}

/** A probe with its patience, as the estate declares it. */
export interface ProbePlan {
  name: string;
  probe: Probe;
  within: Ms;
  /** Pause between two looks. */
  every: Ms;
  /** One look is given up after this. */
  timeout: Ms;
  /** Consecutive successes that count as ready (default 1) / failures that count as gone. */
  successes: number;
  failures: number;
}

/** Makes one look; never throws but for the signal. */
export type Looker = (probe: Probe, options: { timeout: Ms; signal?: AbortSignal; clock?: Clock }) => Promise<Look>;
