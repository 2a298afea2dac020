import { RuleTester } from "oxlint/plugins-dev";
import { describe, test } from "vitest";
import { clockRule } from "./clock.ts";
import { errorsRule } from "./errors.ts";
import { layersRule } from "./layers.ts";

// The rules run in the very engine that lints the project; each breach is planted and must be found.
RuleTester.describe = (title, body) => describe(title, body);
RuleTester.it = (title, body) => test(title, body);
const tester = new RuleTester({
  cwd: "/house",
  languageOptions: { sourceType: "module", parserOptions: { lang: "ts" } },
});

/** A case in the file `path` of the house; its title is its code, so that a failure can be read. */
const at = (path: string, code: string) => ({ name: `${path}: ${code}`, filename: `/house/${path}`, code });
const wrong = (path: string, code: string, message: RegExp) => ({ ...at(path, code), errors: [{ message }] });

tester.run("layers", layersRule, {
  valid: [
    at("src/bmc/connect.ts", `import { Session } from "#protocols/ipmi/session.ts";`),
    at("src/bmc/connect.ts", `import { x } from "./inner/x.ts";`),
    at("src/workflows/wake/steps.ts", `import { x } from "../fleet.ts";`),
    at("src/workflows/wake/steps.ts", `import { x } from "#workflows/fleet.ts";`),
    at("src/bmc/connect.ts", `import { readFile } from "node:fs/promises";`),
    at("src/estate/load.ts", `const { z } = await import("zod");`),
    at("src/base/clock.test.ts", `import { needs } from "../../test/support/needs.ts";`),
    at("test/e2e/wake.test.ts", `import { x } from "../../src/engine/inner/x.ts";`),
    at("src/cli/main.ts", "const name = 'x'; await import(`./${name}.ts`);"),
  ],
  invalid: [
    wrong("src/base/clock.ts", `import { x } from "#bmc/bmc.ts";`, /base may not know bmc/),
    wrong("src/base/clock.ts", `import type { x } from "#bmc/bmc.ts";`, /base may not know bmc/),
    wrong("src/base/clock.ts", `export { x } from "#bmc/bmc.ts";`, /base may not know bmc/),
    wrong("src/base/clock.ts", `export * from "#bmc/bmc.ts";`, /base may not know bmc/),
    wrong("src/base/clock.ts", `const x = await import("#bmc/bmc.ts");`, /base may not know bmc/),
    wrong("src/base/clock.ts", `let x: import("#bmc/bmc.ts").Bmc;`, /base may not know bmc/),
    wrong("src/base/clock.test.ts", `import { x } from "#bmc/bmc.ts";`, /base may not know bmc/),
    wrong("src/bmc/connect.ts", `import { x } from "#protocols/ipmi/codec/x.ts";`, /private to protocols\/ipmi/),
    wrong("src/bmc/connect.ts", `import { x } from "../base/units.ts";`, /imported as '#base\/units.ts'/),
    wrong("src/protocols/ipmi/x.ts", `import { x } from "../ssh/x.ts";`, /may not know protocols\/ssh/),
    wrong("src/bmc/connect.ts", `import { x } from "../../test/support/needs.ts";`, /leads out of src/),
    wrong("src/app/app.ts", `import { x } from "#simulator/fleet.ts";`, /app may not know simulator/),
    wrong("src/app/app.ts", `import { DBOS } from "@dbos-inc/dbos-sdk/deep";`, /only engine/),
    wrong("src/nowhere/x.ts", `import { x } from "#base/units.ts";`, /belongs to no part/),
  ],
});

tester.run("errors", errorsRule, {
  valid: [
    at("src/bmc/x.ts", `throw new RackhandError("bmc.odd", "odd");`),
    at("src/bmc/x.test.ts", `throw new Error("in a test");`),
    at("tools/x.ts", `throw new Error("in a tool");`),
    at("src/bmc/x.ts", `if (e instanceof TypeError) retry();`),
  ],
  invalid: [
    wrong("src/bmc/x.ts", `throw new Error("odd");`, /throw a RackhandError/),
    wrong("src/bmc/x.ts", `reject(new TypeError("odd"));`, /throw a RackhandError/),
  ],
});

tester.run("clock", clockRule, {
  valid: [
    at("src/bmc/x.ts", `await clock.sleep(seconds(1)); clock.now(); new Date(clock.now()); clearTimeout(t);`),
    at("src/base/clock.ts", `setTimeout(done, 1); Date.now();`),
    at("src/cli/output/spinner.ts", `setInterval(turn, 100);`),
    at("src/simulator/main.ts", `console.log(new Date());`),
    at("src/engine/x.test.ts", `setTimeout(done, 1);`),
  ],
  invalid: [
    wrong("src/bmc/x.ts", `setTimeout(done, 1);`, /take a Clock/),
    wrong("src/engine/runs/x.ts", `const t = Date.now();`, /take a Clock/),
    wrong("src/workflows/wake/x.ts", `const t = new Date();`, /take a Clock/),
    wrong("src/protocols/ipmi/x.ts", `AbortSignal.timeout(5);`, /take a Clock/),
    wrong("src/probes/x.ts", `import { setTimeout } from "node:timers/promises";`, /take a Clock/),
    wrong("src/probes/x.ts", `performance.now();`, /take a Clock/),
  ],
});
