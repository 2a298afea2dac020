import type { Answer, Heard } from "../answer.ts";
import { link, pathOf, text, type Resource } from "../resource.ts";
import { verdict } from "../refusal/verdict.ts";

/** What authenticates a request. `path`: the session to delete; undefined where the BMC did not say which it made. */
export type Pass = { kind: "session"; token: string; path: string | undefined } | { kind: "basic"; header: string };

/** How asking for a session ended. `none`: this BMC has no sessions. */
export type Asked = { pass: Pass } | "none" | "full" | "refused";

export function headersOf(pass: Pass): Record<string, string> {
  return pass.kind === "session" ? { "X-Auth-Token": pass.token } : { Authorization: pass.header };
}

/** Where sessions are made: what the root says, else what its session service says, else where DSP0266 puts them. */
export function sessionsPath(root: Resource | undefined): string {
  const service = link(root, "SessionService");
  return (
    link(root, "Links", "Sessions") ??
    (service ? pathOf("Sessions", `${service.replace(/\/+$/, "")}/`) : undefined) ??
    "/redfish/v1/SessionService/Sessions"
  );
}

/** Not 400: firmware says it to wrong passwords, too, and each is tried once only. */
const without = new Set([404, 405, 406, 410, 415, 501]);

/** What the answer to a log-in means; undefined: it is a refusal of another kind (forbidden, a password that must be changed, a fault). */
export function askedFor(heard: Heard): Asked | undefined {
  const token = heard.headers["x-auth-token"];
  const good = heard.status >= 200 && heard.status < 300;
  if (good && typeof token === "string" && token !== "")
    return { pass: { kind: "session", token, path: heard.location ?? madeAt(heard) } };
  if (good) return "none";
  const code = verdict(heard.status, heard.messages);
  if (code === "redfish.sessions-full" || isFull(heard)) return "full";
  if (code === "redfish.unauthorized") return "refused";
  if (code === "redfish.password-change-required" || code === "redfish.license") return undefined;
  return without.has(heard.status) ? "none" : undefined;
}

/** Said to a log-in, "no more resources" can only mean sessions; and what is still 503 after all patience is a full table on old iDRACs. */
function isFull({ status, messages }: Heard): boolean {
  return status === 503 || messages.some(({ id }) => id === "CreateLimitReachedForResource");
}

function madeAt({ resource, path }: Answer): string | undefined {
  const id = text(resource, "Id");
  return (
    link(resource) ?? (id === undefined ? undefined : pathOf(encodeURIComponent(id), `${path.replace(/\/+$/, "")}/`))
  );
}
