import { milliseconds, type Ms } from "#base/units.ts";

/** Answers that are none: what hostile or broken services send with status 200. */
export type Garbage =
  /** A login page. */
  | "html"
  /** JSON that ends in the middle. */
  | "truncated"
  /** JSON of {@link HttpFaults.hugeBytes} bytes. */
  | "huge"
  /** Objects 100,000 levels deep. */
  | "deep"
  /** A resource whose links lead to ever new resources, and back. */
  | "endless-links"
  /** Every property has a type that it should not have. */
  | "wrong-types"
  /** An array, a number or a text instead of an object. */
  | "no-object"
  /** Bytes that are not even text. */
  | "noise";

/** What error bodies look like. */
export type ErrorForm = "standard" | "single" | "no-info" | "bare" | "text" | "html" | "empty";

/** An error instead of the request's own answer. */
export interface Failure {
  method?: string;
  /** Paths that it holds for; default all. */
  path?: RegExp;
  /** The first so many requests that fit; without it all. */
  times?: number;
  status: number;
  /** `Base.1.8.GeneralError` and the like. */
  messageId?: string;
  message?: string;
  messageArgs?: readonly string[];
  /** Seconds, for the `Retry-After` header. */
  retryAfter?: number;
}

export interface HttpFaults {
  /** Requests are taken and never answered. */
  silent: boolean;
  /** Before each answer, or before those to paths that fit. */
  delay: Ms;
  delayFor: RegExp | undefined;
  failures: Failure[];
  garbage: Garbage | "none";
  /** Which requests get the garbage; default all. */
  garbageFor: RegExp | undefined;
  hugeBytes: number;
  errorForm: ErrorForm;
  /** `hang`: after three answers a kept connection swallows what is sent over it. */
  connections: "kept" | "closed" | "hang";
  /** `when-asked`: gzip for those who accept it, which makes ETags weak. */
  compression: "none" | "when-asked";
  /** `Accept-Encoding: identity` is answered 406 (HPE Gen10 Plus registries). */
  identityRefused: boolean;
  /** Between `/redfish/v1` and `/redfish/v1/`. */
  rootRedirect: "none" | "to-slash" | "from-slash";
  /** `$expand`; `drops-required` leaves Id, Name and type out of the expanded members (AMI). */
  expand: "advertised" | "ignored" | "refused" | "drops-required";
  /** Collections give so many members a page, and a nextLink. */
  pageSize: number | undefined;
}

export interface EtagFaults {
  /** `doubly-quoted`: the header's is quoted twice, only `@odata.etag` can be used; `body-only`, `header-only`: the other is absent. */
  form: "none" | "strong" | "weak" | "doubly-quoted" | "body-only" | "header-only";
  /**
   * - `optional`: checked when it is there;
   * - `required`: without it 428;
   * - `weak-refused`: a weak one never matches (iDRAC 10 1.20);
   * - `refused`: any If-Match is answered 412;
   * - `star-only`: nothing but `*` matches (XCC);
   * - `none-match`: wanted in If-None-Match (DGX boot order).
   */
  ifMatch: "optional" | "required" | "weak-refused" | "refused" | "star-only" | "none-match";
  /** A write that follows another within this time is answered 412 once, whatever it carries (XCC). */
  spacing: Ms;
}

export interface PowerFaults {
  /** Reset is answered like a success, and nothing happens. */
  commands: "obeyed" | "ignored";
  /** PowerState as it was this long ago. */
  reportedLate: Ms;
  /** PoweringOn and PoweringOff are shown while a change is under way. */
  transitions: boolean;
  /** Where the values of ResetType are told. */
  valuesIn: "as-recorded" | "action" | "action-info" | "nowhere";
  /** Instead of the recorded values. */
  values: readonly string[] | undefined;
  /** ForceRestart, PowerCycle and the like of a machine that is off. */
  restartWhenOff: "refused" | "ignored" | "starts";
  /** On of a machine that is on, ForceOff of one that is off. */
  unchanged: "accepted" | "refused";
  /** After a power-off `On` is answered 409 ActionParameterValueConflict for this long (iDRAC 10). */
  onRefusedAfterOff: Ms;
  /** After any power change everything that writes is answered 400 InvalidOperationForSystemState for this long (iLO). */
  busyAfterChange: Ms;
  /** The Reset action is not there at all. */
  noAction: boolean;
}

