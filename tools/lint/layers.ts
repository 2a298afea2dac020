import { posix } from "node:path";
import { breach, foreignPackage, partOf } from "../layers.ts";
import { inSource, isTest, rule, type Context } from "./rule.ts";

/** `@scope/name/deep` and `name/deep` without the depth. */
function packageName(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

/** What is wrong with an import by its relative path: parts are left only through `#part/file.ts`, `src/` never. */
function wrongPath(from: string, specifier: string): string | undefined {
  const to = posix.join(posix.dirname(from), specifier);
  if (to.startsWith("../")) return isTest(from) ? undefined : `${specifier} leads out of src/`;
  if (partOf(from)?.name === partOf(to)?.name) return undefined;
  return breach(from, to) ?? `another part is imported as '#${to}', so that the boundary can be seen`;
}

/** Any node; those that name a module have a source. */
interface MaybeImport {
  type: string;
  source?: { range: [number, number]; value?: unknown } | null;
}

function wrong(from: string, specifier: string): string | undefined {
  if (specifier.startsWith(".")) return wrongPath(from, specifier);
  if (specifier.startsWith("#")) return breach(from, specifier.slice(1));
  return specifier.startsWith("node:") ? undefined : foreignPackage(from, packageName(specifier));
}

/** Keeps every import of `src/`, static, dynamic or of types only, within `tools/layers.ts`. */
export const layersRule = rule(
  "imports flow down the table in tools/layers.ts, to public files only",
  (context: Context) => {
    const from = inSource(context);
    if (from === undefined) return {};
    const check = ({ source }: MaybeImport) => {
      if (!source || !("value" in source) || typeof source.value !== "string") return;
      const message = wrong(from, source.value);
      if (message !== undefined) context.report({ message, node: source });
    };
    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
      TSImportType: check,
    };
  },
);
