import { inSource, isTest, rule, type Context } from "./rule.ts";

/** Parts whose timing tests must be able to speed up. The doors (cli, api, app), the database's supervisor and processes' main files live in real time. */
const timed = /^(protocols|bmc|console|probes|engine|recipes|workflows|netboot|iso|simulator)\/(?!main\.ts$)/;
const timers = new Set(["setTimeout", "setInterval"]);
const clocks: Record<string, string> = { Date: "now", performance: "now", AbortSignal: "timeout" };

/** Time is an argument: a `Clock`, so that a six-minute POST takes a test one second. */
export const clockRule = rule(
  "logic takes a Clock (#base/clock.ts) instead of asking for the time itself",
  (context: Context) => {
    const path = inSource(context);
    if (path === undefined || isTest(path) || !timed.test(path)) return {};
    const report = (what: string, node: { range: [number, number] }) => {
      context.report({ message: `${what}: take a Clock instead (#base/clock.ts)`, node });
    };
    return {
      CallExpression: (node) => {
        const { callee } = node;
        if (callee.type === "Identifier" && timers.has(callee.name)) report(callee.name, node);
        if (callee.type !== "MemberExpression" || callee.computed || callee.object.type !== "Identifier") return;
        const { object, property } = callee;
        if (property.type === "Identifier" && clocks[object.name] === property.name)
          report(`${object.name}.${property.name}`, node);
      },
      NewExpression: (node) => {
        if (node.callee.type === "Identifier" && node.callee.name === "Date" && node.arguments.length === 0)
          report("new Date()", node);
      },
      ImportDeclaration: (node) => {
        if (/^(node:)?timers(\/promises)?$/.test(node.source.value)) report(node.source.value, node);
      },
    };
  },
);
