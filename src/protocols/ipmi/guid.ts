/** The GUID's bytes as they came, 32 lower-case hex digits. */
export function guidHex(guid: Uint8Array): string {
  return Buffer.from(guid.buffer, guid.byteOffset, guid.byteLength).toString("hex");
}

const grouped = (hex: string) => hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
const swapped = (hex: string) => (hex.match(/../g) ?? []).reverse().join("");

/** What a GUID looks like when it was read in the right byte order: version 1..5 of RFC 4122 and its variant; some firmware cares for the version only. */
const signs = [/^.{8}-.{4}-[1-5].{3}-[89ab]/, /^.{8}-.{4}-[1-5]/];

/**
 * The GUID for people, `8-4-4-4-12`. The specification sends it least significant byte first (§20.8), most firmware in SMBIOS order, some as RFC 4122
 * prints it: the first order that looks right is taken, else SMBIOS order, as ipmitool does. Compare GUIDs by {@link guidHex}, never by this.
 */
export function formatGuid(hex: string): string {
  const smbios = swapped(hex.slice(0, 8)) + swapped(hex.slice(8, 12)) + swapped(hex.slice(12, 16)) + hex.slice(16);
  const forms = [smbios, swapped(hex), hex].map(grouped);
  for (const sign of signs) {
    const found = forms.find((form) => sign.test(form));
    if (found !== undefined) return found;
  }
  return forms[0] ?? hex;
}

/** False for GUIDs that firmware sends when it was never given one: all bytes the same. They identify nothing. */
export function identifies(hex: string): boolean {
  return hex.length === 32 && !/^(..)\1{15}$/.test(hex);
}
