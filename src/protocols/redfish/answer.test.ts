import fc from "fast-check";
import { expect, test } from "vitest";
import { RackhandError } from "#base/errors.ts";
import { hear, resourceOf } from "./answer.ts";
import { pauseFor } from "./refusal/patience.ts";
import { refusal } from "./refusal/refusal.ts";
import { askedFor } from "./session/log-in.ts";
import { isTask } from "./tasks.ts";

const nested = fc.jsonValue({ maxDepth: 4 });
/** Bodies that look like Redfish from afar. */
const body = fc.oneof(
  fc.uint8Array(),
  fc.string().map((text) => Buffer.from(text)),
  fc
    .record(
      {
        error: fc.oneof(nested, fc.record({ code: nested, message: nested, "@Message.ExtendedInfo": nested })),
        "@odata.id": nested,
        "@odata.type": nested,
        Id: nested,
        TaskState: nested,
        Messages: nested,
      },
      { requiredKeys: [] },
    )
    .map((json) => Buffer.from(JSON.stringify(json))),
);
const headers = fc.record(
  {
    location: fc.oneof(fc.string(), fc.webUrl()),
    etag: fc.string(),
    allow: fc.string(),
    "content-type": fc.constantFrom("application/json", "text/html", ""),
    "x-auth-token": fc.string(),
    "retry-after": fc.string(),
  },
  { requiredKeys: [] },
);

test("whatever a BMC answers is understood, or ends in an error with a code", () => {
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 999 }), headers, body, (status, headers, bytes) => {
      try {
        const heard = hear({ status, headers, body: Buffer.from(bytes) }, "/redfish/v1/x", "bmc");
        expect(heard.location ?? "/").toMatch(/^\//);
        expect(refusal(heard, "GET x", "bmc").message.length).toBeLessThan(700);
        askedFor(heard);
        isTask(heard);
        expect(pauseFor("GET", heard, 0)?.wait ?? 1).toBeGreaterThan(0);
        resourceOf(heard, "bmc");
      } catch (error) {
        expect(error).toBeInstanceOf(RackhandError);
      }
    }),
    { numRuns: 500 },
  );
});
