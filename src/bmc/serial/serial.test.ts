import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { scaledClock } from "#base/clock.ts";
import { RackhandError, RefusedError } from "#base/errors.ts";
import type { SerialInput } from "../serial.ts";
import { InputQueue } from "./input-queue.ts";
import { openLine } from "./kept-line.ts";
import { LeaveFilter } from "./leave-filter.ts";
import type { Road, RoadHooks } from "./road.ts";
import { shellAt } from "./vendor-shells.ts";

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");

describe("the filter of leave sequences", () => {
  test.each([
    ["\u001b(", "ls\u001b(x", "ls\u001bx"],
    ["\u001b(", "\u001b[A\u001b[B", "\u001b[A\u001b[B"],
    ["\u001b(", "\u001b((((", "\u001b"],
    ["\u001c", "a\u001cb\u001c", "ab"],
    ["\r\u001bT", "\r\r\u001bTT\u001bT", "\r\r\u001b\u001bT"],
    ["\r~.", "\r~~.\r~.", "\r~~.\r~"],
    ["", "\u001b(", "\u001b("],
  ])("of %j lets through of %j: %j", (sequence, typed, sent) => {
    expect(text(new LeaveFilter(Buffer.from(sequence)).pass(Buffer.from(typed)))).toBe(sent);
  });

  test("never lets a sequence through however it is cut, and takes nothing else away", () => {
    const sequence = fc.constantFrom("\u001b(", "\u001c", "\r\u001bT", "aab", "aaa");
    const typed = fc.array(fc.string({ unit: fc.constantFrom("\u001b", "(", "\r", "T", "\u001c", "a", "b") }), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(sequence, typed, (leave, writes) => {
        const filter = new LeaveFilter(Buffer.from(leave));
        const sent = writes.map((write) => text(filter.pass(Buffer.from(write)))).join("");
        expect(sent).not.toContain(leave);
        const whole = writes.join("");
        if (!whole.includes(leave)) expect(sent).toBe(whole);
        expect(whole.length - sent.length).toBeLessThanOrEqual(whole.split(leave.slice(-1)).length - 1);
      }),
    );
  });
});

describe("what waits for a reader", () => {
  test("comes in order, small pieces joined, marks in their place", async () => {
    const queue = new InputQueue();
    for (const piece of ["a", "b"]) queue.data(Buffer.from(piece));
    queue.gap("overrun");
    queue.data(Buffer.from("c"));
    queue.end();
    const all: SerialInput[] = [];
    for (let input = await queue.next(); input; input = await queue.next()) all.push(input);
    expect(all.map((input) => (input.type === "data" ? text(input.bytes) : input.type))).toEqual(["ab", "gap", "c"]);
  });

  test("is bounded: the oldest goes, and one gap says so", async () => {
    const queue = new InputQueue();
    const piece = Buffer.alloc(64 * 1024, "x");
    queue.put({ type: "connected" });
    for (let n = 0; n < 400; n++) queue.data(piece);
    queue.data(Buffer.from("last"));
    queue.end();
    const kinds: string[] = [];
    let bytes = 0;
    let end = "";
    for (let input = await queue.next(); input; input = await queue.next()) {
      kinds.push(input.type === "gap" ? input.why : input.type);
      if (input.type === "data") bytes += input.bytes.length;
      if (input.type === "data") end = text(input.bytes.subarray(-4));
    }
    expect(bytes).toBeLessThanOrEqual(8 * 1024 * 1024);
    expect(end).toBe("last");
    expect(kinds.slice(0, 2)).toEqual(["reader-too-slow", "connected"]);
    expect(kinds.filter((kind) => kind === "reader-too-slow")).toHaveLength(1);
  });

  test("a reader that waits gets what comes at once, and the error at the end", async () => {
    const queue = new InputQueue();
    const waiting = queue.next();
    queue.data(Buffer.from("x"));
    expect(await waiting).toMatchObject({ type: "data" });
    const last = queue.next();
    queue.end(new RackhandError("console.taken", "gone"));
    await expect(last).rejects.toMatchObject({ code: "console.taken" });
    await expect(queue.next()).rejects.toMatchObject({ code: "console.taken" });
  });
});

