import { describe, expect, it } from "vitest";
import { commonCode, inOrder, pool } from "./pool.ts";

describe("many at a time", () => {
  it("never has more than its width under way, and gives results in the order of the items", async () => {
    let now = 0;
    let most = 0;
    const results = await pool([5, 1, 4, 2, 3], 2, async (n) => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, n));
      now--;
      return n * 10;
    });
    expect(results).toEqual([50, 10, 40, 20, 30]);
    expect(most).toBe(2);
  });

  it("shows in order what comes in any", () => {
    const shown: string[] = [];
    const tell = inOrder<string>((text) => shown.push(text));
    tell(2, "c");
    tell(0, "a");
    expect(shown).toEqual(["a"]);
    tell(1, "b");
    expect(shown).toEqual(["a", "b", "c"]);
  });

  it("has the exit code that all failures share, else 1", () => {
    expect(commonCode([])).toBe(0);
    expect(commonCode([3, 3, 0])).toBe(3);
    expect(commonCode([3, 4])).toBe(1);
  });
});
