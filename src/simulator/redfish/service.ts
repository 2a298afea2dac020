import type { IncomingHttpHeaders } from "node:http";
import type { Clock } from "#base/clock.ts";
import type { Accounts } from "../ipmi/accounts.ts";
import type { Account } from "../bmc.ts";
import type { RedfishFaults } from "../redfish-faults.ts";
import type { RedfishCounts } from "./counts.ts";
import type { Resource } from "./json.ts";
import type { Reply } from "./refusal.ts";
import type { Tree } from "./tree.ts";
import type { Vendor } from "./vendors.ts";

/** One request, after its body was read and before anything was done. */
export interface Request {
  method: string;
  /** As asked for, without query and without slashes at the end. */
  path: string;
  /** Fit to be compared. */
  key: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: Resource;
  /** Host and port that the client believes it talks to. */
  origin: string;
  user: Required<Account> | undefined;
}

/** Something that gives life to some of the recorded resources. */
export interface Living {
  /** A resource as it is now; `body` is what is known of it so far. Undefined: there is none. */
  view?(key: string, body: Resource | undefined): Resource | undefined;
  /** Answers what it is responsible for; throws a Refusal where it must not be. Undefined: not its business. */
  handle?(request: Request): Reply | undefined;
}

/** What all parts of one service share. */
export interface Service {
  readonly tree: Tree;
  readonly vendor: Vendor;
  readonly clock: Clock;
  readonly faults: RedfishFaults;
  readonly counts: RedfishCounts;
  readonly accounts: Accounts;
  /** A resource as it is now. */
  read(path: string): Resource | undefined;
  /** Changes that were written and that nobody gives a meaning to. */
  readonly written: Map<string, Resource>;
  /** Restarts the controller at once. */
  restart(): void;
  /** When the controller was started last, on its monotonic clock. */
  startedAt(): number;
}