describe("a line that is kept", () => {
  /** A road whose connections are made, fed and lost by the test. */
  function road(outcomes: ("ok" | Error)[]) {
    const hooks: RoadHooks[] = [];
    const typed: string[] = [];
    let closed = 0;
    const made: Road = {
      name: "test road",
      machine: "web01",
      diesOfReset: true,
      leave: () => Buffer.from("\u001b("),
      async connect(given) {
        const outcome = outcomes.shift() ?? "ok";
        if (outcome !== "ok") throw outcome;
        hooks.push(given);
        given.data(Buffer.from(`<${hooks.length}>`));
        return {
          write: async (bytes) => void typed.push(text(bytes)),
          break: async () => undefined,
          close: async () => void (closed += 1),
        };
      },
    };
    return { made, hooks, typed, closed: () => closed };
  }
  const clock = scaledClock(200);
  const away = new RackhandError("bmc.silent", "no answer", { retryable: true });

  async function inputs(line: { next(): Promise<SerialInput | undefined> }, count: number): Promise<string[]> {
    const all: string[] = [];
    while (all.length < count) {
      const input = await line.next();
      if (!input) break;
      all.push(input.type === "data" ? text(input.bytes) : input.type === "gap" ? input.why : input.type);
    }
    return all;
  }

  test("what a new connection brings stands behind the gap, even if it comes before the connection stands", async () => {
    const { made, hooks } = road(["ok", away, away, "ok"]);
    await using line = await openLine(made, clock);
    hooks[0]?.end({ why: "lost", detail: "gone" });
    expect(await inputs(line, 8)).toEqual([
      "connected",
      "<1>",
      "lost",
      "lost",
      "lost",
      "reconnected",
      "connected",
      "<2>",
    ]);
  });

  test("what an old connection still says is not heard", async () => {
    const { made, hooks } = road([]);
    await using line = await openLine(made, clock);
    hooks[0]?.end({ why: "lost", detail: "gone" });
    hooks[0]?.data(Buffer.from("ghost"));
    expect(await inputs(line, 6)).toEqual(["connected", "<1>", "lost", "reconnected", "connected", "<2>"]);
  });

  test("a failure that will not get better ends it", async () => {
    const { made, hooks } = road(["ok", new RefusedError("bmc.stranger", "another one")]);
    await using line = await openLine(made, clock);
    hooks[0]?.end({ why: "lost", detail: "gone" });
    expect(await inputs(line, 3)).toEqual(["connected", "<1>", "lost"]);
    await expect(line.next()).rejects.toMatchObject({ code: "bmc.stranger" });
    await expect(line.write(Buffer.from("x"))).rejects.toMatchObject({ code: "console.not-connected" });
  });

  test("the leave sequence is filtered across writes", async () => {
    const { made, typed } = road([]);
    await using line = await openLine(made, clock);
    await line.write(Buffer.from("a\u001b"));
    await line.write(Buffer.from("(b"));
    expect(typed.join("")).toBe("a\u001bb");
  });

  test("closing ends the reader and the connection; a signal ends it with its reason", async () => {
    const { made, closed } = road([]);
    const line = await openLine(made, clock);
    await line.close();
    expect(await inputs(line, 9)).toEqual(["connected", "<1>"]);
    expect(closed()).toBe(1);
    const stop = new AbortController();
    await using other = await openLine(made, clock, { signal: stop.signal });
    stop.abort(new RackhandError("cancelled", "interrupted"));
    expect(await inputs(other, 2)).toEqual(["connected", "<2>"]);
    await expect(other.next()).rejects.toMatchObject({ code: "cancelled" });
    expect(closed()).toBe(2);
  });

  test("only a line that dies of resets is opened anew after one, and only when nothing came", async () => {
    const { made, hooks, closed } = road([]);
    await using line = await openLine(made, clock);
    line.hostWasReset();
    await clock.sleep(20 as never);
    hooks[0]?.data(Buffer.from("boot"));
    await clock.sleep(40_000 as never);
    expect(closed()).toBe(0);
    line.hostWasReset();
    await expect.poll(() => hooks.length).toBe(2);
    expect(closed()).toBe(1);
  });
});

test.each([
  ["racadm>>", "idrac"],
  ["\r\n/admin1-> ", "idrac"],
  ["</>hpiLO-> ", "ilo"],
  ["\r\nsystem> ", "xcc"],
  ["\r\n-> ", "supermicro"],
  ["\r\nC220-FCH1234V0AB# ", "cisco"],
  ["root@openbmc:~# ", undefined],
  ["login: ", undefined],
])("the prompt %j is that of %s", (prompt, shell) => expect(shellAt(prompt)).toBe(shell));
