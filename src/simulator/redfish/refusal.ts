import { RackhandError } from "#base/errors.ts";
import type { ErrorForm } from "../redfish-faults.ts";
import type { Json, Resource } from "./json.ts";

/** What a request ends with. */
export interface Reply {
  status: number;
  headers?: Record<string, string>;
  body?: Resource | string | Uint8Array;
  /** Done once the answer has left. */
  after?: () => void;
}

export interface RefusalOptions {
  status: number;
  /** `Base.1.8.PropertyUnknown` and the like. */
  messageId: string;
  message: string;
  args?: readonly string[];
  headers?: Record<string, string>;
}

/** A request that is answered with an error body. */
export class Refusal extends RackhandError {
  readonly told: RefusalOptions;

  constructor(told: RefusalOptions) {
    super("simulator.redfish-refusal", told.message);
    this.told = told;
  }
}

const registry = "Base.1.8.";

/** A refusal with a message of DMTF's Base registry. */
export function refused(status: number, key: string, message: string, ...args: readonly string[]): Refusal {
  return new Refusal({ status, messageId: `${registry}${key}`, message, args });
}

export const notFound = (path: string) =>
  refused(404, "ResourceMissingAtURI", `The resource at the URI ${path} was not found.`, path);

export const notAllowed = (allow: string) =>
  new Refusal({
    status: 405,
    messageId: `${registry}OperationNotAllowed`,
    message: "The HTTP method is not allowed on this resource.",
    headers: { Allow: allow },
  });

export const unauthorized = () =>
  new Refusal({
    status: 401,
    messageId: `${registry}NoValidSession`,
    message: "There is no valid session established with the implementation.",
    headers: { "WWW-Authenticate": 'Basic realm="Redfish"' },
  });

/** What a request that had an effect is answered with, where nothing more is to be said. */
export function success(status = 200): Reply {
  const info = { MessageId: `${registry}Success`, Message: "The request completed successfully.", Severity: "OK" };
  return status === 204 ? { status } : { status, body: { "@Message.ExtendedInfo": [info] } };
}

/** A refusal as bytes, in one of the forms that BMCs were seen to use. */
export function errorReply(told: RefusalOptions, form: ErrorForm): Reply {
  const { status, headers = {} } = told;
  const html = `<html><head><title>${status}</title></head><body><h1>${status}</h1></body></html>`;
  if (form === "html") return { status, headers: { ...headers, "Content-Type": "text/html" }, body: html };
  if (form === "text") return { status, headers: { ...headers, "Content-Type": "text/plain" }, body: told.message };
  if (form === "empty") return { status, headers };
  return { status, headers, body: { error: errorObject(told, form) } };
}

function errorObject(told: RefusalOptions, form: "standard" | "single" | "no-info" | "bare"): Resource {
  const info: { [name: string]: Json } = {
    "@odata.type": "#Message.v1_0_8.Message",
    MessageId: told.messageId,
    Message: told.message,
    MessageArgs: [...(told.args ?? [])],
    Severity: "Critical",
  };
  const code = `${registry}GeneralError`;
  const message = "A general error has occurred. See ExtendedInfo for more information.";
  if (form === "bare") return { message: told.message };
  if (form === "no-info") return { code: told.messageId, message: told.message };
  return { code, message, "@Message.ExtendedInfo": form === "single" ? info : [info] };
}
