import { z } from "zod";
import { Credentials } from "./credentials.ts";
import { BmcEntry, Machine } from "./machine.ts";
import { Site } from "./site.ts";

/** As much of JSON Schema as we write. */
export interface JsonSchema {
  [key: string]: unknown;
  $ref?: string;
  type?: string;
  description?: string;
  default?: unknown;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  definitions?: Record<string, JsonSchema>;
}

const kinds = { Machine, Credentials, Site } as const;

/** A schema's input side: what people write. In a machine's own document the BMC's credentials may be left to the site's defaults. */
export function jsonSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, {
    target: "draft-07",
    io: "input",
    override: ({ zodSchema, jsonSchema: written }) => {
      if (Object.is(zodSchema, BmcEntry)) written.required = ["address"];
    },
  }) as JsonSchema;
}

/** One schema for any document of an estate, so that editors need only one line: it goes by the `kind`. */
function anyDocument(): JsonSchema {
  const each = Object.values(kinds).map((schema) => jsonSchema(schema).definitions ?? {});
  const names = Object.keys(kinds);
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "A document of a rackhand estate",
    type: "object",
    required: ["kind", "name"],
    properties: { kind: { enum: names } },
    allOf: names.map((kind) => ({
      if: { properties: { kind: { const: kind } }, required: ["kind"] },
      // oxlint-disable-next-line unicorn/no-thenable -- JSON Schema's own word; this is data and never awaited
      then: { $ref: `#/definitions/${kind}` },
    })),
    definitions: Object.assign({}, ...each) as Record<string, JsonSchema>,
  };
}

/** The JSON Schemas of the estate by file name: one for each kind, and `estate.json` for all. */
export function estateSchemas(): Record<string, JsonSchema> {
  const single = Object.entries(kinds).map(
    ([kind, schema]) => [`${kind.toLowerCase()}.json`, jsonSchema(schema)] as const,
  );
  return { "estate.json": anyDocument(), ...Object.fromEntries(single) };
}
