import type { Core } from "#engine/core/core.ts";
import { clean } from "#engine/core/text.ts";
import type { Execution } from "./execution.ts";
import { noteRow } from "./rows.ts";

const spacing = 150;

/** A step's note: written at most a few times a second, because only the last one matters. */
export interface Notes {
  readonly say: (text: string) => void;
  readonly last: () => string | undefined;
  /** No write is under way any more, and none follows. */
  readonly close: () => Promise<void>;
}

export function openNotes(core: Core, execution: Execution, seq: number): Notes {
  let last: string | undefined;
  let written: string | undefined;
  let writing: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  function write(): void {
    timer = undefined;
    if (closed || writing || last === undefined || last === written) return;
    written = last;
    writing = noteRow(core, execution, seq, last)
      .catch(() => {})
      .finally(() => {
        writing = undefined;
        // oxlint-disable-next-line house/clock -- spaces writes to the database; no logic waits for it
        if (!closed) timer = setTimeout(write, spacing);
      });
  }
  return {
    say: (text) => {
      last = clean(text);
      if (!timer) write();
    },
    last: () => last,
    close: async () => {
      closed = true;
      clearTimeout(timer);
      await writing;
    },
  };
}
