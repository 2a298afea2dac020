import type { RedfishClient, RedfishTarget } from "#protocols/redfish/client.ts";

type Habits = Pick<RedfishTarget, "authentication" | "tls" | "connection" | "etag" | "looseHttp">;

/** How to speak with a controller of these quirks. */
export function clientHabits(has: (quirk: string) => boolean, pin: string | undefined): Habits {
  const etag = has("etag-any") ? "any" : has("etag-rejected") ? "omit" : has("etag-required") ? "send" : undefined;
  return {
    authentication: has("basic-only") || has("no-sessions") ? "basic" : has("sessions-only") ? "session" : "auto",
    tls: { ...(pin === undefined ? {} : { pin }), ...(has("old-tls") ? { legacy: true } : {}) },
    connection: has("kept-connection-hangs") ? "close" : "keep",
    ...(etag === undefined ? {} : { etag }),
    looseHttp: has("loose-http"),
  };
}

const worthKeeping = [
  "no-root",
  "no-sessions",
  "identity-encoding-refused",
  "kept-connection-hangs",
  "weak-etags",
  "etag-required",
  "etag-rejected",
  "expand-broken",
] as const;

/** Which of a connection's observations are the firmware's nature; full session tables pass. */
export function quirksSeen(observed: RedfishClient["observed"]): readonly string[] {
  return worthKeeping.filter((one) => observed.has(one));
}
