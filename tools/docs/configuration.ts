import type { JsonSchema } from "#estate/json-schema.ts";

interface Row {
  key: string;
  type: string;
  fallback: string;
  meaning: string;
}

function refName(schema: JsonSchema): string | undefined {
  const all = schema["allOf"];
  const ref = schema.$ref ?? (Array.isArray(all) && all.length === 1 ? (all[0] as JsonSchema).$ref : undefined);
  return ref?.replace("#/definitions/", "");
}

function link(name: string): string {
  return `[${name}](#${name.toLowerCase()})`;
}

function branches(schema: JsonSchema): JsonSchema[] {
  const any = schema["anyOf"] ?? schema["oneOf"];
  return Array.isArray(any) ? (any as JsonSchema[]) : [];
}

function typeOf(schema: JsonSchema): string {
  const ref = refName(schema);
  if (ref !== undefined) return link(ref);
  if (branches(schema).length > 0) return [...new Set(branches(schema).map(typeOf))].join(" or ");
  const { enum: values, const: only, pattern } = schema;
  if (Array.isArray(values)) return values.map((value) => `\`${String(value)}\``).join(", ");
  if (only !== undefined) return `\`${String(only)}\``;
  if (schema.type === "array") return `list of ${typeOf(schema["items"] as JsonSchema)}`;
  if (schema.type === "object")
    return typeof schema["additionalProperties"] === "object"
      ? `${typeOf(schema["additionalProperties"] as JsonSchema)} by name`
      : "mapping";
  if (typeof pattern === "string" && pattern.includes("smhd")) return "duration";
  return { integer: "whole number", boolean: "true or false", string: "text" }[schema.type ?? ""] ?? "any";
}

function shown(value: unknown): string {
  const empty = typeof value === "object" && value !== null && Object.keys(value).length === 0;
  return value === undefined || empty ? "" : `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
}

/** The mapping among what a key may be, if it is written out on the spot: its keys are shown with the parent's name before them. */
function inline(schema: JsonSchema): JsonSchema | undefined {
  return [schema, ...branches(schema)].find((each) => each.properties !== undefined && refName(each) === undefined);
}

function rowsOf(schema: JsonSchema, prefix = ""): Row[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const key = `${prefix}${name}`;
    const required = schema.required?.includes(name) && property.default === undefined;
    const row = {
      key,
      type: typeOf(property),
      fallback: required ? "*required*" : shown(property.default),
      meaning: property.description ?? "",
    };
    const below = inline(property);
    return [row, ...(below ? rowsOf(below, `${key}.`) : [])];
  });
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}

function section(name: string, schema: JsonSchema): string {
  const rows = rowsOf(schema).map(
    ({ key, type, fallback, meaning }) => `| \`${key}\` | ${cell(type)} | ${fallback} | ${cell(meaning)} |`,
  );
  const intro = schema.description ? [schema.description, ""] : [];
  return [`## ${name}`, "", ...intro, "| key | value | default | meaning |", "|---|---|---|---|", ...rows, ""].join(
    "\n",
  );
}

const intro = `# Configuration

Generated from the schemas by \`npm run docs\`; do not edit.

An estate is a folder with a \`rackhand.yaml\` (which may be empty). Every \`*.yaml\` below it is read, in any layout; a file may hold several documents, parted by
\`---\`. Each document says its \`kind\`. Unknown keys are errors, with file, line, column and the nearest known key. Not read as documents: \`*.enc.yaml\`, files with
a \`sops:\` section, files and folders that begin with a dot, \`node_modules\`, links that leave the estate.

Durations are written \`250ms\`, \`180s\`, \`5m\`, \`1h30m\`, \`2d\`; a bare number is refused. Editors that know JSON Schema take \`schemas/estate.json\`; \`rackhand init\` sets that up.

**Defaults.** A Site's \`defaults\` hold for all its machines, its \`roles\` for machines of that \`role\`; a machine outranks its role, a role its site. Mappings are merged key by
key, lists and secret sources are replaced whole. \`bmc\` defaults go only to machines that have a \`bmc\`. A probe that says itself what it looks at takes only the patience
(\`within\`, \`every\`, …) of a default of its name; a default probe that says nothing of what it looks at only sets the patience of machines that declare it. Jobs are replaced whole.
`;

const policyIntro = `The host's own file, \`/etc/rackhand/policy.yaml\`, or the one that \`RACKHAND_POLICY\` names. It stands outside every estate, belongs to root or to the user who runs
rackhand, and is writable by nobody else; otherwise it is refused. Without it no program is run for \`exec:\`.
`;

/** The reference page of everything declared. `kinds` are shown first, in this order; then what they are made of. */
export function configurationPage(estate: JsonSchema, kinds: readonly string[], policy: JsonSchema): string {
  const definitions = estate.definitions ?? {};
  const parts = Object.keys(definitions)
    .filter((name) => !kinds.includes(name))
    .sort();
  const sections = [...kinds, ...parts].map((name) => section(name, definitions[name] ?? {}));
  const policySchema = policy.definitions?.["Policy"] ?? policy;
  const policySection = section("Policy", policySchema).replace("| key |", `${policyIntro}\n| key |`);
  return [intro, ...sections, policySection].join("\n").trimEnd() + "\n";
}
