import { RackhandError } from "#base/errors.ts";
import { seconds } from "#base/units.ts";
import type { RedfishClient } from "#protocols/redfish/client.ts";
import type { Resource } from "#protocols/redfish/resource.ts";
import type { Screenshot } from "../../facets.ts";
import type { RedfishLine } from "../redfish/line.ts";
import type { Bench } from "../redfish/vendor.ts";

/** The web interface draws the preview for this long before it can be fetched. */
const drawing = seconds(2);

/** The preview of the web interface (X10 to X12): not Redfish, but the one road to a picture. X13 and later have no such page. */
export async function supermicroScreenshot(
  { line }: Bench,
  client: RedfishClient,
  _manager: Resource | undefined,
  _found: unknown,
  signal?: AbortSignal,
): Promise<((client: RedfishClient, signal?: AbortSignal) => Promise<Screenshot>) | undefined> {
  const page = await client.raw("GET", "/cgi/login.cgi", { signal });
  if (page.status >= 400) return undefined;
  return (now, stop) => preview(line, now, stop);
}

async function preview(line: RedfishLine, client: RedfishClient, signal?: AbortSignal): Promise<Screenshot> {
  const { machine, username, password } = line.target;
  const form = (fields: Record<string, string>) => Buffer.from(new URLSearchParams(fields).toString());
  const type = { "Content-Type": "application/x-www-form-urlencoded" };
  const body = form({ name: username, pwd: password.reveal() });
  const login = await client.raw("POST", "/cgi/login.cgi", { headers: type, body, signal });
  const cookie = (login.headers["set-cookie"] ?? [])
    .map((one) => one.split(";")[0] ?? "")
    .find((one) => /^SID=.+/.test(one));
  if (cookie === undefined) throw noPicture(machine, "its web interface did not let us in");
  try {
    const menu = await client.raw("GET", "/cgi/url_redirect.cgi?url_name=topmenu", {
      headers: { Cookie: cookie },
      signal,
    });
    const token = /CSRF_TOKEN"?\s*,\s*"([^"]{1,200})"/.exec(menu.body.toString("latin1"))?.[1];
    const headers = { Cookie: cookie, ...(token === undefined ? {} : { CSRF_TOKEN: token }) };
    const op = form({ op: "sys_preview", r: "(0,0)" });
    await client.raw("POST", "/cgi/op.cgi", { headers: { ...headers, ...type }, body: op, signal });
    await line.clock.sleep(drawing, signal);
    const image = "/cgi/url_redirect.cgi?url_name=Snapshot&url_type=img";
    const { status, body: bytes } = await client.raw("GET", image, { headers, signal });
    return { type: kindOf(machine, status, bytes), bytes };
  } finally {
    await client.raw("GET", "/cgi/logout.cgi", { headers: { Cookie: cookie }, signal }).catch(() => undefined);
  }
}

function kindOf(machine: string, status: number, bytes: Uint8Array): Screenshot["type"] {
  if (status < 300 && bytes[0] === 0xff && bytes[1] === 0xd8) return "image/jpeg";
  if (status < 300 && bytes[0] === 0x42 && bytes[1] === 0x4d) return "image/bmp";
  throw noPicture(machine, "the controller sent no picture");
}

function noPicture(machine: string, what: string): RackhandError {
  return new RackhandError("bmc.screenshot", what, {
    subject: machine,
    advice: "the machine may be off, or somebody has the console open",
    retryable: true,
  });
}
