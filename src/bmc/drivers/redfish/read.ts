/** The fields that have a value. */
export function given<T extends Record<string, unknown>>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

/** Words that firmware writes where it knows nothing. */
const nothing =
  /^(?:n\/?a|none|null|not (?:available|specified|applicable|present)|unknown|default string|to be filled by o\.?e\.?m\.?|system (?:manufacturer|product name|serial number)|\.+|0+|x+|empty)$/i;

/** The text, unless it is a filler. */
export const meant = (text: string | undefined): string | undefined =>
  text === undefined || nothing.test(text) ? undefined : text;
