import { createHash } from "node:crypto";
import type { EtagFaults } from "../redfish-faults.ts";
import type { Resource } from "./json.ts";
import { refused } from "./refusal.ts";

/** The opaque part of a resource's tag: of its content, whatever tag was recorded. */
function digest(body: Resource): string {
  const { "@odata.etag": _recorded, ...content } = body;
  return createHash("sha1").update(JSON.stringify(content)).digest("hex").slice(0, 16);
}

function tagOf(body: Resource, form: EtagFaults["form"]): string {
  return form === "weak" ? `W/"${digest(body)}"` : `"${digest(body)}"`;
}

/** A resource with its tag, in body and header as the switches want it. */
export function tagged(body: Resource, { form }: EtagFaults): { body: Resource; header: string | undefined } {
  const { "@odata.etag": _recorded, ...content } = body;
  if (form === "none") return { body: content, header: undefined };
  const tag = tagOf(body, form);
  const header = form === "doubly-quoted" ? `"${tag}"` : form === "body-only" ? undefined : tag;
  return { body: form === "header-only" ? content : { ...content, "@odata.etag": tag }, header };
}

/** Throws the Refusal that a write of a resource gets for its If-Match, or for the lack of one. */
export function judgeMatch(
  body: Resource,
  headers: { "if-match"?: string | undefined; "if-none-match"?: string | undefined },
  { form, ifMatch }: EtagFaults,
): void {
  const sent = headers[ifMatch === "none-match" ? "if-none-match" : "if-match"];
  if (ifMatch === "required" || ifMatch === "none-match" || ifMatch === "star-only") {
    if (sent === undefined)
      throw refused(
        428,
        "PreconditionRequired",
        "A precondition header or annotation is required to change this resource.",
      );
  }
  if (sent === undefined) return;
  const mismatch = refused(
    412,
    "PreconditionFailed",
    "The ETag supplied did not match the ETag required to change this resource.",
  );
  if (ifMatch === "refused") throw mismatch;
  if (sent === "*") return;
  if (ifMatch === "star-only" || (ifMatch === "weak-refused" && sent.startsWith("W/"))) throw mismatch;
  if (form !== "none" && sent !== tagOf(body, form)) throw mismatch;
}
