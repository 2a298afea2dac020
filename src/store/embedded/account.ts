import { execFile } from "node:child_process";
import { chmod, chown, mkdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { UsageError } from "#base/errors.ts";
import type { Places } from "./places.ts";

/**
 * How PostgreSQL's programs are started: they refuse to run as root.
 * - `self`: we are an ordinary user.
 * - `drop`: we are root; they run as a system user.
 * - `nested`: we are root, and that user does not exist here (a user namespace that knows only root) or may not enter the folder (below /root or a private
 *   temporary folder). They run in a user namespace of their own, in which the same user has another number and no privilege.
 */
export type Account = { kind: "self" } | { kind: "drop"; uid: number; gid: number } | { kind: "nested" };

/** The user's number inside a nested namespace; any but 0. */
const nestedUid = 1000;

/** Who owns the data stays its owner; new data goes to the system user where that is possible. Throws UsageError `state.not-enterable`. */
export async function accountFor(places: Places): Promise<Account> {
  if (process.getuid?.() !== 0) return { kind: "self" };
  const data = await stat(places.data).catch(() => undefined);
  if (data) return data.uid === 0 ? { kind: "nested" } : { kind: "drop", uid: data.uid, gid: data.gid };
  const user = await mappedSystemUser();
  for (const own of [places.root, places.stateDir]) await letThrough(own);
  const closed = await closedAncestor(places.stateDir);
  if (user && !closed) return { kind: "drop", ...user };
  if (await canNest()) return { kind: "nested" };
  throw notEnterable(places.stateDir, closed);
}

async function mappedSystemUser(): Promise<{ uid: number; gid: number } | undefined> {
  const user = systemUser(await readFile("/etc/passwd", "utf8"));
  const [uids, gids] = await Promise.all(["uid_map", "gid_map"].map((map) => readFile(`/proc/self/${map}`, "utf8")));
  return user && isMapped(uids ?? "", user.uid) && isMapped(gids ?? "", user.gid) ? user : undefined;
}

/** Some kernels and containers allow no user namespaces. */
function canNest(): Promise<boolean> {
  const [program, args] = under({ kind: "nested" }, "true", []);
  return promisify(execFile)(program, args).then(
    () => true,
    () => false,
  );
}

/** `rackhand`, else `postgres`, else `nobody`. */
export function systemUser(passwd: string): { uid: number; gid: number } | undefined {
  const users = new Map(passwd.split("\n").map((line) => [line.split(":")[0], line.split(":")]));
  const fields = users.get("rackhand") ?? users.get("postgres") ?? users.get("nobody");
  return fields && { uid: Number(fields[2]), gid: Number(fields[3]) };
}

/** Does this user namespace know the id? Lines of `/proc/self/uid_map`: first inside, first outside, count. */
export function isMapped(map: string, id: number): boolean {
  return map.split("\n").some((line) => {
    const [inside = NaN, , count = NaN] = line.trim().split(/\s+/).map(Number);
    return id >= inside && id < inside + count;
  });
}

/** Program and arguments that run `program` under the account, with the options for `spawn`. */
export function under(
  account: Account,
  program: string,
  args: readonly string[],
): [string, string[], { uid?: number; gid?: number }] {
  switch (account.kind) {
    case "self":
      return [program, [...args], {}];
    case "drop":
      return [program, [...args], { uid: account.uid, gid: account.gid }];
    case "nested":
      return ["unshare", ["--user", `--map-user=${nestedUid}`, `--map-group=${nestedUid}`, "--", program, ...args], {}];
  }
}

/** Makes the server's folder and gives it to the account. */
export async function giveFolder(places: Places, account: Account): Promise<void> {
  await mkdir(places.sockets, { recursive: true, mode: 0o700 });
  if (account.kind === "drop") await chown(places.sockets, account.uid, account.gid);
}

/** Others may pass through a folder of ours, but not look into it. */
async function letThrough(folder: string): Promise<void> {
  const { mode, uid } = await stat(folder);
  if (uid === 0 && (mode & 0o001) === 0) await chmod(folder, (mode & 0o777) | 0o011);
}

/** The first folder upwards that other users may not pass through. */
export async function closedAncestor(folder: string): Promise<string | undefined> {
  for (let at = folder; ; at = path.dirname(at)) {
    if (((await stat(at)).mode & 0o001) === 0) return at;
    if (at === path.dirname(at)) return undefined;
  }
}

function notEnterable(stateDir: string, closed: string | undefined): UsageError {
  const why = closed === undefined ? "there is no other user here" : `no other user may enter ${closed}`;
  return new UsageError("state.not-enterable", `PostgreSQL does not run as root, and ${why}`, {
    subject: stateDir,
    advice:
      "as root, keep the state outside such folders: /var/lib/rackhand (the default), or --state DIR; or set DATABASE_URL",
  });
}
