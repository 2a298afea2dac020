/** One request that came in, for tests that look at what a client does. */
export interface RequestRecord {
  method: string;
  /** With its query. */
  path: string;
  status: number;
  user: string | undefined;
  ifMatch: string | undefined;
  /** Passwords are hidden. */
  body: unknown;
}

/** What a simulated Redfish service has seen. */
export interface RedfishCounts {
  requests: number;
  /** TCP connections that were opened. */
  connections: number;
  sessions: { opened: number; closed: number; timedOut: number; lost: number; refused: number };
  /** By basic authentication. */
  basicLogins: number;
  wrongPasswords: number;
  /** The last thousand. */
  log: RequestRecord[];
}

export function noRedfishCounts(): RedfishCounts {
  return {
    requests: 0,
    connections: 0,
    sessions: { opened: 0, closed: 0, timedOut: 0, lost: 0, refused: 0 },
    basicLogins: 0,
    wrongPasswords: 0,
    log: [],
  };
}

export function hidePasswords(body: unknown): unknown {
  if (Array.isArray(body)) return body.map(hidePasswords);
  if (typeof body !== "object" || body === null) return body;
  const hidden = Object.entries(body).map(([name, value]) => [
    name,
    /password/i.test(name) ? "***" : hidePasswords(value),
  ]);
  return Object.fromEntries(hidden);
}
