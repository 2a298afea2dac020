import type { Clock } from "#base/clock.ts";
import { milliseconds } from "#base/units.ts";
import type { Answer, Heard } from "../answer.ts";
import type { JsonObject } from "../json.ts";
import { refusal } from "../refusal/refusal.ts";
import { verdict } from "../refusal/verdict.ts";
import type { Reader, Resource } from "../resource.ts";
import type { Asking } from "../session/door.ts";
import type { EtagHabit, Observation, SendOptions } from "../target.ts";
import { preconditions, same, type Precondition } from "./if-match.ts";

/** What the door gives: requests whose status is not judged yet. */
export interface Writer {
  readonly subject: string;
  readonly clock: Clock;
  readonly etag: EtagHabit | undefined;
  readonly observed: ReadonlySet<Observation>;
  /** When something was last changed, on the clock's monotonic time. */
  changedAt: number;
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

const mostTries = 6;
/** XCC answers 412 to a right tag when another change was made shortly before. */
const quick = milliseconds(5000);
const breath = milliseconds(1500);

/**
 * Sends a change with the precondition that this BMC takes. After 412 or 428 the resource is read again: a new tag is somebody else's change, and is
 * tried as such; the same tag means that the firmware's ETags are at fault, and the other ways are tried.
 */
export async function change(writer: Writer, reader: Reader, what: Change, options: Options): Promise<Answer> {
  const { clock } = writer;
  const habit = options.etag ?? writer.etag ?? habitOf(writer.observed);
  // A resource that cannot be read can perhaps still be written (write-only settings).
  const read = async () => (await reader.find(what.path, options)) ?? options.resource;
  let resource = options.resource ?? (habit === "omit" || habit === "any" ? undefined : await read());
  let hasty = clock.monotonic() - writer.changedAt < quick;
  const tried: Precondition[] = [];
  for (;;) {
    const way = waysLeft(resource, habit, tried)[0];
    const heard = await writer.ask(asking(what, way), options);
    tried.push(way);
    if (heard.status < 300) {
      writer.changedAt = clock.monotonic();
      learn(writer, tried, resource);
      return heard;
    }
    const over = verdict(heard.status, heard.messages) !== "redfish.etag" || tried.length >= mostTries;
    if (over) throw refusal(heard, `${what.method} ${what.path}`, writer.subject);
    if (hasty && heard.status === 412) {
      tried.pop();
      await clock.sleep(breath, options.signal);
    }
    hasty = false;
    resource = await read();
    if (waysLeft(resource, habit, tried).length === 0)
      throw refusal(heard, `${what.method} ${what.path}`, writer.subject);
  }
}

function waysLeft(
  resource: Resource | undefined,
  habit: EtagHabit,
  tried: readonly Precondition[],
): readonly Precondition[] {
  const star: Precondition = { header: "If-Match", tag: "*" };
  const ways =
    resource === undefined ? (habit === "any" ? [star, undefined] : [undefined, star]) : preconditions(resource, habit);
  return ways.filter((way) => !tried.some((one) => same(one, way)));
}

function asking({ method, path, body }: Change, way: Precondition): Asking {
  return { method, path, body, headers: way === undefined ? {} : { [way.header]: way.tag }, repeatable: true };
}

/** What this BMC was seen to want spares the wrong tries of the next change. */
function habitOf(observed: ReadonlySet<Observation>): EtagHabit {
  if (observed.has("etag-in-none-match")) return "none-match";
  if (observed.has("etag-rejected")) return "omit";
  return observed.has("etag-required") ? "send" : "auto";
}

function learn(writer: Writer, tried: readonly Precondition[], resource: Resource | undefined): void {
  if (resource?.etag?.startsWith("W/")) writer.observe("weak-etags");
  const worked = tried.at(-1);
  const before = tried.slice(0, -1);
  if (before.length === 0) return;
  if (worked?.header === "If-None-Match") writer.observe("etag-in-none-match");
  else if (worked === undefined) writer.observe("etag-rejected");
  else if (before.includes(undefined)) writer.observe("etag-required");
}
