import { expect, test } from "vitest";
import { Resource } from "../resource.ts";
import type { EtagHabit } from "../target.ts";
import { preconditions, same } from "./if-match.ts";

/** The tags in their order; the last resort in If-None-Match is marked. */
const ways = (resource: Resource, habit: EtagHabit) =>
  preconditions(resource, habit).map((way) => (way?.header === "If-None-Match" ? `none-match ${way.tag}` : way?.tag));

const with_ = (etag?: string, body?: string) =>
  new Resource("/redfish/v1/Systems/1", body === undefined ? {} : { "@odata.etag": body }, { etag });

test.each([
  ["a strong tag is sent", with_('"1"'), ['"1"', undefined, "*", 'none-match "1"']],
  ["a weak one is left out first", with_('W/"1"'), [undefined, 'W/"1"', "*", 'none-match W/"1"']],
  ["without any nothing is sent", with_(), [undefined, "*"]],
  ["the body's tag stands in", with_(undefined, '"2"'), ['"2"', undefined, "*", 'none-match "2"']],
  [
    "doubled quotes in the header are no strong tag: the body's is",
    with_('""3""', '"3"'),
    ['"3"', undefined, '""3""', "*", 'none-match ""3""'],
  ],
])("%s", (_, resource, order) => {
  expect(ways(resource, "auto")).toEqual(order);
});

test("what is known about a BMC goes first, the rest stays in reserve", () => {
  expect(ways(with_('"1"'), "omit")).toEqual([undefined, '"1"', "*", 'none-match "1"']);
  expect(ways(with_('W/"1"'), "send")).toEqual(['W/"1"', "*", undefined, 'none-match W/"1"']);
  expect(ways(with_('"1"'), "any")).toEqual(["*", undefined, '"1"', 'none-match "1"']);
  expect(ways(with_('"1"'), "none-match")).toEqual(['none-match "1"', '"1"', undefined]);
});

test("a tag that could break out of a header is no tag", () => {
  expect(ways(with_(undefined, '"1"\r\nX-Auth-Token: t'), "auto")).toHaveLength(4);
  expect(ways(with_(undefined, '"\u00e9"'), "auto")).toEqual([undefined, "*"]);
  expect(same(undefined, { header: "If-Match", tag: "*" })).toBe(false);
});
