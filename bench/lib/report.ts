/** One measured row. `ratio` is ours to the peer's (or to the limit), to be at most `aim`. */
export interface Row {
  what: string;
  ours: string;
  peer: string;
  ratio: number;
  aim: number;
}

export function row(what: string, ours: number, peer: number, aim: number, unit = "ms"): Row {
  const text = (value: number) => `${value < 10 ? value.toFixed(1) : Math.round(value)} ${unit}`;
  return { what, ours: text(ours), peer: text(peer), ratio: ours / peer, aim };
}

/** Prints a table; true when every aim was met. */
export function print(title: string, rows: readonly Row[]): boolean {
  const lines = rows.map(({ what, ours, peer, ratio, aim }) => {
    const verdict = ratio <= aim ? "met" : "MISSED";
    return [what, ours, peer, `${ratio.toPrecision(2)}×`, `≤ ${aim.toPrecision(2)}×`, verdict];
  });
  const all = [["", "ours", "peer", "ratio", "aim", ""], ...lines];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((line) => line[column]?.length ?? 0))) ?? [];
  process.stdout.write(`\n${title}\n`);
  for (const line of all) {
    const cells = line.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
    );
    process.stdout.write(`  ${cells.join("  ")}\n`);
  }
  return rows.every(({ ratio, aim }) => ratio <= aim);
}
