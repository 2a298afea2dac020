import type { ResponseCode } from "../errors.ts";
import type { Message } from "../messages.ts";

/** What a refusal can be known by: its status, and the last parts of message ids. In this order; ids are asked before statuses. */
interface Sign {
  code: ResponseCode;
  ids: RegExp;
  words?: RegExp;
}

/** Base and vendor registries; iDRAC's RAC…, SYS… and LC… codes; iLO's own names. */
const signs: readonly Sign[] = [
  { code: "redfish.license", ids: /licen[sc]e/i, words: /\b(un)?licen[sc]ed?\b|SFT-(OOB|DCMS)/i },
  { code: "redfish.password-change-required", ids: /^PasswordChangeRequired$/ },
  { code: "redfish.sessions-full", ids: /^(SessionLimitExceeded|RAC0218|MaximumSessions\w*|TooManySessions)$/ },
  {
    code: "redfish.post-window",
    ids: /^(UnableToModifyDuringSystemPOST|InvalidOperationForSystemState|\w*DuringPOST)$/i,
  },
  { code: "redfish.job-pending", ids: /^(RAC0679|LC068|RAC0681|PR21|SettingsPending\w*)$/ },
  {
    code: "redfish.busy",
    ids: /^(ServiceTemporarilyUnavailable|ResourceInUse|ServiceInUnknownState|ServiceShuttingDown|ResourceInStandby|ResourceCreationConflict|SYS518|SYS425)$/,
  },
  {
    code: "redfish.etag",
    ids: /^(PreconditionFailed|PreconditionRequired|HeaderMissing|HeaderInvalid|ETagMissing|EtagMissing)$/,
  },
  { code: "redfish.forbidden", ids: /^(InsufficientPrivilege\w*|AccessDenied)$/ },
  {
    code: "redfish.not-supported",
    ids: /^(ActionNotSupported|OperationNotAllowed|OperationNotSupported|QueryNotSupported\w*|UnsupportedOperation|FeatureNotSupported)$/,
  },
  { code: "redfish.not-found", ids: /^(ResourceMissingAtURI|ResourceNotFound|ResourceMissing\w*)$/ },
  { code: "redfish.action-value", ids: /^Action(Parameter\w+|Not\w+InList)$/ },
  { code: "redfish.property-value", ids: /^Property\w+$/ },
];

const statuses: Readonly<Record<number, ResponseCode>> = {
  401: "redfish.unauthorized",
  403: "redfish.forbidden",
  404: "redfish.not-found",
  405: "redfish.not-supported",
  409: "redfish.conflict",
  410: "redfish.not-found",
  412: "redfish.etag",
  423: "redfish.busy",
  428: "redfish.etag",
  429: "redfish.busy",
  500: "redfish.server-error",
  501: "redfish.not-supported",
  502: "redfish.busy",
  503: "redfish.busy",
  504: "redfish.busy",
};

/** What a refusal is. Text counts only for licences: BMCs put them into general errors. */
export function verdict(status: number, messages: readonly Message[]): ResponseCode {
  const byMessage = signs.find(({ ids, words }) =>
    messages.some(({ id, text }) => ids.test(id) || (words !== undefined && words.test(text))),
  );
  // A wrong password stays one, and a page that is not there is not there, whatever else is said about it.
  if (
    status === 401 &&
    byMessage?.code !== "redfish.password-change-required" &&
    byMessage?.code !== "redfish.sessions-full"
  )
    return "redfish.unauthorized";
  return byMessage?.code ?? statuses[status] ?? (status >= 500 ? "redfish.server-error" : "redfish.error");
}

const advices: Readonly<Record<ResponseCode, string>> = {
  "redfish.unauthorized": "the controller refuses the log-in that it took before; it may be restarting",
  "redfish.forbidden": "give the account the Administrator role, or the privilege that this needs",
  "redfish.license":
    "this needs a licence on the controller (iDRAC Enterprise, iLO Advanced, XCC Enterprise, SFT-OOB-LIC or SFT-DCMS-SINGLE)",
  "redfish.password-change-required":
    "the controller allows nothing before the password is changed: `rackhand bmc password M`",
  "redfish.not-found": "this firmware has it not, or not yet: some resources come with the first POST",
  "redfish.not-supported": "this firmware cannot do it",
  "redfish.busy": "the controller is busy; try again in a minute",
  "redfish.post-window": "the host is in POST or changing its power; try again when it has ended",
  "redfish.job-pending":
    "a configuration job is queued: restart the machine so that it runs, or delete it from the queue",
  "redfish.sessions-full": "delete stale sessions or wait: idle ones end after 5 to 30 minutes",
  "redfish.action-value": "the controller does not take this value for the action, or not in this state",
  "redfish.property-value": "the controller does not take this value, or not for this property",
  "redfish.etag": "somebody else changes the same settings, or this firmware's ETags are at fault",
  "redfish.conflict": "the machine is not in a state in which this can be done",
  "redfish.server-error": "the controller's firmware failed; if it stays, restart the controller",
  "redfish.error": "see the controller's own words",
};

const retryable: ReadonlySet<ResponseCode> = new Set<ResponseCode>([
  "redfish.busy",
  "redfish.post-window",
  "redfish.server-error",
  "redfish.sessions-full",
]);

export const adviceOf = (code: ResponseCode): string => advices[code];
export const passes = (code: ResponseCode): boolean => retryable.has(code);
