import fc from "fast-check";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { describeShared } from "../../../test/support/shared.ts";
import { messagesOf } from "./messages.ts";

test("a list, a single object and bare code and message are all understood", () => {
  const one = { MessageId: "Base.1.8.PropertyValueNotInList", Message: "no", MessageArgs: ["Red", "LED"] };
  expect(messagesOf({ error: { "@Message.ExtendedInfo": [one] } })).toMatchObject([
    { id: "PropertyValueNotInList", key: "Base.1.8.PropertyValueNotInList", text: "no", args: ["Red", "LED"] },
  ]);
  expect(messagesOf({ error: { "@Message.ExtendedInfo": one } })).toHaveLength(1);
  expect(messagesOf({ "Boot@Message.ExtendedInfo": [one] })).toHaveLength(1);
  expect(messagesOf({ Messages: [{ MessageID: "IDRAC.2.8.PR19" }] })).toMatchObject([{ id: "PR19" }]);
  expect(messagesOf({ error: { code: "IDRAC.1.6.SYS518", message: "not ready" } })).toMatchObject([
    { id: "SYS518", text: "not ready" },
  ]);
  expect(messagesOf({ error: "out of memory" })).toMatchObject([{ id: "", text: "out of memory" }]);
});

test("an id without words is spelled out", () => {
  expect(
    messagesOf({ error: { "@Message.ExtendedInfo": [{ MessageId: "iLO.2.14.UnableToModifyDuringSystemPOST" }] } }),
  ).toMatchObject([{ id: "UnableToModifyDuringSystemPOST", text: "Unable To Modify During System POST" }]);
});

test("anything at all gives a list of at most 50", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (json) => {
      for (const body of [json, { error: json }, { error: { "@Message.ExtendedInfo": json } }, { Messages: json }])
        expect(messagesOf(body).length).toBeLessThanOrEqual(50);
    }),
  );
  expect(messagesOf({ Messages: Array.from({ length: 1000 }, () => ({ MessageId: "a" })) })).toHaveLength(50);
});

describeShared("redfish/misc/sushy-samples", "recorded error bodies", (dir) => {
  test.each([
    ["error.json", "PropertyValueNotInList"],
    ["error_single_ext_info.json", "GeneralError"],
    ["session_error.json", "NoValidSession"],
    ["transfer_proto_required_error.json", "ActionParameterMissing"],
    ["credentials_required_error.json", "ActionParameterMissing"],
  ])("%s says %s", (file, id) => {
    const found = messagesOf(JSON.parse(readFileSync(join(dir, file), "utf8")));
    expect(found[0]).toMatchObject({ id, text: expect.stringMatching(/./) });
  });
});
