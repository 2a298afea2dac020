/** A word as one of a list; undefined when it is none of them. */
export function choice<T extends string>(word: string | undefined, among: readonly T[]): T | undefined {
  return among.find((each) => each === word);
}