export interface BootFaults {
  /**
   * - `ignored`: kept and read back right, but the firmware boots from disk all the same;
   * - `dropped`: answered like a success and not kept;
   * - `reverted`: kept, but gone after {@link BootFaults.reverts};
   * - `uefi-ignored`: like `ignored`, for UEFI overrides only;
   * - `not-cleared`: a once-override works again at every boot;
   * - `once-only`: a persistent override is gone after one boot.
   */
  override: "kept" | "ignored" | "dropped" | "reverted" | "uefi-ignored" | "not-cleared" | "once-only";
  reverts: Ms;
  /** For this long after a write the old words are read back. */
  shownAfter: Ms;
  /** What a PATCH of the override has to hold: anything, Enabled (Supermicro), or Target, Enabled and Mode together (AMI). */
  needs: "anything" | "enabled" | "all-three";
  /** Where it may be sent: the System, its settings resource, or what the recording shows. Elsewhere it is answered 400. */
  patchAt: "as-recorded" | "system" | "settings" | "both";
  allowableIn: "as-recorded" | "system" | "settings" | "nowhere";
  /** A new target without a mode makes the mode Legacy (Supermicro). */
  modeFallsBack: boolean;
  /** An Enabled that is sent unchanged is answered 400. */
  unchangedEnabledRefused: boolean;
  /** A value outside the allowable ones: 400, or 200 and nothing happens (Supermicro). */
  badValue: "refused" | "accepted";
  /** Targets that read back as something else: `{ Pxe: "UefiBootNext" }` (Supermicro). */
  readsBackAs: Readonly<Record<string, string>>;
  /** While the host is in POST, writes of Boot are answered 400 UnableToModifyDuringSystemPOST (iLO). */
  inPost: "allowed" | "refused";
  /** A changed mode is a job that waits for a restart (iDRAC), or is refused. */
  modeChange: "at-once" | "job" | "refused";
  /** Targets that boot what lies in the virtual drive; other CD targets mean the physical one, which is empty. */
  virtualCd: readonly string[];
  /** iDRAC's OEM road: manager Attributes `ServerBoot.1.*`. `busy`: 503; `job-queued`: 400 RAC0679. */
  attributes: "work" | "busy" | "job-queued";
}

export interface SessionFaults {
  /** How Location of a new session is written. */
  location: "relative" | "absolute" | "missing";
  /** New sessions are refused as if the table was full, whatever it holds. */
  full: boolean;
  /** 503 with RAC0218 (iDRAC), or 400 with CreateLimitReachedForResource. */
  fullAs: "RAC0218" | "CreateLimitReached";
  /** Session requests are answered 404: there is no session service. */
  absent: boolean;
  basic: "allowed" | "refused";
  /** Tokens die after so many requests. */
  tokenUses: number | undefined;
}

export interface TaskFaults {
  /** Which requests are answered 202 with a task: none, resets, or every write. */
  for: "nothing" | "resets" | "writes";
  /** What Location shows: the task, a monitor, an iDRAC job, or nothing at all. */
  location: "task" | "monitor" | "job" | "missing";
  lasts: Ms;
  ends: "Completed" | "CompletedWithErrors" | "Exception" | "Killed" | "never";
  /** A finished task is not there any more: 404 after Running. */
  vanishes: boolean;
  /** So many requests for a new task are answered 404 (iDRAC). */
  lateBy: number;
  /** Old Dell: `EndTime: "TIME_NA"` and `MessageID`. */
  oddProperties: boolean;
}

export interface AccountFaults {
  /** Accounts that must change their password first: all else is answered 403 PasswordChangeRequired. */
  changeRequired: Set<string>;
  /** A new password is answered like a success and not kept. */
  passwords: "kept" | "dropped";
  /** Accounts that are made here may use Redfish only, until AccountTypes says otherwise (newer Supermicro, XCC). */
  newOnes: "everywhere" | "redfish-only";
  /** `IPMI` is added to AccountTypes only together with a new password (XCC). */
  ipmiNeedsPassword: boolean;
}

