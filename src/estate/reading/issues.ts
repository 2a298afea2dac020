import type { z } from "zod";
import { didYouMean } from "#base/nearest.ts";
import { knownKeys } from "./known-keys.ts";
import type { Path } from "./parse.ts";

/** A schema's complaint in our words. `which` says whether the key or the value is meant. */
export interface Complaint {
  path: Path;
  which: "key" | "value";
  message: string;
  advice?: string;
}

const words: Record<string, string> = {
  string: "text",
  object: "a mapping",
  record: "a mapping",
  array: "a list",
  boolean: "true or false",
  number: "a number",
  int: "a whole number",
};

function nameOf(value: unknown): string {
  if (value === null) return "empty";
  if (Array.isArray(value)) return "a list";
  return words[typeof value] ?? typeof value;
}

function typeMessage(expected: string, input: unknown): string {
  if (input === undefined) return "is missing";
  const message = `must be ${words[expected] ?? expected}, not ${nameOf(input)}`;
  return expected === "string" && (typeof input === "number" || typeof input === "boolean")
    ? `${message}: put it in quotes`
    : message;
}

function unionMessage(issue: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidUnion>): string {
  const expected = issue.errors.flatMap((branch) =>
    branch
      .slice(0, 1)
      .map((first) => (first.code === "invalid_type" ? (words[first.expected] ?? first.expected) : first.message)),
  );
  return expected.length === 0 ? "has a wrong value" : `must be ${[...new Set(expected)].join(" or ")}`;
}

/** Messages for what the schemas themselves do not phrase. No value is echoed: it may be a secret that stands in the wrong place. */
export const phrase: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case "invalid_type":
      return typeMessage(issue.expected, issue.input);
    case "invalid_value":
      return issue.input === undefined
        ? "is missing"
        : `must be ${issue.values.length > 1 ? "one of " : ""}${issue.values.map(String).join(", ")}`;
    case "too_small":
      return issue.origin === "number" || issue.origin === "int" ? `must be at least ${issue.minimum}` : "is too short";
    case "too_big":
      return issue.origin === "number" || issue.origin === "int" ? `must be at most ${issue.maximum}` : "is too long";
    case "invalid_union":
      return unionMessage(issue);
    case "invalid_key":
      return "is not a fit name";
    case "invalid_format":
      return "has the wrong form";
    default:
      return undefined;
  }
};

function valueAt(data: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined),
    data,
  );
}

function complaintsOf(issue: z.core.$ZodIssue, schema: z.core.$ZodType, data: unknown): Complaint[] {
  const { path } = issue;
  if (issue.code === "unrecognized_keys") {
    const known = knownKeys(schema, path);
    return issue.keys.map((key) => {
      const advice = didYouMean(key, known) || `known here: ${known.join(", ")}`;
      return { path: [...path, key], which: "key", message: "unknown key", advice };
    });
  }
  if (issue.code === "invalid_value") {
    const value = valueAt(data, path);
    const advice = typeof value === "string" ? didYouMean(value, issue.values.map(String)) : "";
    return [{ path, which: "value", message: issue.message, ...(advice ? { advice } : {}) }];
  }
  if (issue.code === "invalid_key") return [{ path, which: "key", message: issue.issues[0]?.message ?? issue.message }];
  return [{ path, which: "value", message: issue.message }];
}

/** Validates; gives the parsed value or what is wrong with it. */
export function validate<S extends z.ZodType>(
  schema: S,
  data: unknown,
): { value: z.infer<S> } | { complaints: Complaint[] } {
  const result = schema.safeParse(data, { error: phrase });
  if (result.success) return { value: result.data };
  return { complaints: result.error.issues.flatMap((issue) => complaintsOf(issue, schema, data)) };
}
