import { expect, test } from "vitest";
import { Resource } from "../resource.ts";
import { ifMatches } from "./if-match.ts";

const with_ = (etag?: string, body?: string) =>
  new Resource("/redfish/v1/Systems/1", body === undefined ? {} : { "@odata.etag": body }, { etag });

test.each([
  ["a strong tag is sent", with_('"1"'), ['"1"', undefined, "*"]],
  ["a weak one is left out first", with_('W/"1"'), [undefined, 'W/"1"', "*"]],
  ["without any nothing is sent", with_(), [undefined, "*"]],
  ["the body's tag stands in", with_(undefined, '"2"'), ['"2"', undefined, "*"]],
  [
    "doubled quotes in the header are no strong tag: the body's is",
    with_('""3""', '"3"'),
    ['"3"', undefined, '""3""', "*"],
  ],
])("%s", (_, resource, order) => {
  expect(ifMatches(resource, "auto")).toEqual(order);
});

test("what is known about a BMC goes first, the rest stays in reserve", () => {
  expect(ifMatches(with_('"1"'), "omit")).toEqual([undefined, '"1"', "*"]);
  expect(ifMatches(with_('W/"1"'), "send")).toEqual(['W/"1"', "*", undefined]);
  expect(ifMatches(with_('"1"'), "any")).toEqual(["*", undefined, '"1"']);
});
