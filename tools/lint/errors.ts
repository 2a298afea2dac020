import { inSource, isTest, rule, type Context } from "./rule.ts";

const plain = new Set(["Error", "TypeError", "RangeError", "SyntaxError", "AggregateError"]);

/** Every error has a stable code and advice: `throw new Error(…)` and `reject(new Error(…))` are for tests and tools. */
export const errorsRule = rule(
  "every error is a RackhandError with a stable code (#base/errors.ts)",
  (context: Context) => {
    const path = inSource(context);
    if (path === undefined || isTest(path)) return {};
    return {
      NewExpression: (node) => {
        if (node.callee.type !== "Identifier" || !plain.has(node.callee.name)) return;
        const message = `new ${node.callee.name}: throw a RackhandError, with a stable code and advice (#base/errors.ts)`;
        context.report({ message, node });
      },
    };
  },
);
