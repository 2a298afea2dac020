/** 32 hex digits; undefined for what identifies nothing: empty, all digits equal, or no UUID at all. */
export function uuidOf(text: string | undefined): string | undefined {
  const hex = (text ?? "").toLowerCase().replaceAll(/[^0-9a-f]/g, "");
  return hex.length === 32 && !/^(.)\1*$/.test(hex) ? hex : undefined;
}

/** The same sixteen bytes: as they are, with SMBIOS's swapped first fields, or reversed. */
export function sameUuid(one: string, other: string): boolean {
  return spellings(one).includes(other);
}

function spellings(hex: string): readonly string[] {
  const swap = (text: string) => (text.match(/../g) ?? []).toReversed().join("");
  return [hex, swap(hex.slice(0, 8)) + swap(hex.slice(8, 12)) + swap(hex.slice(12, 16)) + hex.slice(16), swap(hex)];
}
