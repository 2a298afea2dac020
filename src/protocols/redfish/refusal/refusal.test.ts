import { expect, test } from "vitest";
import { hear } from "../answer.ts";
import { seconds } from "#base/units.ts";
import { Patience, pauseFor } from "./patience.ts";
import { refusal } from "./refusal.ts";

function heard(status: number, body: unknown, headers: Record<string, string> = {}) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return hear({ status, headers, body: Buffer.from(text) }, "/redfish/v1/Systems/1", "bmc");
}
const said = (id: string, text = "no", more: object = {}) => ({
  error: { "@Message.ExtendedInfo": [{ MessageId: id, Message: text, ...more }] },
});

test.each([
  [403, said("Base.1.8.InsufficientPrivilege"), "redfish.forbidden"],
  [403, said("Base.1.8.PasswordChangeRequired"), "redfish.password-change-required"],
  [400, said("iLO.2.14.LicenseKeyRequired"), "redfish.license"],
  [403, said("SMC.1.0.OemLicenseNotPassed", "Not licensed to perform this request"), "redfish.license"],
  [400, said("Base.1.0.GeneralError", "The following licenses SFT-OOB-LIC were needed"), "redfish.license"],
  [404, "", "redfish.not-found"],
  [405, "", "redfish.not-supported"],
  [400, said("Base.1.8.ActionNotSupported"), "redfish.not-supported"],
  [503, said("IDRAC.2.5.RAC0218", "The maximum number of user sessions is reached."), "redfish.sessions-full"],
  [503, "<html>busy</html>", "redfish.busy"],
  [500, said("IDRAC.2.8.SYS518"), "redfish.busy"],
  [400, said("iLO.2.14.UnableToModifyDuringSystemPOST"), "redfish.post-window"],
  [400, said("IDRAC.2.8.RAC0679"), "redfish.job-pending"],
  [400, said("Base.1.12.ActionParameterMissing"), "redfish.action-value"],
  [400, said("Base.1.0.PropertyNotWriteable"), "redfish.property-value"],
  [412, "", "redfish.etag"],
  [428, said("Base.1.11.PreconditionRequired"), "redfish.etag"],
  [409, "", "redfish.conflict"],
  [401, said("Base.1.0.NoValidSession"), "redfish.unauthorized"],
  [500, "", "redfish.server-error"],
  [418, "{]", "redfish.error"],
])("HTTP %i with %j is %s", (status, body, code) => {
  const error = refusal(heard(status, body), "PATCH /redfish/v1/Systems/1", "bmc");
  expect(error).toMatchObject({ code, status, advice: expect.stringMatching(/./) });
  expect(error.message).toMatch(/^bmc: PATCH \/redfish\/v1\/Systems\/1: HTTP/);
});

test("the message has the BMC's own words, not the general one in front of them", () => {
  const body = {
    error: {
      "@Message.ExtendedInfo": [
        { MessageId: "Base.1.0.GeneralError", Message: "A general error has occurred. See ExtendedInfo." },
        {
          MessageId: "Base.1.0.PropertyValueNotInList",
          Message: "Pxee is not in the list\u001b[2J",
          Resolution: "Choose a value from the list.",
        },
      ],
    },
  };
  const error = refusal(heard(400, body), "PATCH x", "bmc");
  expect(error.message).toBe("bmc: PATCH x: HTTP 400: Pxee is not in the list [2J");
  expect(error.advice).toBe("Choose a value from the list.");
  expect(error.says("PropertyValueNotInList")).toBe(true);
});

test("a page for people shows its title only", () => {
  const error = refusal(heard(502, "<html><head><title>502 Bad Gateway</title></head><b>x</b></html>"), "GET x", "bmc");
  expect(error.message).toBe("bmc: GET x: HTTP 502: a page '502 Bad Gateway'");
});

test("what is worth waiting for is waited for, and nothing else", () => {
  expect(pauseFor("GET", heard(503, ""), 0)).toEqual({ wait: 1000, against: "busy" });
  expect(pauseFor("POST", heard(503, "", { "retry-after": "7" }), 0)).toEqual({ wait: 7000, against: "busy" });
  expect(pauseFor("POST", heard(503, "", { "retry-after": "Wed, 21 Oct 2015 07:28:00 GMT" }), 1)?.wait).toBe(2000);
  expect(pauseFor("GET", heard(500, ""), 0)?.against).toBe("busy");
  expect(pauseFor("POST", heard(500, ""), 0)).toBeUndefined();
  expect(pauseFor("PATCH", heard(400, said("iLO.2.14.UnableToModifyDuringSystemPOST")), 1)).toEqual({
    wait: 7000,
    against: "window",
  });
  expect(pauseFor("POST", heard(409, said("IDRAC.2.8.ActionParameterValueConflict")), 3)).toEqual({
    wait: 10_000,
    against: "window",
  });
  expect(pauseFor("POST", heard(400, said("Base.1.8.ActionParameterMissing")), 0)).toBeUndefined();
  expect(pauseFor("POST", heard(503, said("IDRAC.2.5.RAC0218")), 0)).toBeUndefined();
  expect(pauseFor("GET", heard(404, ""), 0)).toBeUndefined();
});

test("patience ends", () => {
  const limits = {
    connect: seconds(1),
    handshake: seconds(1),
    answer: seconds(1),
    busy: seconds(10),
    window: seconds(0),
  };
  const patience = new Patience(limits);
  const pauses = Array.from({ length: 10 }, () => patience.next("GET", heard(503, "")));
  expect(pauses).toEqual([1000, 2000, 3000, ...Array.from({ length: 7 })]);
  expect(patience.next("PATCH", heard(400, said("iLO.2.14.UnableToModifyDuringSystemPOST")))).toBeUndefined();
});
