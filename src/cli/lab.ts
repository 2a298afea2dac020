import path from "node:path";

/** Where a lab lies when nobody says. */
export function labFolder(given: string): string {
  return path.resolve(given || "rackhand-lab");
}

/** How this program is called from here: `bin/rackhand` in a checkout, else by its name. */
export function ourName(cwd: string): string {
  return cwd === path.resolve(import.meta.dirname, "../..") ? "bin/rackhand" : "rackhand";
}
