import { normalise, poolInto, type TemplateSet } from "./templates.ts";

/** How well the glyph that fits best does, and how far the best of another character is behind. */
export interface Match {
  code: number;
  index: number;
  /** Correlation, 0 to 1; negative light and dark count the same. */
  score: number;
  second: number;
  inverted: boolean;
  /** What noise of so few pixels would score. */
  chance: number;
}

/** Glyphs that the first choice leaves for the closer look. */
const shortlist = 8;

/** Compares cells with templates. One object for a whole picture: nothing is allocated per cell. */
export class Matcher {
  /** Glyphs of the last match, best first, with what they scored. */
  readonly candidates = new Int32Array(shortlist);
  readonly scores = new Float32Array(shortlist);
  found = 0;
  readonly #coarse = new Float32Array(256);

  /** `cell` has mean 0 and length 1. */
  match(cell: Float32Array, set: TemplateSet): Match {
    this.#shortlist(cell, set);
    const size = set.nx * set.ny;
    for (let n = 0; n < this.found; n += 1) {
      const index = this.candidates[n] ?? 0;
      this.scores[n] = dot(cell, set.full, index * size, size);
    }
    return this.#best(set);
  }

  #shortlist(cell: Float32Array, set: TemplateSet): void {
    const size = set.coarseSize;
    const coarse = this.#coarse.subarray(0, size);
    poolInto(coarse, cell, set.pool);
    normalise(coarse, set.pool.across);
    this.found = 0;
    let worst = -1;
    for (let index = 0; index < set.count; index += 1) {
      const value = Math.abs(dot(coarse, set.coarse, index * size, size)) - (set.penalty[index] ?? 0);
      if (this.found === shortlist && value <= worst) continue;
      let at = this.found < shortlist ? this.found : shortlist - 1;
      while (at > 0 && (this.scores[at - 1] ?? 0) < value) {
        this.scores[at] = this.scores[at - 1] ?? 0;
        this.candidates[at] = this.candidates[at - 1] ?? 0;
        at -= 1;
      }
      this.scores[at] = value;
      this.candidates[at] = index;
      if (this.found < shortlist) this.found += 1;
      worst = this.scores[this.found - 1] ?? -1;
    }
  }

  #best(set: TemplateSet): Match {
    const best: Match = {
      code: 0xfffd,
      index: -1,
      score: 0,
      second: 0,
      inverted: false,
      chance: chanceOf(set.nx * set.ny),
    };
    let lead = -1;
    let second = -1;
    for (let n = 0; n < this.found; n += 1) {
      const index = this.candidates[n] ?? 0;
      const raw = this.scores[n] ?? 0;
      const value = Math.abs(raw) - (set.penalty[index] ?? 0);
      const code = set.codes[index] ?? 0;
      if (value > lead) {
        if (code !== best.code) second = lead;
        lead = value;
        best.code = code;
        best.index = index;
        best.score = Math.abs(raw);
        best.inverted = raw < 0;
      } else if (value > second && code !== best.code) second = value;
    }
    best.second = Math.max(0, second);
    return best;
  }
}

export function dot(one: Float32Array, all: Float32Array, offset: number, size: number): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  let at = 0;
  for (; at + 3 < size; at += 4) {
    a += (one[at] ?? 0) * (all[offset + at] ?? 0);
    b += (one[at + 1] ?? 0) * (all[offset + at + 1] ?? 0);
    c += (one[at + 2] ?? 0) * (all[offset + at + 2] ?? 0);
    d += (one[at + 3] ?? 0) * (all[offset + at + 3] ?? 0);
  }
  for (; at < size; at += 1) a += (one[at] ?? 0) * (all[offset + at] ?? 0);
  return a + b + c + d;
}

/** The correlation that the best of a hundred glyphs has with noise. */
export function chanceOf(pixels: number): number {
  return Math.min(0.9, Math.sqrt(9 / pixels));
}
