import path from "node:path";
import { describe, expect, test } from "vitest";
import { needs } from "../support/needs.ts";
import { degrade, scoreFolder } from "../support/screens.ts";
import { describeShared } from "../support/shared.ts";

const pil = "/usr/lib/python3/dist-packages/PIL/__init__.py";

describeShared("screens", "captured consoles", (corpus) => {
  test("undamaged ones are read to the letter", { timeout: 60_000 }, async () => {
    const { charAcc, lineRate, screens } = await scoreFolder(corpus, corpus);
    // A menu with shadowed letters on a gradient is held to less.
    const plain = screens.filter(({ name }) => name !== "vesamenu_640");
    expect(plain.filter(({ acc }) => acc < 1).map(({ name }) => name)).toEqual([]);
    expect(charAcc).toBeGreaterThan(0.999);
    expect(lineRate).toBeGreaterThan(0.99);
  });

  describe("damaged ones, a few of each kind", () => {
    const few = ["panic_vfs_text", "fb1024_Terminus16_bmc", "uefi_shell"];
    test.each([
      ["jpeg50", 0.995],
      ["s75j", 0.99],
      ["s50j", 0.97],
      ["ega16", 0.999],
    ])("%s: at least %f of the characters", { timeout: 60_000 }, async (kind, least) => {
      needs(pil);
      const dir = await degrade(corpus, [kind], (name) => few.includes(name));
      const { charAcc } = await scoreFolder(corpus, path.join(dir, kind));
      expect(charAcc).toBeGreaterThanOrEqual(least);
    });
  });
});
