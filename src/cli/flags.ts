import type { ArgumentSpec } from "./spec.ts";

/** `<machine>`, `[dir]`, `<machine...>`. */
export function argumentFlags({ name, optional, variadic }: ArgumentSpec): string {
  const inner = variadic ? `${name}...` : name;
  return optional ? `[${inner}]` : `<${inner}>`;
}
