import type { ArgumentSpec, CommandSpec } from "../spec.ts";

const run: ArgumentSpec = {
  name: "run",
  summary: "the run's id, or as much of its beginning as is unique",
  values: "runs",
};

/** What was and is being done. */
export const runsCommands: readonly CommandSpec[] = [
  {
    name: "runs list",
    summary: "what was and is being done",
    options: [
      { flags: "--machine <name>", summary: "only of this machine", values: "machines" },
      {
        flags: "--only <state>",
        summary: "only in this state",
        values: ["running", "asking", "done", "failed", "cancelled", "unfinished"],
      },
      { flags: "--workflow <name>", summary: "only of this kind", values: ["wake", "run", "stop", "power", "boot"] },
      { flags: "--limit <n>", summary: "at most so many, newest first (default 20)" },
    ],
    load: () => import("../commands/runs-list.ts"),
  },
  {
    name: "runs show",
    summary: "one run: its steps, evidence and result",
    arguments: [run],
    load: () => import("../commands/runs-show.ts"),
  },
  {
    name: "runs follow",
    summary: "watch a run until it ends; Ctrl-C only stops watching",
    arguments: [run],
    load: () => import("../commands/runs-follow.ts"),
  },
  {
    name: "runs decide",
    summary: "answer a run that asks",
    arguments: [run, { name: "choice", summary: "one of the choices that it offers" }],
    load: () => import("../commands/runs-decide.ts"),
  },
  {
    name: "runs resume",
    summary: "go on with a run whose process is gone, or which failed",
    arguments: [run],
    options: [{ flags: "--from <step>", summary: "do this step and all after it again (its title, or its number)" }],
    load: () => import("../commands/runs-resume.ts"),
  },
  {
    name: "runs cancel",
    summary: "end a run, whoever started it; what it holds is given back",
    arguments: [run],
    load: () => import("../commands/runs-cancel.ts"),
  },
];
