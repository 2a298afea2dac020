import { isObject, type JsonObject } from "./json.ts";
import { list, plain, text, type Source } from "./resource.ts";

/** One message of a BMC. Absent parts are empty. */
export interface Message {
  /** The last part of the id, which is what can be relied on: `PropertyValueNotInList`, `RAC0218`. */
  readonly id: string;
  /** The id as it came: `Base.1.8.PropertyValueNotInList`. */
  readonly key: string;
  readonly text: string;
  readonly severity: string;
  readonly resolution: string;
  readonly args: readonly string[];
  /** Properties that it speaks of: `#/Boot/BootSourceOverrideTarget`. */
  readonly related: readonly string[];
}

const mostMessages = 50;
const extended = "@Message.ExtendedInfo";

/**
 * Every message in an answer, whatever its form: `error.@Message.ExtendedInfo` as list or single object, `error.code` and `error.message` alone, a bare
 * string, `@Message.ExtendedInfo` of the body or of a property, `Messages` of a task. Never throws.
 */
export function messagesOf(body: unknown): readonly Message[] {
  if (!isObject(body)) return [];
  const found = [
    ...list(body, "error", extended),
    ...list(body, extended),
    ...Object.keys(body).flatMap((key) => (key.endsWith(extended) && key !== extended ? list(body, key) : [])),
    ...list(body, "Messages"),
  ];
  const messages = found.slice(0, mostMessages).flatMap((json) => (isObject(json) ? [messageOf(json)] : []));
  return messages.length > 0 ? messages : bareError(body);
}

/** `error.code` and `error.message` without more, or an `error` that is only a text. */
function bareError(body: JsonObject): readonly Message[] {
  const key = text(body, "error", "code") ?? "";
  const said = text(body, "error", "message") ?? text(body, "error") ?? "";
  if (key === "" && said === "") return [];
  return [{ id: lastPart(key), key, text: said, severity: "", resolution: "", args: [], related: [] }];
}

function messageOf(json: JsonObject): Message {
  // Old iDRACs write both MessageID and MessageId.
  const key = text(json, "MessageId") ?? text(json, "MessageID") ?? "";
  const id = lastPart(key);
  const args = texts(json, "MessageArgs");
  return {
    id,
    key,
    text: text(json, "Message") ?? spelled(id, args),
    severity: text(json, "MessageSeverity") ?? text(json, "Severity") ?? "",
    resolution: text(json, "Resolution") ?? "",
    args,
    related: texts(json, "RelatedProperties"),
  };
}

function texts(source: Source, key: string): readonly string[] {
  return list(source, key).flatMap((json) => plain(json) ?? []);
}

function lastPart(key: string): string {
  return key.slice(key.lastIndexOf(".") + 1);
}

/** iLO gives ids without words: `UnableToModifyDuringSystemPOST` is nearly a sentence. */
function spelled(id: string, args: readonly string[]): string {
  const words = id.replaceAll(/([a-z])([A-Z])/g, "$1 $2");
  return args.length > 0 ? `${words} (${args.join(", ")})` : words;
}
