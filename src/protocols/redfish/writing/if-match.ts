import { text, type Resource } from "../resource.ts";
import type { EtagHabit } from "../target.ts";

/** One way to say whose version is changed; undefined: not at all. */
export type Precondition = { readonly header: "If-Match" | "If-None-Match"; readonly tag: string } | undefined;

const strong = /^"[^"]*"$/;
const match = (tag: string): Precondition => ({ header: "If-Match", tag });
const star = match("*");

/** The header's tag and the body's; a vendor doubles the quotes in its header, so that only the body's works. */
function tagsOf(resource: Resource): readonly string[] {
  const tags = [resource.etag?.trim(), text(resource, "@odata.etag")];
  // What cannot stand in a header is no tag.
  return [...new Set(tags.filter((tag) => tag !== undefined && /^[\x21-\x7e][\x20-\x7e]*$/.test(tag)))] as string[];
}

/**
 * What to send, in this order, until the BMC is content (handbook 3.2): a strong tag where there is one; a weak one left out, since firmware fails on
 * them; after 412 or 428 the other way round; then `*`; at last If-None-Match, where NVIDIA's DGX wants the tag.
 */
export function preconditions(resource: Resource, habit: EtagHabit): readonly Precondition[] {
  const tags = tagsOf(resource);
  const good = tags.filter((tag) => strong.test(tag)).map(match);
  const odd = tags.filter((tag) => !strong.test(tag)).map(match);
  const last = tags.slice(0, 1).map((tag): Precondition => ({ header: "If-None-Match", tag }));
  if (habit === "none-match") return [...last, ...good, undefined];
  if (habit === "omit") return [undefined, ...good, ...odd, star, ...last];
  if (habit === "any") return [star, undefined, ...good, ...last];
  if (habit === "send") return [...good, ...odd, star, undefined, ...last];
  return good.length > 0 ? [...good, undefined, ...odd, star, ...last] : [undefined, ...odd, star, ...last];
}

export function same(one: Precondition, other: Precondition): boolean {
  return one?.header === other?.header && one?.tag === other?.tag;
}
