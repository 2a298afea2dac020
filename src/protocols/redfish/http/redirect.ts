import { RedirectError } from "../errors.ts";
import type { Peer } from "./dial.ts";
import type { Received, Sent } from "./exchange.ts";

const redirects = new Set([301, 302, 303, 307, 308]);
const bare = (path: string) => path.replace(/\/+$/, "");

/**
 * Where a redirect leads on this very BMC; undefined: it is none. `/redfish/v1` and `/redfish/v1/` are one place, whatever host the answer names. Throws
 * RedirectError for any other host, scheme or part of the server, and for a change that would have to become a GET.
 */
export function redirected(sent: Sent, received: Received, peer: Peer): string | undefined {
  const location = received.headers.location;
  if (!redirects.has(received.status) || location === undefined) return undefined;
  const host = peer.host.includes(":") ? `[${peer.host}]` : peer.host;
  const here = URL.parse(`${peer.secure ? "https" : "http"}://${host}:${peer.port}${sent.path}`);
  const there = here && URL.parse(location, here.href);
  if (!here || !there) throw new RedirectError(peer.subject, "no valid address");
  if (there.protocol === here.protocol && there.search === here.search && bare(there.pathname) === bare(here.pathname))
    return there.pathname === here.pathname ? undefined : there.pathname + there.search;
  const keeps = sent.method === "GET" || received.status === 307 || received.status === 308;
  if (there.origin !== here.origin || !there.pathname.startsWith("/redfish") || !keeps)
    throw new RedirectError(peer.subject, there.href);
  return there.pathname + there.search;
}
