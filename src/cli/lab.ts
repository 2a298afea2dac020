import path from "node:path";

/** Where a lab lies when nobody says. */
export function labFolder(given: string): string {
  return path.resolve(given || "rackhand-lab");
}
