import type { Heard } from "../answer.ts";
import { ResponseError } from "../errors.ts";
import type { Message } from "../messages.ts";
import { adviceOf, passes, verdict } from "./verdict.ts";

/** The error that an answer is; its message has the BMC's own words. `doing`: `PATCH /redfish/v1/Systems/1`. */
export function refusal(heard: Heard, doing: string, subject: string): ResponseError {
  const { status, messages } = heard;
  const code = verdict(status, messages);
  return new ResponseError(code, `${doing}: ${said(heard)}`, {
    subject,
    status,
    messages,
    advice: resolutionFor(messages) ?? adviceOf(code),
    retryable: passes(code),
  });
}

function said({ status, messages, page, other }: Heard): string {
  const words = [...new Set(messages.map(({ text, key }) => text || key))].filter(
    (text) => text !== "" && !general.test(text),
  );
  const all = words.length > 0 ? words : messages.map(({ text, key }) => text || key).slice(0, 1);
  const rest = page ? `a page '${page}'` : other;
  return [`HTTP ${status}`, ...all.slice(0, 3), ...(all.length === 0 && rest ? [rest] : [])].join(": ").slice(0, 600);
}

/** Says nothing but that there is an error. */
const general = /^a general error has occurred/i;

/** Only what is specific helps: `Resolution` of a general error is "None" or "see Resolution". */
function resolutionFor(messages: readonly Message[]): string | undefined {
  const specific = messages.filter(({ id }) => /^(Property|ActionParameter)/.test(id));
  const word = specific.find(({ resolution }) => resolution.length > 8)?.resolution;
  return word;
}
