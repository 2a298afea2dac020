import type { StepRecord } from "#engine/engine.ts";
import { formatDuration } from "#base/units.ts";
import { fit, oneLine, pad, width, type Marks, type Paint } from "./terminal.ts";

export interface Look {
  paint: Paint;
  marks: Marks;
  /** Columns of the terminal; Infinity where nothing needs to fit. */
  columns: number;
}

/** Ended steps stay as they were; the others still change. */
export function hasEnded(step: StepRecord): boolean {
  return step.state !== "running" && step.state !== "asking";
}

/** How long it took, or takes until now. */
export function elapsed(step: StepRecord, now: number): number {
  return Math.max(0, (step.ended ? Date.parse(step.ended) : now) - Date.parse(step.started));
}

const titleColumns = 42;
const timeColumns = 9;

/** What is left for a title between its sign and `behind`: fewer columns in a narrow terminal. */
function titleRoom(columns: number, behind: number): number {
  return Math.max(1, Math.min(titleColumns, columns - 4 - behind - 1));
}

/** The lines of one ended step: mark, title, duration, the last thing it said; its error below. */
export function endedLines(step: StepRecord, look: Look): string[] {
  const { paint, marks, columns } = look;
  if (step.state === "skipped") return [paint.dim(`  ${marks.skipped} ${pad(step.title, titleColumns)}  skipped`)];
  const took = elapsed(step, 0);
  const head = `  ${painted(step, look)} ${pad(oneLine(step.title), titleRoom(columns, 2 + timeColumns))}  ${formatDuration(took).padStart(timeColumns)}`;
  const lines = withTail(head, tail(step, took), look);
  if (step.error) {
    const colour = step.state === "warned" ? paint.yellow : paint.red;
    for (const line of step.error.message.split("\n")) lines.push(`      ${colour(oneLine(line))}`);
  }
  return lines;
}

function painted(step: StepRecord, { paint, marks }: Look): string {
  if (step.state === "failed") return paint.red(marks.failed);
  if (step.state === "warned") return paint.yellow(marks.warned);
  return paint.green(marks.done);
}

/** Said behind the duration: attempts, when it took much longer than usual, its last note. */
function tail(step: StepRecord, took: number): string {
  const slow = step.usual !== undefined && took > 1.5 * step.usual + 2000;
  return [
    ...(step.attempts > 1 ? [`${step.attempts} attempts`] : []),
    ...(slow ? [`usually ${formatDuration(step.usual ?? 0)}`] : []),
    ...(step.note && !step.error ? [oneLine(step.note)] : []),
  ].join("; ");
}

/** Beside the duration where it fits, else below. */
function withTail(head: string, text: string, { paint, marks, columns }: Look): string[] {
  if (text === "") return [head];
  if (width(head) + 3 + width(text) < columns) return [`${head}   ${paint.dim(text)}`];
  return [head, paint.dim(fit(`      ${text}`, columns - 1, marks.ellipsis))];
}

/** A time that is shown again and again must not flicker. */
export function wholeSeconds(duration: number): string {
  return duration < 60_000 ? `${Math.floor(duration / 1000)} s` : formatDuration(duration);
}

/** A title is worth more than the usual time beside it. */
const leastTitle = 24;

/** The lines of a step that is being done: a turning sign, the time so far against the usual time, and what it says. Each fits into one row. */
export function liveLines(step: StepRecord, look: Look & { now: number; turn: number }): string[] {
  const { paint, marks, columns } = look;
  const sign =
    step.state === "asking"
      ? paint.yellow(marks.asking)
      : paint.cyan(marks.spinner[look.turn % marks.spinner.length] ?? "");
  const time = `  ${wholeSeconds(elapsed(step, look.now)).padStart(timeColumns)}`;
  const usually = step.usual === undefined ? "" : `   usually ${formatDuration(step.usual)}`;
  const said = oneLine(step.title);
  const narrow = titleRoom(columns, width(time + usually)) < Math.min(leastTitle, width(said));
  const usual = narrow ? "" : usually;
  const room = titleRoom(columns, width(time + usual));
  const title = pad(fit(said, room, marks.ellipsis), room);
  const lines = [`  ${sign} ${paint.bold(title)}${time}${paint.dim(usual)}`];
  if (step.note) lines.push(paint.dim(fit(`      ${oneLine(step.note)}`, columns - 1, marks.ellipsis)));
  return lines;
}

/** A step in a log: words instead of signs, no columns. */
export function plainLine(step: StepRecord, now: number): string {
  const title = oneLine(step.title);
  if (step.state === "skipped") return `${title}: skipped`;
  const took = formatDuration(elapsed(step, now));
  const attempts = step.attempts > 1 ? [`${step.attempts} attempts`] : [];
  const usual = step.usual === undefined ? [] : [`usually ${formatDuration(step.usual)}`];
  const said = oneLine(step.error?.message ?? step.note ?? "");
  const state = step.state === "warned" && !step.error ? "not yet" : stateWords[step.state];
  const head = `${title}: ${state} (${[took, ...attempts, ...usual].join(", ")})`;
  return said === "" ? head : `${head}: ${said}`;
}

const stateWords = {
  running: "going on",
  asking: "asks",
  done: "done",
  failed: "FAILED",
  warned: "failed, going on",
} as const;
