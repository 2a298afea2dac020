import type { Garbage, HttpFaults } from "../redfish-faults.ts";
import type { Reply } from "./refusal.ts";
import type { Resource } from "./json.ts";

const json = { "Content-Type": "application/json" };

/** An answer that no client should choke on. `truth` is the resource that would have been right. */
export function garbageReply(kind: Garbage, path: string, truth: Resource, { hugeBytes }: HttpFaults): Reply {
  const whole = JSON.stringify(truth);
  const replies: Record<Garbage, () => Reply> = {
    html: () => ({
      status: 200,
      headers: { "Content-Type": "text/html" },
      body: "<!DOCTYPE html><title>Log in</title>",
    }),
    truncated: () => ({ status: 200, headers: json, body: whole.slice(0, Math.max(1, whole.length >> 1)) }),
    huge: () => ({ status: 200, headers: json, body: `{"Name":"${"x".repeat(hugeBytes)}"}` }),
    deep: () => ({ status: 200, headers: json, body: `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}` }),
    "endless-links": () => ({ status: 200, body: endless(path, truth) }),
    "wrong-types": () => ({ status: 200, body: wrongTypes(truth) }),
    "no-object": () => ({ status: 200, headers: json, body: `[${whole}]` }),
    noise: () => ({
      status: 200,
      headers: json,
      body: Buffer.from(Array.from({ length: 512 }, (_, i) => (i * 151 + 7) & 0xff)),
    }),
  };
  return replies[kind]();
}

/** Each link leads one step further and back to where it began; each collection has the same members again. */
function endless(path: string, truth: Resource): Resource {
  const further = { "@odata.id": `${path}/more` };
  return {
    ...truth,
    "@odata.id": path,
    Members: [further, { "@odata.id": path }],
    "Members@odata.nextLink": `${path}?$skip=1`,
    Systems: further,
    Managers: further,
    Chassis: { "@odata.id": path },
  };
}

function wrongTypes(truth: Resource): Resource {
  const wrong = (value: unknown) =>
    typeof value === "string" ? { not: "a text" } : typeof value === "number" ? [value] : 17;
  return Object.fromEntries(Object.entries(truth).map(([name, value]) => [name, wrong(value)]));
}
