/** Does `work` on each item, at most `width` at a time; results in the order of the items. `work` must not throw. */
export async function pool<T, R>(
  items: readonly T[],
  width: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async () => {
    for (let i = next++; i < items.length; i = next++) {
      const item = items[i];
      if (item !== undefined) results[i] = await work(item, i);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
  return results;
}

/** Shows things in their order although they come in any: each as soon as all before it are shown. */
export function inOrder<T>(show: (item: T) => void): (index: number, item: T) => void {
  const waiting = new Map<number, T>();
  let next = 0;
  return (index, item) => {
    waiting.set(index, item);
    for (let ready = waiting.get(next); ready !== undefined; ready = waiting.get(next)) {
      waiting.delete(next++);
      show(ready);
    }
  };
}

/** The exit code for several: their common one, or 1 where they differ. */
export function commonCode(codes: readonly number[]): number {
  const different = new Set(codes.filter((code) => code !== 0));
  const [only] = different;
  return different.size === 0 ? 0 : different.size === 1 && only !== undefined ? only : 1;
}
