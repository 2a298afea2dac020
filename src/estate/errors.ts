import { UsageError } from "#base/errors.ts";

/** One thing that is wrong in the estate. */
export interface Problem {
  /** Relative to the estate's root. */
  file: string;
  line: number;
  column: number;
  /** `bmc.credentials`; empty for the whole document. */
  path: string;
  message: string;
  /** What was probably meant. */
  advice?: string;
}

const shown = 50;

/** `machines/a.yaml:4:9: bmc.adress: unknown key (did you mean 'address'?)`: the form that editors and CI systems make clickable. */
export function formatProblem(problem: Problem): string {
  const { file, line, column, path, message, advice } = problem;
  return `${file}:${line}:${column}: ${path ? `${path}: ` : ""}${message}${advice ? ` (${advice})` : ""}`;
}

function summary(root: string, problems: readonly Problem[]): string {
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  const more = problems.length > shown ? [`… and ${problems.length - shown} more`] : [];
  return [`the estate ${root} has ${count}:`, ...problems.slice(0, shown).map(formatProblem), ...more].join("\n");
}

/** `estate.invalid`, exit code 2: every problem at once, in the order of files and lines. */
export class EstateError extends UsageError {
  readonly problems: readonly Problem[];

  constructor(root: string, problems: readonly Problem[]) {
    super("estate.invalid", summary(root, problems));
    this.problems = problems;
  }
}
