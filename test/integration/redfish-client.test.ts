import { beforeEach, describe, expect, test } from "vitest";
import { createServer, type Server, type Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { gzipSync } from "node:zlib";
import { scaledClock } from "#base/clock.ts";
import { Secret } from "#base/secret.ts";
import { milliseconds, seconds } from "#base/units.ts";
import { actionTarget, forgetWrongPasswords, RedfishClient } from "#protocols/redfish/client.ts";
import type { RedfishOptions, RedfishTarget } from "#protocols/redfish/target.ts";
import { text } from "#protocols/redfish/resource.ts";
import {
  certificate,
  pinOf,
  serve,
  type Handler,
  type Reply,
  type Seen,
  type TestServer,
} from "../support/https-server.ts";
import { needs } from "../support/needs.ts";

const systems = "/redfish/v1/Systems";
const sessions = "/redfish/v1/SessionService/Sessions";
const root = {
  "@odata.id": "/redfish/v1/",
  UUID: "b5a1c0de-0000-4000-8000-000000000001",
  Systems: { "@odata.id": systems },
  Links: { Sessions: { "@odata.id": sessions } },
};
const refused = (status: number, id: string, more: object = {}): Reply => ({
  status,
  body: { error: { "@Message.ExtendedInfo": [{ MessageId: id, Message: `said ${id}`, ...more }] } },
});

/** A well-behaved BMC, over which a test lays its oddity; undefined from `odd` means: as usual. */
function bmc(odd: (seen: Seen) => ReturnType<Handler> | undefined = () => undefined) {
  const state = { tokens: new Set<string>(), made: 0, deleted: [] as string[], power: "Off" };
  const usual = (seen: Seen): Reply => {
    const { method, path, headers, body } = seen;
    if (/^\/redfish\/v1\/?$/.test(path)) return { body: root };
    if (method === "POST" && path === sessions) {
      const { UserName, Password } = JSON.parse(body);
      if (UserName !== "admin" || Password !== "s3cret-pw") return refused(401, "Base.1.0.NoValidSession");
      const id = `${++state.made}`;
      state.tokens.add(id);
      return {
        status: 201,
        headers: { "X-Auth-Token": `token-${id}`, Location: `${sessions}/${id}` },
        body: { Id: id },
      };
    }
    const basic = headers.authorization === `Basic ${Buffer.from("admin:s3cret-pw").toString("base64")}`;
    const token = String(headers["x-auth-token"] ?? "").replace("token-", "");
    if (!basic && !state.tokens.has(token)) return refused(401, "Base.1.0.NoValidSession");
    if (method === "DELETE") {
      state.deleted.push(path);
      state.tokens.delete(path.split("/").at(-1) ?? "");
      return { status: 204 };
    }
    if (path === systems) return { body: { Members: [{ "@odata.id": `${systems}/1` }] } };
    if (path === `${systems}/1`) return { body: { "@odata.id": path, Model: "X", PowerState: state.power } };
    if (path.startsWith(`${sessions}/`)) return { body: { "@odata.id": path } };
    return refused(404, "Base.1.0.ResourceMissingAtURI");
  };
  const handler: Handler = (seen) => odd(seen) ?? usual(seen);
  return { state, handler };
}

function target(server: TestServer, more: Partial<RedfishTarget> = {}): RedfishTarget {
  const password = new Secret("s3cret-pw");
  return { host: server.host, port: server.port, username: "admin", password, scheme: "http", ...more };
}
const fast = (): RedfishOptions => ({
  clock: scaledClock(20),
  limits: { connect: seconds(400), answer: seconds(400) },
});

describe("the log-in", () => {
  test("reads the root, makes one session, uses it, deletes it; all on one connection", async () => {
    const { state, handler } = bmc();
    await using server = await serve(handler);
    const opened: string[] = [];
    const ended: string[] = [];
    const client = await RedfishClient.open(target(server), {
      onSession: (path) => opened.push(path),
      onSessionEnd: (path) => ended.push(path),
      accept: (seen) => expect(text(seen, "UUID")).toBe(root.UUID),
    });
    expect(text(await client.get(`${systems}/1`), "PowerState")).toBe("Off");
    expect(client).toMatchObject({ authentication: "session", session: `${sessions}/1` });
    await client.close();
    await client.close();
    expect(state.deleted).toEqual([`${sessions}/1`]);
    expect([opened, ended]).toEqual([[`${sessions}/1`], [`${sessions}/1`]]);
    expect(new Set(server.seen.map(({ connection }) => connection))).toEqual(new Set([1]));
    expect(server.seen[0]?.headers).not.toHaveProperty("authorization");
    expect(server.seen[0]?.headers["accept-encoding"]).toBe("identity");
  });

  test("a stranger's root ends it before any password is sent", async () => {
    await using server = await serve(bmc().handler);
    const accept = () => {
      throw new Error("stranger");
    };
    await expect(RedfishClient.open(target(server), { accept })).rejects.toThrow("stranger");
    expect(server.seen.map(({ method }) => method)).toEqual(["GET"]);
  });

  test("with the place of sessions known the root is not read", async () => {
    await using server = await serve(bmc().handler);
    await using _client = await RedfishClient.open(target(server, { known: { sessions } }));
    expect(server.seen.map(({ path }) => path)).toEqual([sessions]);
  });

  test("where sessions have moved since, they are found anew", async () => {
    await using server = await serve(bmc().handler);
    await using client = await RedfishClient.open(target(server, { known: { sessions: "/redfish/v1/Sessions" } }));
    expect([client.authentication, client.session, ...client.observed]).toEqual(["session", `${sessions}/1`]);
  });

  test("a log-in that is answered 400 does not send the password a second time in another way", async () => {
    const { handler } = bmc(({ method }) => (method === "POST" ? refused(400, "Base.1.0.GeneralError") : undefined));
    await using server = await serve(handler);
    await expect(RedfishClient.open(target(server))).rejects.toMatchObject({ code: "redfish.error" });
    expect(server.seen.some(({ headers }) => headers.authorization !== undefined)).toBe(false);
  });

  test("a BMC without sessions that refuses the password says that it is wrong", async () => {
    const { handler } = bmc(({ method, path }) =>
      method === "POST" && path === sessions ? { status: 405 } : undefined,
    );
    await using server = await serve(handler);
    await using client = await RedfishClient.open(target(server, { password: new Secret("wrong-pw") }));
    await expect(client.get(systems)).rejects.toMatchObject({ code: "bmc.auth.password" });
  });

  test("a wrong password is tried once, and not again by this process until it was changed", async () => {
    await using server = await serve(bmc().handler);
    const wrong = target(server, { password: new Secret("wrong-pw") });
    const refusal = { code: "bmc.auth.password", retryable: false };
    await expect(RedfishClient.open(wrong)).rejects.toMatchObject(refusal);
    const asked = server.seen.length;
    await expect(RedfishClient.open(wrong)).rejects.toMatchObject(refusal);
    await expect(RedfishClient.open(target(server))).rejects.toMatchObject({
      code: "bmc.auth.password",
      retryable: true,
    });
    expect(server.seen.filter(({ method }) => method === "POST")).toHaveLength(1);
    expect(server.seen.length).toBeLessThanOrEqual(asked + 2);
    forgetWrongPasswords(server.host, server.port);
    await using client = await RedfishClient.open(target(server));
    expect(client.authentication).toBe("session");
  });

  test("with basic authentication, too, a wrong password is sent one time", async () => {
    await using server = await serve(bmc().handler);
    const wrong = target(server, { password: new Secret("wrong-pw"), authentication: "basic" });
    await using client = await RedfishClient.open(wrong);
    await expect(client.get(systems)).rejects.toMatchObject({ code: "bmc.auth.password" });
    await expect(RedfishClient.open(wrong)).rejects.toMatchObject({ code: "bmc.auth.password" });
    expect(server.seen.filter(({ headers }) => headers.authorization !== undefined)).toHaveLength(1);
  });

  test("no free session: basic authentication does, and is said", async () => {
    const { handler } = bmc(({ method, path }) =>
      method === "POST" && path === sessions ? refused(503, "IDRAC.2.5.RAC0218") : undefined,
    );
    await using server = await serve(handler);
    await using client = await RedfishClient.open(target(server), fast());
    expect(text(await client.get(`${systems}/1`), "Model")).toBe("X");
    expect([client.authentication, ...client.observed]).toEqual(["basic", "sessions-full"]);
    await expect(RedfishClient.open(target(server, { authentication: "session" }))).rejects.toMatchObject({
      code: "bmc.sessions-full",
      exitCode: 3,
      retryable: true,
    });
  });

  test("no free session and basic authentication switched off is a full table, not a wrong password", async () => {
    const { handler } = bmc(({ method, path, headers }) => {
      if (method === "POST" && path === sessions) return refused(503, "Base.1.8.SessionLimitExceeded");
      return headers.authorization === undefined ? undefined : refused(401, "Base.1.8.NoValidSession");
    });
    await using server = await serve(handler);
    await using client = await RedfishClient.open(target(server), fast());
    await expect(client.get(systems)).rejects.toMatchObject({ code: "bmc.sessions-full" });
    await using again = await RedfishClient.open(target(server), fast());
    expect(again.authentication).toBe("basic");
  });

  test("a BMC without sessions gets basic authentication", async () => {
    const { handler } = bmc(({ method, path }) =>
      method === "POST" && path === sessions ? { status: 405 } : undefined,
    );
    await using server = await serve(handler);
    await using client = await RedfishClient.open(target(server));
    expect([client.authentication, client.session, ...client.observed]).toEqual(["basic", undefined, "no-sessions"]);
  });

  test.each([
    ["an absolute Location with a name of its own", { Location: `https://bmc.internal:8443${sessions}/9` }, {}],
    ["a relative Location", { Location: "Sessions/9" }, {}],
    ["none, but the body's own path", {}, { "@odata.id": `${sessions}/9` }],
    ["none, but the body's id", {}, { Id: "9" }],
  ])("the session is found to be deleted from %s", async (_, headers, body) => {
    const { state, handler } = bmc(({ method, path }) => {
      if (method !== "POST" || path !== sessions) return undefined;
      state.tokens.add("9");
      return { status: 201, headers: { "X-Auth-Token": "token-9", ...(headers as Record<string, string>) }, body };
    });
    await using server = await serve(handler);
    await (await RedfishClient.open(target(server))).close();
    expect(state.deleted).toEqual([`${sessions}/9`]);
  });

  test("an ended session is made anew once, and what was asked is asked again", async () => {
    const { state, handler } = bmc();
    await using server = await serve(handler);
    await using client = await RedfishClient.open(target(server));
    await client.get(systems);
    state.tokens.clear();
    expect(text(await client.get(`${systems}/1`), "Model")).toBe("X");
    expect([state.made, client.session]).toEqual([2, `${sessions}/2`]);
  });

  test("sessions that die as soon as they are made end in an error, not in a loop", async () => {
    const { state, handler } = bmc();
    await using server = await serve(handler);
    await using client = await RedfishClient.open(target(server));
    server.handler = (seen) => {
      if (seen.method !== "POST") state.tokens.clear();
      return handler(seen);
    };
    await expect(client.get(systems)).rejects.toMatchObject({ code: "bmc.session-lost", retryable: true });
    await expect(client.get(systems)).rejects.toMatchObject({ code: "bmc.session-lost" });
    expect(state.made).toBeLessThanOrEqual(2);
  });

  test("401 for one resource while the session lives does not cost another session", async () => {
    const { state, handler } = bmc(({ path }) => (path.endsWith("/secret") ? { status: 401 } : undefined));
    await using server = await serve(handler);
    await using client = await RedfishClient.open(target(server));
    await client.get(systems);
    await expect(client.get(`${systems}/secret`)).rejects.toMatchObject({ code: "redfish.unauthorized" });
    expect(state.made).toBe(1);
  });

  test("a password that must be changed is said with the place to change it", async () => {
    const must = refused(403, "Base.1.8.PasswordChangeRequired", {
      MessageArgs: ["/redfish/v1/AccountService/Accounts/1"],
    });
    const { handler } = bmc(({ path, method }) => (method === "GET" && path === systems ? must : undefined));
    await using server = await serve((seen) => {
      const reply = handler(seen);
      if (seen.method !== "POST" || typeof reply !== "object") return reply;
      return {
        ...reply,
        body: {
          "@Message.ExtendedInfo": [
            { MessageId: "Base.1.8.PasswordChangeRequired", MessageArgs: ["/redfish/v1/AccountService/Accounts/1"] },
          ],
        },
      };
    });
    await using client = await RedfishClient.open(target(server));
    expect(client.passwordChange).toBe("/redfish/v1/AccountService/Accounts/1");
    await expect(client.get(systems)).rejects.toMatchObject({ code: "redfish.password-change-required" });
  });

  test("without a service root the collections stand in for it", async () => {
    const { handler } = bmc(({ path }) => (/^\/redfish\/v1\/?$/.test(path) ? { status: 404 } : undefined));
    await using server = await serve(handler);
    await using client = await RedfishClient.open(target(server));
    expect((await client.root()).json).toEqual({ "@odata.id": "/redfish/v1/", Systems: { "@odata.id": systems } });
    expect([...client.observed]).toEqual(["no-root"]);
  });

  test("a web server that knows no Redfish gets no password", async () => {
    await using server = await serve(() => ({ status: 404, body: "<html><title>nginx</title>" }));
    await expect(RedfishClient.open(target(server))).rejects.toMatchObject({ code: "bmc.garbage", exitCode: 3 });
    server.handler = () => ({ body: "<html><title>Router log-in</title>" });
    await expect(RedfishClient.open(target(server))).rejects.toMatchObject({
      code: "redfish.html",
      message: expect.stringContaining("Router log-in"),
    });
    expect(server.seen.every(({ method, headers }) => method === "GET" && headers.authorization === undefined)).toBe(
      true,
    );
  });
});

describe("TLS", () => {
  beforeEach(() => needs("openssl"));
  const https = { scheme: "https" } as const;

  test("the first certificate is reported, the same one is let in, another is refused before anything is said", async () => {
    const first = certificate("ec", "one");
    await using server = await serve(bmc().handler, first);
    const pins: string[] = [];
    await using client = await RedfishClient.open(target(server, https), { onPin: (pin) => pins.push(pin) });
    expect(pins).toEqual([pinOf(first)]);
    expect(client.pin).toBe(pinOf(first));
    const colons = pinOf(first).toLowerCase().match(/../g)?.join(":") ?? "";
    await using _again = await RedfishClient.open(target(server, { ...https, tls: { pin: colons } }));
    const heard = server.seen.length;
    const other = pinOf(certificate("ec", "two"));
    await expect(RedfishClient.open(target(server, { ...https, tls: { pin: other } }))).rejects.toMatchObject({
      code: "redfish.tls-pin",
      exitCode: 4,
      details: { pinned: other, seen: pinOf(first) },
    });
    expect(server.seen).toHaveLength(heard);
  });

  test("a certificate that changes under an open client is refused at the next connection", async () => {
    await using server = await serve(bmc().handler, certificate("ec", "one"));
    await using client = await RedfishClient.open(target(server, { ...https, connection: "close" }));
    await client.get(systems);
    server.renew(certificate("ec", "two"));
    await expect(client.get(systems)).rejects.toMatchObject({ code: "redfish.tls-pin" });
  });

  test("connections that are closed each time are resumed, not shaken hands for anew", async () => {
    await using server = await serve(bmc().handler, certificate());
    let resumed = 0;
    server.handler = (seen) =>
      seen.path === systems
        ? (response, socket) => {
            if (socket instanceof TLSSocket && socket.isSessionReused()) resumed += 1;
            response.end(JSON.stringify({ Members: [] }));
          }
        : bmc().handler(seen);
    await using client = await RedfishClient.open(
      target(server, { ...https, connection: "close", authentication: "basic" }),
    );
    for (let i = 0; i < 3; i++) await client.get(systems);
    expect(resumed).toBeGreaterThan(0);
    expect(new Set(server.seen.map(({ connection }) => connection)).size).toBe(server.seen.length);
  });

  test("TLS 1.0 and short keys are refused with advice, and taken where they are allowed", async () => {
    await using old = await serve(bmc().handler, { ...certificate("rsa:1024", "old"), maxVersion: "TLSv1" });
    await expect(RedfishClient.open(target(old, https))).rejects.toMatchObject({
      code: "redfish.tls",
      exitCode: 3,
      advice: expect.stringContaining("old-tls"),
    });
    await using client = await RedfishClient.open(target(old, { ...https, tls: { legacy: true } }));
    expect(text(await client.get(`${systems}/1`), "Model")).toBe("X");
  });

  test("plain http where TLS was expected, and the other way round, are told as what they are", async () => {
    await using plain = await serve(bmc().handler);
    await expect(RedfishClient.open(target(plain, https))).rejects.toMatchObject({
      code: "redfish.tls",
      message: expect.stringContaining("does not speak TLS"),
    });
    await using secure = await serve(bmc().handler, certificate());
    await expect(RedfishClient.open(target(secure))).rejects.toMatchObject({ exitCode: 3 });
  });

  test("a pin that is no SHA-256 is a configuration error", async () => {
    await using server = await serve(bmc().handler);
    await expect(RedfishClient.open(target(server, { ...https, tls: { pin: "abc" } }))).rejects.toMatchObject({
      code: "redfish.pin",
      exitCode: 2,
    });
  });
});

describe("changes", () => {
  const path = `${systems}/1`;
  const patch = { Boot: { BootSourceOverrideTarget: "Pxe" } };

  /** A resource with an ETag, and a BMC that takes a PATCH only with what `takes` likes. */
  function tagged(etag: string | undefined, takes: (ifMatch: string | undefined) => number, body = {}) {
    const sent: (string | undefined)[] = [];
    const { handler } = bmc((seen) => {
      if (seen.path !== path || seen.headers["x-auth-token"] === undefined) return undefined;
      if (seen.method === "GET")
        return { headers: etag === undefined ? {} : { ETag: etag }, body: { "@odata.id": path, ...body } };
      const ifMatch = seen.headers["if-match"];
      sent.push(ifMatch);
      return { status: takes(ifMatch) };
    });
    return { handler, sent };
  }

  test.each([
    ["a strong tag goes first", '"1"', (tag?: string) => (tag === '"1"' ? 200 : 428), ['"1"'], []],
    ["a weak one stays away", 'W/"1"', (tag?: string) => (tag === undefined ? 200 : 412), [undefined], ["weak-etags"]],
    [
      "a BMC that fails on its own tags",
      '"1"',
      (tag?: string) => (tag === undefined ? 204 : 412),
      ['"1"', undefined],
      ["etag-rejected"],
    ],
    [
      "one that wants its weak tag",
      'W/"1"',
      (tag?: string) => (tag === 'W/"1"' ? 200 : 428),
      [undefined, 'W/"1"'],
      ["weak-etags", "etag-required"],
    ],
    [
      "one that wants a star",
      undefined,
      (tag?: string) => (tag === "*" ? 200 : 428),
      [undefined, "*"],
      ["etag-required"],
    ],
  ])("%s", async (_, etag, takes, order, observed) => {
    const { handler, sent } = tagged(etag, takes);
    await using server = await serve(handler);
    await using client = await RedfishClient.open(target(server));
    await client.patch(path, patch);
    expect(sent).toEqual(order);
    expect([...client.observed]).toEqual(observed);
    await client.patch(path, patch);
    expect(sent.length).toBeLessThanOrEqual(order.length + 1);
  });

  test("a tag that somebody else made stale is read anew before anything else is tried", async () => {
    let version = 1;
    const sent: (string | undefined)[] = [];
    const { handler } = bmc((seen) => {
      if (seen.path !== path) return undefined;
      if (seen.method === "GET") return { headers: { ETag: `"${version}"` }, body: { "@odata.id": path } };
      sent.push(seen.headers["if-match"]);
      if (sent.length === 1) version += 1;
      return { status: seen.headers["if-match"] === `"${version}"` ? 200 : 412 };
    });
    await using server = await serve(handler);
    await using client = await RedfishClient.open(target(server));
    await client.patch(path, patch);
    expect(sent).toEqual(['"1"', '"2"']);
    expect([...client.observed]).toEqual([]);
  });

  test("a BMC that takes nothing ends in an error after a few tries", async () => {
    const { handler, sent } = tagged('"1"', () => 412, { "@odata.etag": '"other"' });
    await using server = await serve(handler);
    await using client = await RedfishClient.open(target(server));
    await expect(client.patch(path, patch)).rejects.toMatchObject({ code: "redfish.etag" });
    expect(sent).toEqual(['"1"', '"other"', undefined, "*", undefined]);
  });

  test("the POST window and 503 are waited for; a bad value is told at once, with the BMC's words", async () => {
    const replies = [
      refused(503, "Base.1.8.ServiceTemporarilyUnavailable"),
      refused(400, "iLO.2.14.UnableToModifyDuringSystemPOST"),
      { status: 200 },
    ];
    const { handler } = bmc(({ method, headers }) =>
      method === "PATCH" && headers["x-auth-token"] ? replies.shift() : undefined,
    );
    await using server = await serve(handler);
    await using client = await RedfishClient.open(target(server), fast());
    await client.patch(path, patch);
    expect(replies).toEqual([]);
    replies.push(refused(400, "Base.1.8.PropertyValueNotInList"), { status: 200 });
    await expect(client.patch(path, patch)).rejects.toMatchObject({
      code: "redfish.property-value",
      message: expect.stringContaining("said Base"),
    });
  });

  test("a window longer than patience ends in a retryable error", async () => {
    const { handler } = bmc(({ method }) =>
      method === "PATCH" ? refused(400, "iLO.2.14.UnableToModifyDuringSystemPOST") : undefined,
    );
    await using server = await serve(handler);
    await using client = await RedfishClient.open(target(server), fast());
    await expect(client.patch(path, patch)).rejects.toMatchObject({ code: "redfish.post-window", retryable: true });
  });
});

describe("bad lines and bad servers", () => {
  test("a reset whose answer got lost is sent one time", async () => {
    const reset = `${systems}/1/Actions/ComputerSystem.Reset`;
    const { handler } = bmc(({ path }) => (path === reset ? "cut" : undefined));
    await using server = await serve(handler);
    await using client = await RedfishClient.open(target(server));
    await expect(client.post(reset, { ResetType: "ForceRestart" })).rejects.toMatchObject({
      code: "redfish.answer-lost",
      retryable: false,
    });
    server.handler = (seen) => (seen.path === reset ? "hold" : handler(seen));
    const limits = { answer: milliseconds(200) };
    await expect(client.post(reset, { ResetType: "ForceRestart" }, { limits })).rejects.toMatchObject({
      code: "redfish.answer-lost",
    });
    expect(server.seen.filter(({ path }) => path === reset)).toHaveLength(2);
  });

  test("what only reads is asked again when the connection breaks, once", async () => {
    let cuts = 1;
    const { handler } = bmc(({ path, headers }) =>
      path === systems && headers["x-auth-token"] && cuts-- > 0 ? "cut" : undefined,
    );
    await using server = await serve(handler);
    await using client = await RedfishClient.open(target(server));
    expect((await client.get(systems)).path).toBe(systems);
    cuts = 99;
    await expect(client.get(systems)).rejects.toMatchObject({ code: "redfish.connection-lost", exitCode: 3 });
  });

  test("a kept connection that has gone deaf is replaced, and none is kept any more", async () => {
    let deaf = 0;
    const { handler } = bmc(({ path, connection }) => (path === systems && connection === deaf ? "hold" : undefined));
    await using server = await serve(handler);
    await using client = await RedfishClient.open(target(server), {
      clock: scaledClock(15),
      limits: { connect: seconds(60) },
    });
    deaf = 1;
    expect((await client.get(systems)).path).toBe(systems);
    expect([...client.observed]).toEqual(["kept-connection-hangs"]);
    await client.get(systems);
    await client.get(systems);
    const last = server.seen.slice(-2);
    expect(last[0]?.connection).not.toBe(last[1]?.connection);
    expect(last[1]?.headers.connection).toBe("close");
  });

  test("406 to `identity` is understood, and compressed answers are unpacked within limits", async () => {
    const packed = gzipSync(JSON.stringify({ "@odata.id": systems, Members: [] }));
    const { handler } = bmc(({ path, headers }) => {
      if (path !== systems || !headers["x-auth-token"]) return undefined;
      if (headers["accept-encoding"] === "identity") return { status: 406 };
      return (response) => void response.writeHead(200, { "Content-Encoding": "gzip" }).end(packed);
    });
    await using server = await serve(handler);
    await using client = await RedfishClient.open(target(server));
    expect((await client.get(systems)).json).toHaveProperty("Members");
    expect([...client.observed]).toEqual(["identity-encoding-refused"]);
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
    server.handler = (seen) =>
      seen.method === "GET"
        ? (response) => void response.writeHead(200, { "Content-Encoding": "gzip" }).end(bomb)
        : handler(seen);
    await expect(client.get(systems)).rejects.toMatchObject({ code: "redfish.too-large" });
  });

  test("a redirect to the path with a slash is followed with the token; one to another host is not", async () => {
    const { handler } = bmc(({ path }) =>
      path === `${systems}/1/`
        ? { status: 308, headers: { Location: `http://other.example:80${systems}/1` } }
        : undefined,
    );
    await using server = await serve(handler);
    await using client = await RedfishClient.open(target(server));
    expect(text(await client.get(`${systems}/1/`), "Model")).toBe("X");
    server.handler = (seen) =>
      seen.path === systems ? { status: 302, headers: { Location: "http://127.9.9.9:1/redfish/v1/x" } } : handler(seen);
    await expect(client.get(systems)).rejects.toMatchObject({ code: "redfish.redirect" });
  });

  test.each([
    [
      "a body without end",
      "redfish.too-large",
      (): Handler => () => (response) => {
        const chunk = Buffer.alloc(256 * 1024, 0x20);
        const more = () => void (!response.destroyed && response.write(chunk, more));
        more();
      },
    ],
    [
      "a body that says it is huge",
      "redfish.too-large",
      (): Handler => () => (response) => void response.writeHead(200, { "Content-Length": "99999999999" }).write("{"),
    ],
    ["depth", "redfish.too-large", (): Handler => () => ({ body: "[".repeat(4_000_000) })],
    ["broken JSON", "redfish.garbage", (): Handler => () => ({ body: '{"a":' })],
    ["a list", "redfish.garbage", (): Handler => () => ({ body: [1, 2] })],
    ["nothing", "redfish.garbage", (): Handler => () => ({ status: 204 })],
    [
      "an error with 200",
      "redfish.server-error",
      (): Handler => () => ({ body: { error: { code: "Base.1.0.InternalError" } } }),
    ],
    ["a page", "redfish.html", (): Handler => () => ({ body: "<!DOCTYPE html><title>Log in</title>" })],
    [
      "no HTTP",
      "bmc.garbage",
      (): Handler => () => (_response, socket) => void socket.end("SSH-2.0-OpenSSH_9.2\r\n\r\n"),
    ],
    [
      "headers without end",
      "bmc.garbage",
      (): Handler => () => (_response, socket) => void socket.write(`HTTP/1.1 200 OK\r\nX: ${"x".repeat(100_000)}\r\n`),
    ],
    [
      "an answer that drips",
      "bmc.silent",
      (): Handler => () => (response) => {
        const timer = setInterval(() => response.write(" "), 20);
        response.on("close", () => clearInterval(timer));
      },
    ],
  ])("%s ends in a clear error", async (_, code, hostile) => {
    const { handler } = bmc();
    await using server = await serve(handler);
    await using client = await RedfishClient.open(target(server, { authentication: "basic" }));
    server.handler = hostile();
    const before = process.memoryUsage().rss;
    await expect(
      client.get(systems, { limits: { answer: milliseconds(1500), busy: milliseconds(0) } }),
    ).rejects.toMatchObject({ code });
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
  });

  test("silence, refusal and unknown names are told apart", async () => {
    const held: Socket[] = [];
    const silent: Server = createServer((socket) => void held.push(socket));
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const address = silent.address();
    const port = typeof address === "object" && address ? address.port : 0;
    const open = (host: string, port: number, scheme: "http" | "https") =>
      RedfishClient.open(
        { host, port, scheme, username: "a", password: new Secret("b") },
        { limits: { connect: milliseconds(300), handshake: milliseconds(300), answer: milliseconds(300) } },
      );
    await expect(open("127.0.0.1", port, "https")).rejects.toMatchObject({ code: "bmc.silent", exitCode: 3 });
    await expect(open("127.0.0.1", port, "http")).rejects.toMatchObject({ code: "bmc.silent", exitCode: 3 });
    for (const socket of held) socket.destroy();
    await new Promise((resolve) => silent.close(resolve));
    await expect(open("127.0.0.1", port, "https")).rejects.toMatchObject({ code: "bmc.port-unreachable" });
    await expect(open("no-such-name.invalid", 443, "https")).rejects.toMatchObject({
      exitCode: 3,
      code: expect.stringMatching(/bmc\.(name|silent)/),
    });
  });

  test("after the account's password was changed here, a new log-in takes the new one", async () => {
    const { state, handler } = bmc();
    await using server = await serve(handler);
    await using client = await RedfishClient.open(target(server));
    await client.get(systems);
    const tried: string[] = [];
    server.handler = (seen) => {
      if (seen.path !== sessions || seen.method !== "POST") return handler(seen);
      const { UserName, Password } = JSON.parse(seen.body);
      tried.push(Password);
      return handler({ ...seen, body: JSON.stringify({ UserName, Password: "s3cret-pw" }) });
    };
    client.adoptPassword(new Secret("n3w-secret-pw"));
    state.tokens.clear();
    await client.get(systems);
    expect(tried).toEqual(["n3w-secret-pw"]);
  });

  test("an abort ends a waiting request with its reason, and the next one works", async () => {
    const { handler } = bmc(({ path }) => (path === `${systems}/slow` ? "hold" : undefined));
    await using server = await serve(handler);
    await using client = await RedfishClient.open(target(server));
    const stop = new AbortController();
    const slow = client.get(`${systems}/slow`, { signal: stop.signal });
    const queued = client.get(`${systems}/slow`, { signal: stop.signal });
    const reason = new Error("enough");
    setTimeout(() => stop.abort(reason), 50);
    await expect(slow).rejects.toBe(reason);
    await expect(queued).rejects.toBe(reason);
    expect((await client.get(systems)).path).toBe(systems);
  });

  test("requests go one at a time", async () => {
    let open = 0;
    let most = 0;
    const { handler } = bmc(({ path }) => {
      if (path !== systems) return undefined;
      most = Math.max(most, ++open);
      return (response) =>
        void setTimeout(() => {
          open -= 1;
          response.end(JSON.stringify({ Members: [] }));
        }, 20);
    });
    await using server = await serve(handler);
    await using client = await RedfishClient.open(target(server));
    await Promise.all(Array.from({ length: 5 }, () => client.get(systems)));
    expect(most).toBe(1);
  });
});

describe("tasks", () => {
  const task = "/redfish/v1/TaskService/Tasks/JID_1";
  const action = `${systems}/1/Actions/Oem/Export`;

  async function follow(steps: Reply[], location: string | undefined = task, until?: "scheduled") {
    const { handler } = bmc(({ path, headers }) => {
      if (!headers["x-auth-token"]) return undefined;
      if (path === action) return { status: 202, headers: location === undefined ? {} : { Location: location } };
      return path === task ? (steps.length > 1 ? steps.shift() : steps[0]) : undefined;
    });
    await using server = await serve(handler);
    await using client = await RedfishClient.open(target(server), fast());
    const progress: string[] = [];
    const answer = await client.post(action, {});
    const outcome = await client.settle(answer, {
      within: seconds(60),
      until,
      onProgress: ({ state }) => progress.push(state),
    });
    return { ...outcome, progress };
  }
  const state = (TaskState: string, more = {}): Reply => ({
    body: { "@odata.type": "#Task.v1_4_3.Task", TaskState, ...more },
  });

  test("a task is followed to its end, also through 404 at its beginning", async () => {
    const missing: Reply = { status: 404 };
    const outcome = await follow(
      [missing, state("New"), state("Running", { PercentComplete: 50 }), state("Completed")],
      `https://idrac${task}`,
    );
    expect(outcome).toMatchObject({ state: "completed", word: "Completed", progress: ["New", "Running", "Completed"] });
  });

  test("a monitor's last answer is the outcome", async () => {
    expect(await follow([{ status: 202 }, { status: 202, body: {} }, { body: { File: "x" } }])).toMatchObject({
      state: "completed",
      resource: { json: { File: "x" } },
    });
    expect(await follow([{ status: 202 }, { status: 204 }])).toMatchObject({ state: "completed" });
  });

  test("a task that vanishes, or never was, is to be looked for by its effect", async () => {
    expect(await follow([state("Running"), { status: 404 }])).toMatchObject({ state: "vanished", word: "Running" });
    expect(await follow([{ status: 404 }])).toMatchObject({ state: "vanished", word: "" });
    expect(await follow([], undefined as unknown as string)).toMatchObject({
      state: expect.stringMatching(/untold|vanished/),
    });
  });

  test("a failure carries the task's own words", async () => {
    await expect(
      follow([state("Exception", { Messages: [{ MessageId: "IDRAC.2.8.SYS041", Message: "out of space" }] })]),
    ).rejects.toMatchObject({
      code: "redfish.task-failed",
      state: "Exception",
      message: expect.stringContaining("out of space"),
    });
    await expect(follow([state("Completed", { TaskStatus: "Critical" })])).rejects.toMatchObject({
      code: "redfish.task-failed",
    });
  });

  test("what waits for a restart is enough where the caller says so, and a limit where not", async () => {
    expect(await follow([state("Scheduled")], task, "scheduled")).toMatchObject({ state: "scheduled" });
    await expect(follow([state("Scheduled")])).rejects.toMatchObject({ code: "redfish.task-timeout" });
  });
});

test("an action's place is read from the resource", async () => {
  const { handler } = bmc(({ path, headers }) =>
    path === `${systems}/1` && headers["x-auth-token"]
      ? {
          body: {
            Actions: {
              "#ComputerSystem.Reset": { target: "/redfish/v1/Reset" },
              Oem: { "#X.Y": { target: "/redfish/v1/Y" } },
            },
          },
        }
      : undefined,
  );
  await using server = await serve(handler);
  await using client = await RedfishClient.open(target(server));
  const system = await client.get(`${systems}/1`);
  expect(["#ComputerSystem.Reset", "#X.Y", "#None"].map((name) => actionTarget(system, name))).toEqual([
    "/redfish/v1/Reset",
    "/redfish/v1/Y",
    undefined,
  ]);
  expect(await client.find(`${systems}/7`)).toBeUndefined();
  expect(await client.find(undefined)).toBeUndefined();
  const raw = await client.raw("GET", "/redfish/v1/", { headers: { Cookie: "a=b" } });
  expect([raw.status, server.seen.at(-1)?.headers.cookie, server.seen.at(-1)?.headers["x-auth-token"]]).toEqual([
    200,
    "a=b",
    undefined,
  ]);
  await client.delete(`${systems}/7`);
});
