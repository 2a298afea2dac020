import type { Answer, Heard } from "../answer.ts";
import type { JsonObject } from "../json.ts";
import { refusal } from "../refusal/refusal.ts";
import { verdict } from "../refusal/verdict.ts";
import type { Reader, Resource } from "../resource.ts";
import type { Asking } from "../session/door.ts";
import type { EtagHabit, Observation, SendOptions } from "../target.ts";
import { ifMatches, type IfMatch } from "./if-match.ts";

/** What the door gives: requests whose status is not judged yet. */
export interface Writer {
  readonly subject: string;
  readonly etag: EtagHabit | undefined;
  readonly observed: ReadonlySet<Observation>;
  observe(what: Observation): void;
  ask(asking: Asking, options: SendOptions): Promise<Heard>;
}

export interface Change {
  method: "PATCH" | "PUT";
  path: string;
  body: JsonObject;
}

interface Options extends SendOptions {
  resource?: Resource | undefined;
  etag?: EtagHabit | undefined;
}

const mostTries = 4;

/**
 * Sends a change with the If-Match that this BMC takes. After 412 or 428 the resource is read again: a new tag is somebody else's quick change (XCC: our
 * own last one) and is tried as such; the same tag means that the firmware's ETags are at fault, and the other ways are tried.
 */
export async function change(writer: Writer, reader: Reader, what: Change, options: Options): Promise<Answer> {
  const habit = options.etag ?? writer.etag ?? habitOf(writer.observed);
  // A resource that cannot be read can perhaps still be written (write-only settings).
  const read = async () => (await reader.find(what.path, options)) ?? options.resource;
  let resource = options.resource ?? (habit === "omit" || habit === "any" ? undefined : await read());
  const tried: IfMatch[] = [];
  for (;;) {
    const choice = next(resource, habit, tried);
    const heard = await writer.ask(asking(what, choice.ifMatch), options);
    tried.push(choice.ifMatch);
    if (heard.status < 300) {
      learn(writer, tried, resource);
      return heard;
    }
    const again = verdict(heard.status, heard.messages) === "redfish.etag" && tried.length < mostTries;
    if (again) resource = await read();
    if (!again || next(resource, habit, tried).none)
      throw refusal(heard, `${what.method} ${what.path}`, writer.subject);
  }
}

function next(
  resource: Resource | undefined,
  habit: EtagHabit,
  tried: readonly IfMatch[],
): { ifMatch: IfMatch; none: boolean } {
  const ways = resource === undefined ? [habit === "any" ? "*" : undefined, "*"] : ifMatches(resource, habit);
  const left = ways.filter((way) => !tried.includes(way));
  return { ifMatch: left[0], none: left.length === 0 };
}

function asking({ method, path, body }: Change, ifMatch: IfMatch): Asking {
  return { method, path, body, headers: ifMatch === undefined ? {} : { "If-Match": ifMatch }, repeatable: true };
}

/** What this BMC was seen to want spares the wrong tries of the next change. */
function habitOf(observed: ReadonlySet<Observation>): EtagHabit {
  if (observed.has("etag-rejected")) return "omit";
  return observed.has("etag-required") ? "send" : "auto";
}

function learn(writer: Writer, tried: readonly IfMatch[], resource: Resource | undefined): void {
  if (resource?.etag?.startsWith("W/")) writer.observe("weak-etags");
  if (tried.length < 2) return;
  const worked = tried.at(-1);
  const before = tried.slice(0, -1);
  if (worked === undefined && before.some((way) => way !== undefined)) writer.observe("etag-rejected");
  if (worked !== undefined && before.includes(undefined)) writer.observe("etag-required");
}
