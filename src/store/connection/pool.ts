import net from "node:net";
import pg from "pg";

/** The same error as a reset connection, when it only says that the server went away; DBOS retries that for ever, but gives up on these. */
function asReset<E>(error: E): E | Error {
  if (!(error instanceof Error)) return error;
  const code = "code" in error ? error.code : undefined;
  const lost = code === "EPIPE" || code === "ENOENT" || /not queryable|Client was closed/i.test(error.message);
  if (!lost) return error;
  // oxlint-disable-next-line house/errors -- DBOS knows a lost connection by the shape that pg gives it
  const reset = new Error(`Connection terminated unexpectedly (${error.message})`, { cause: error });
  return Object.assign(reset, { code: "ECONNRESET" });
}

/** Says so already while connecting: a server that stopped cleanly has removed its socket file. */
class ServerSocket extends net.Socket {
  override destroy(error?: Error): this {
    return super.destroy(asReset(error));
  }
}

function sayResetWhenLost(client: pg.PoolClient): void {
  const query = client.query.bind(client);
  const patched = (...args: unknown[]): unknown => {
    const answer: unknown = Reflect.apply(query, client, args);
    if (!(answer instanceof Promise)) return answer;
    return answer.catch((error: unknown) => {
      throw asReset(error);
    });
  };
  Object.assign(client, { query: patched });
}

/**
 * A pool that outlives its server: a dying connection never ends the process, and its errors all read as a reset connection, which everybody above retries.
 * A transaction left open by a process that hangs is ended by the server after fifteen seconds.
 */
export function openPool(connectionString: string, max = 10): pg.Pool {
  const pool = new pg.Pool({
    connectionString,
    max,
    keepAlive: true,
    connectionTimeoutMillis: 10_000,
    idle_in_transaction_session_timeout: 15_000,
    application_name: "rackhand",
    stream: () => new ServerSocket(),
  });
  pool.on("error", () => {});
  pool.on("connect", (client) => {
    client.on("error", () => {});
    sayResetWhenLost(client);
  });
  return pool;
}
