import path from "node:path";
import { expect, test } from "vitest";
import { needs } from "../support/needs.ts";
import { degrade, scoreFolder } from "../support/screens.ts";
import { describeShared } from "../support/shared.ts";

describeShared("screens", "every captured console in every damage", (corpus) => {
  test.each([
    ["jpeg75", 0.98],
    ["jpeg50", 0.98],
    ["jpeg30", 0.97],
    ["s75", 0.98],
    ["s75j", 0.98],
    ["s125j", 0.98],
    ["s50", 0.93],
    ["s50j", 0.95],
    ["rgb565", 0.98],
    ["ega16", 0.98],
  ])("%s: at least %f of the characters", async (kind, least) => {
    needs("/usr/lib/python3/dist-packages/PIL/__init__.py");
    const dir = await degrade(corpus, [kind]);
    expect((await scoreFolder(corpus, path.join(dir, kind))).charAcc).toBeGreaterThanOrEqual(least);
  });
});
