import { deadline, type Clock } from "#base/clock.ts";
import { TimeoutError } from "#base/errors.ts";
import { formatDuration, milliseconds, seconds, type Ms } from "#base/units.ts";
import type { Answer, Heard } from "./answer.ts";
import { TaskError } from "./errors.ts";
import { messagesOf, type Message } from "./messages.ts";
import { refusal } from "./refusal/refusal.ts";
import { link, number, text, type Resource } from "./resource.ts";
import type { SendOptions } from "./target.ts";

export interface TaskProgress {
  /** Its own word: `Running`. */
  readonly state: string;
  readonly percent: number | undefined;
  readonly message: string | undefined;
}

export interface TaskOptions {
  within: Ms;
  signal?: AbortSignal | undefined;
  /** `scheduled`: what waits for a restart of the machine (BIOS settings) has done its part. Default `ended`. */
  until?: "ended" | "scheduled" | undefined;
  onProgress?: ((progress: TaskProgress) => void) | undefined;
}

/** How a task ended. `vanished`, `untold`: it cannot be asked any more, or never could: look for its effect. */
export interface TaskOutcome {
  readonly state: "completed" | "scheduled" | "vanished" | "untold";
  /** Its own last word; empty where it gave none. */
  readonly word: string;
  readonly messages: readonly Message[];
  /** The task, or what the monitor brought at its end. */
  readonly resource: Resource | undefined;
}

interface Asker {
  readonly subject: string;
  poll(path: string, options: SendOptions): Promise<Heard>;
}

/** DSP0266 tasks, and iDRAC's jobs. */
const good = new Set(["completed", "ok", "success", "rebootcompleted"]);
const bad = new Set([
  "completedwitherrors",
  "exception",
  "killed",
  "cancelled",
  "canceled",
  "failed",
  "completionfailed",
  "rebootfailed",
  "invalid",
]);
const waiting = new Set(["scheduled", "pending", "rebootpending"]);

/** iDRAC creates the job after it gave out its address. */
const notThereYet = { tries: 3, pause: seconds(10) };
const slowest = seconds(10);

/** True when the body is a task, whatever the status was (some BMCs say 200). */
export function isTask({ resource }: Answer): boolean {
  return text(resource, "TaskState") !== undefined && /#Task\./.test(text(resource, "@odata.type") ?? "#Task.");
}

/** Follows a task or a task monitor to its end. See `RedfishClient.settle`. */
export async function settled(asker: Asker, begun: Answer, clock: Clock, options: TaskOptions): Promise<TaskOutcome> {
  const path =
    begun.location ?? (isTask(begun) ? (link(begun.resource, "TaskMonitor") ?? link(begun.resource)) : undefined);
  if (path === undefined) return { state: "untold", word: "", messages: begun.messages, resource: begun.resource };
  const { signal } = options;
  const end = deadline(clock, options.within);
  let last: Resource | undefined;
  let missing = 0;
  for (let pause = milliseconds(500); ; pause = milliseconds(Math.min(pause * 1.5, slowest))) {
    const heard = await asker.poll(path, { signal });
    const gone = heard.status === 404 || heard.status === 410;
    if (gone && (last !== undefined || ++missing > notThereYet.tries))
      return { state: "vanished", word: stateOf(last), messages: [], resource: last };
    const outcome = gone ? undefined : judge(heard, asker.subject, path, options);
    if (outcome !== undefined) return outcome;
    if (!gone && heard.status < 300) last = heard.resource ?? last ?? begun.resource;
    if (end.passed()) throw late(asker.subject, path, stateOf(last), options.within);
    await clock.sleep(milliseconds(Math.min(gone ? notThereYet.pause : pause, Math.max(end.remaining(), 1))), signal);
  }
}

/** The outcome, or undefined while it runs. */
function judge(heard: Heard, subject: string, path: string, options: TaskOptions): TaskOutcome | undefined {
  const { status, resource } = heard;
  if (status >= 300) {
    const error = refusal(heard, `task ${path}`, subject);
    if (error.retryable) return undefined;
    throw error;
  }
  const word = stateOf(resource);
  const state = word.toLowerCase().replaceAll(/[^a-z]/g, "");
  const messages = messagesOf(resource?.json);
  if (word !== "") options.onProgress?.(progressOf(resource, word));
  const failed = good.has(state) && text(resource, "TaskStatus") === "Critical";
  if (bad.has(state) || failed) throw new TaskError(subject, nameOf(resource, path), word, messages);
  if (good.has(state)) return { state: "completed", word, messages, resource };
  if (waiting.has(state) && options.until === "scheduled") return { state: "scheduled", word, messages, resource };
  // A monitor says 202 while it runs, and then gives the operation's own answer, which is no task.
  if (status !== 202 && word === "") return { state: "completed", word, messages, resource };
  return undefined;
}

function stateOf(resource: Resource | undefined): string {
  return text(resource, "TaskState") ?? text(resource, "JobState") ?? text(resource, "Oem", "Dell", "JobState") ?? "";
}

function nameOf(resource: Resource | undefined, path: string): string {
  return `task ${text(resource, "Name") ?? path}`;
}

function progressOf(resource: Resource | undefined, state: string): TaskProgress {
  const messages = messagesOf(resource?.json);
  return {
    state,
    percent: number(resource, "PercentComplete") ?? number(resource, "Oem", "Dell", "PercentComplete"),
    message: text(resource, "Message") ?? messages.at(-1)?.text,
  };
}

function late(subject: string, path: string, state: string, within: Ms): TimeoutError {
  const stood = state === "" ? "" : `; its state is ${state}`;
  return new TimeoutError(
    "redfish.task-timeout",
    `task ${path} has not ended within ${formatDuration(within)}${stood}`,
    {
      subject,
      advice: "look into the controller's task or job list; a job that is scheduled waits for a restart of the machine",
    },
  );
}
