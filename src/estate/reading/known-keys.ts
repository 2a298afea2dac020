import type { z } from "zod";

type Schema = z.core.$ZodType;

/** zod's own way to tell its schemas apart. */
function definition(schema: Schema): z.core.$ZodTypes["_zod"]["def"] {
  return (schema as z.core.$ZodTypes)._zod.def;
}

/** The schemas that a value may have to satisfy: wrappers taken off, unions spread out. */
function unwrap(schema: Schema): Schema[] {
  const def = definition(schema);
  switch (def.type) {
    case "optional":
    case "nullable":
    case "default":
    case "prefault":
    case "readonly":
    case "nonoptional":
    case "catch":
      return unwrap(def.innerType);
    case "pipe":
      return [...unwrap(def.in), ...unwrap(def.out)];
    case "union":
      return def.options.flatMap((option) => unwrap(option));
    default:
      return [schema];
  }
}

function below(schema: Schema, key: PropertyKey): Schema[] {
  const def = definition(schema);
  if (def.type === "object") return def.shape[String(key)] ? [def.shape[String(key)] as Schema] : [];
  if (def.type === "record") return [def.valueType];
  if (def.type === "array") return [def.element];
  return [];
}

function shapeKeys(schema: Schema): string[] {
  const def = definition(schema);
  return def.type === "object" ? Object.keys(def.shape) : [];
}

/** The keys that an object at this path may have. */
export function knownKeys(schema: Schema, path: readonly PropertyKey[]): string[] {
  let schemas = unwrap(schema);
  for (const key of path) schemas = schemas.flatMap((each) => below(each, key)).flatMap(unwrap);
  return [...new Set(schemas.flatMap(shapeKeys))];
}
