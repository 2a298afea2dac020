import { seededRandom } from "./random.ts";

/**
 * Which boots do not find their disk:
 * - `failFirst`: the first n boots of the simulated server's life;
 * - `succeedEvery`: all but each n-th, for ever (4: three out of four fail);
 * - `failProbability`: by chance, the same chance for the same seed.
 */
export type Flakiness = { failFirst: number } | { succeedEvery: number } | { failProbability: number; seed?: number };

/** A question asked once per boot from disk: does this one fail? Counts the boots by itself. */
export function unreliable(flakiness: Flakiness | undefined): () => boolean {
  let boots = 0;
  if (!flakiness) return () => false;
  if ("failFirst" in flakiness) return () => ++boots <= flakiness.failFirst;
  if ("succeedEvery" in flakiness) return () => ++boots % flakiness.succeedEvery !== 0;
  const random = seededRandom(flakiness.seed ?? 1);
  return () => random() < flakiness.failProbability;
}
