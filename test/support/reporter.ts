import { appendFileSync } from "node:fs";
import type { Reporter, TestCase, TestModule } from "vitest/node";

/** `path > group > test — why`, for each test that did not run. */
function skipped(module: TestModule, test: TestCase): string {
  const result = test.result();
  const note = result.state === "skipped" && result.note !== undefined ? ` — ${result.note}` : "";
  return `${module.relativeModuleId} > ${test.fullName}${note}`;
}

/** Names every test that was skipped, and why, so that nothing goes missing unseen; and leaves the counts where `.ci/run` adds them up. */
export default class TellAll implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()].map((test) => ({ module, test })));
    const state = (name: string) => tests.filter(({ test }) => test.result().state === name);
    const absent = state("skipped");
    if (absent.length > 0) console.log(`\n${absent.length} skipped:`);
    for (const { module, test } of absent) console.log(`  ${skipped(module, test)}`);
    // Files that could not be loaded, hooks and stray rejections that broke count as failures too.
    const broken = modules.filter((module) => module.errors().length > 0).length + unhandled.length;
    const file = process.env["RACKHAND_TEST_COUNTS"];
    if (file) appendFileSync(file, `${state("passed").length} ${state("failed").length + broken}\n`);
  }
}
