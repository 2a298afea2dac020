import { text, type Resource } from "../resource.ts";
import type { EtagHabit } from "../target.ts";

/** One way to say whose version is changed; undefined: no If-Match at all. */
export type IfMatch = string | undefined;

const strong = /^"[^"]*"$/;

/** The header's tag and the body's; a vendor doubles the quotes in its header, so that only the body's works. */
function tagsOf(resource: Resource): readonly string[] {
  const body = text(resource, "@odata.etag");
  return [...new Set([resource.etag, body].filter((tag) => tag !== undefined && tag !== ""))] as string[];
}

/**
 * What to send in If-Match, in this order, until the BMC is content (handbook 3.2): a strong tag where there is one; a weak one left out, since firmware
 * fails on them; after 412 or 428 the other way round; at last `*`.
 */
export function ifMatches(resource: Resource, habit: EtagHabit): readonly IfMatch[] {
  const tags = tagsOf(resource);
  const good = tags.filter((tag) => strong.test(tag));
  const odd = tags.filter((tag) => !strong.test(tag));
  if (habit === "omit") return [undefined, ...good, ...odd, "*"];
  if (habit === "any") return ["*", undefined, ...good];
  if (habit === "send") return [...good, ...odd, "*", undefined];
  return good.length > 0 ? [...good, undefined, ...odd, "*"] : [undefined, ...odd, "*"];
}
