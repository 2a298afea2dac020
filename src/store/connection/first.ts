import type pg from "pg";
import { UnreachableError, UsageError } from "#base/errors.ts";
import { redact } from "#base/secret.ts";
import { isOutage } from "#store/outage.ts";

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

/** The database as a person would name it: no user, no password. */
export function nameOf(url: string): string {
  try {
    const { hostname, port, pathname, searchParams } = new URL(url);
    return `${searchParams.get("host") ?? hostname}${port ? `:${port}` : ""}${pathname}`;
  } catch {
    return "the database";
  }
}

/** Makes the first connection and says plainly why it cannot be made; creates the embedded server's database where it is missing. */
export async function connectFirst(
  pool: pg.Pool,
  { embedded, named }: { embedded: boolean; named: string },
): Promise<void> {
  try {
    await pool.query("select 1");
  } catch (error) {
    if (!embedded || !hasCode(error, "3D000")) throw explained(error, named);
    await createDatabase(named);
    await pool.query("select 1");
  }
}

async function createDatabase(url: string): Promise<void> {
  const { default: pg } = await import("pg");
  const admin = new URL(url);
  const name = admin.pathname.slice(1);
  admin.pathname = "/postgres";
  const client = new pg.Client(admin.href);
  await client.connect();
  try {
    await client.query(`create database ${client.escapeIdentifier(name)}`);
  } catch (error) {
    // Somebody else was quicker: 42P04 when it stands already, 23505 when both created it at once.
    if (!hasCode(error, "42P04") && !hasCode(error, "23505")) throw error;
  } finally {
    await client.end();
  }
}

function explained(cause: unknown, url: string): Error {
  const name = nameOf(url);
  const detail = redact(cause instanceof Error ? cause.message || String(cause) : String(cause));
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  if (isOutage(cause) || code === "ENOTFOUND") {
    return new UnreachableError("database.unreachable", `PostgreSQL does not answer: ${detail}`, {
      subject: name,
      advice: "is it running, and is DATABASE_URL right?",
      cause,
    });
  }
  return new UsageError("database.refused", `PostgreSQL refuses: ${detail}`, {
    subject: name,
    advice: "check user, password and database name in DATABASE_URL",
    cause,
  });
}