/** Recorded oddities of single properties, on whatever tree. */
export type Distortion =
  | "no-vendor"
  | "null-model"
  | "null-members"
  | "null-account-types"
  | "no-managed-by"
  | "zero-uuid"
  | "empty-uuid"
  | "odd-dates"
  | "numbers-as-text"
  | "dangling-members"
  | "capabilities-member"
  | "slashed-links"
  | "bare-root"
  | "no-nics-before-post";

/**
 * What a simulated Redfish service does wrong. Everything may be changed while it runs, and holds from the next request on. Each is something that
 * real controllers were seen doing; a service that was given a vendor begins with that vendor's habits.
 */
export interface RedfishFaults {
  http: HttpFaults;
  etag: EtagFaults;
  power: PowerFaults;
  boot: BootFaults;
  sessions: SessionFaults;
  tasks: TaskFaults;
  accounts: AccountFaults;
  distortions: Set<Distortion>;
  /** Called before each request is answered; the place to restart the BMC in mid-session or to pull a cable. */
  beforeRequest: ((method: string, path: string) => void) | undefined;
}

/** Some of the switches. */
export type SomeFaults = {
  [Group in "http" | "etag" | "power" | "boot" | "sessions" | "tasks" | "accounts"]?: Partial<RedfishFaults[Group]>;
} & { distortions?: Iterable<Distortion> };

const http: HttpFaults = {
  silent: false,
  delay: milliseconds(0),
  delayFor: undefined,
  failures: [],
  garbage: "none",
  garbageFor: undefined,
  hugeBytes: 64 * 1024 * 1024,
  errorForm: "standard",
  connections: "kept",
  compression: "none",
  identityRefused: false,
  rootRedirect: "none",
  expand: "advertised",
  pageSize: undefined,
};
const etag: EtagFaults = { form: "none", ifMatch: "optional", spacing: milliseconds(0) };
const power: PowerFaults = {
  commands: "obeyed",
  reportedLate: milliseconds(0),
  transitions: false,
  valuesIn: "as-recorded",
  values: undefined,
  restartWhenOff: "refused",
  unchanged: "accepted",
  onRefusedAfterOff: milliseconds(0),
  busyAfterChange: milliseconds(0),
  noAction: false,
};
const boot: BootFaults = {
  override: "kept",
  reverts: milliseconds(500),
  shownAfter: milliseconds(0),
  needs: "anything",
  patchAt: "as-recorded",
  allowableIn: "as-recorded",
  modeFallsBack: false,
  unchangedEnabledRefused: false,
  badValue: "refused",
  readsBackAs: {},
  inPost: "allowed",
  modeChange: "at-once",
  virtualCd: ["Cd", "CD/DVD", "UefiCd", "UsbCd", "UefiUsbCd"],
  attributes: "work",
};
const sessions: SessionFaults = {
  location: "relative",
  full: false,
  fullAs: "CreateLimitReached",
  absent: false,
  basic: "allowed",
  tokenUses: undefined,
};
const tasks: TaskFaults = {
  for: "nothing",
  location: "task",
  lasts: milliseconds(1000),
  ends: "Completed",
  vanishes: false,
  lateBy: 0,
  oddProperties: false,
};

const accounts: Omit<AccountFaults, "changeRequired"> = {
  passwords: "kept",
  newOnes: "everywhere",
  ipmiNeedsPassword: false,
};

/** A service that does everything right, but for the given. */
export function redfishFaults(...some: readonly SomeFaults[]): RedfishFaults {
  const laid = <Group extends object>(base: Group, pick: (one: SomeFaults) => Partial<Group> | undefined): Group =>
    some.reduce((whole, one) => ({ ...whole, ...pick(one) }), base);
  return {
    http: laid({ ...http, failures: [] }, (one) => one.http),
    etag: laid({ ...etag }, (one) => one.etag),
    power: laid({ ...power }, (one) => one.power),
    boot: laid({ ...boot }, (one) => one.boot),
    sessions: laid({ ...sessions }, (one) => one.sessions),
    tasks: laid({ ...tasks }, (one) => one.tasks),
    accounts: laid<AccountFaults>({ ...accounts, changeRequired: new Set() }, (one) => one.accounts),
    distortions: new Set(some.flatMap((one) => [...(one.distortions ?? [])])),
    beforeRequest: undefined,
  };
}
