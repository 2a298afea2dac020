import { clockRule } from "./clock.ts";
import { errorsRule } from "./errors.ts";
import { layersRule } from "./layers.ts";

/** The house's own rules, for oxlint (`jsPlugins` in .oxlintrc.json). A remark made twice in review becomes one of them, with its test. */
export default {
  meta: { name: "house" },
  rules: { layers: layersRule, errors: errorsRule, clock: clockRule },
};
