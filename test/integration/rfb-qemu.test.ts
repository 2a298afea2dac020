import { afterAll, beforeAll, expect, test } from "vitest";
import { milliseconds, seconds } from "#base/units.ts";
import { Secret } from "#base/secret.ts";
import { RfbClient } from "#protocols/rfb/client.ts";
import { parseKeys, plainKeys, type Stroke } from "#protocols/rfb/keys.ts";
import { describeNeeding } from "../support/needs.ts";
import { certificateIn, difference, startGuest, until, type Guest } from "../support/vnc.ts";

/** Every character of the keyboard. */
const printable = Array.from({ length: 95 }, (_, at) => String.fromCharCode(32 + at)).join("");

/** What a PC's keyboard sends for a key that is no special one (set 1). */
function bytesOf(scanCode: number, down: boolean): number[] {
  const code = (scanCode & 0x7f) | (down ? 0 : 0x80);
  return scanCode & 0x80 ? [0xe0, code] : [code];
}

/** What the guest must see. */
function expected(strokes: readonly Stroke[]): string {
  const bytes = strokes.flatMap(({ keys }) => [
    ...keys.flatMap(({ scanCode }) => bytesOf(scanCode, true)),
    ...keys.toReversed().flatMap(({ scanCode }) => bytesOf(scanCode, false)),
  ]);
  return Buffer.from(bytes).toString("hex");
}

describeNeeding("qemu-system-x86_64", "openssl")("QEMU's VNC server", () => {
  const at = { host: "127.66.4.1", port: 5901 };
  let guest: Guest;
  beforeAll(async () => {
    guest = await startGuest(`${at.host}:1,lossy=on`);
    await guest.ready;
  });
  afterAll(() => guest?.[Symbol.asyncDispose]());

  async function typed(client: RfbClient, strokes: readonly Stroke[], want = expected(strokes)): Promise<string> {
    const before = guest.scanCodes().length;
    const seen = () => guest.scanCodes().subarray(before).toString("hex");
    await client.type(strokes);
    return until(() => (seen().length >= want.length ? seen() : undefined), "the last key", 5000).catch(seen);
  }

  test.each(["raw", "hextile", "zrle", "tight"] as const)(
    "its text screen arrives over %s as QEMU itself sees it",
    async (name) => {
      for (const pixels of ["rgb888", "server"] as const) {
        await using client = await RfbClient.open(at, { encodings: [name], pixels });
        expect(client.security).toBe("None");
        expect(difference(await client.capture(), await guest.screendump())).toBeUndefined();
      }
    },
  );

  test.each(["scancode", "keysym"] as const)("every key arrives exactly, sent as %s", async (keys) => {
    await using client = await RfbClient.open(at, { keys });
    await client.capture();
    const strokes = plainKeys(printable);
    expect(await typed(client, strokes)).toBe(expected(strokes));
    const names =
      "Esc Backspace Tab Enter Ins Del Home End PgUp PgDn Up Left Right Down KPEnter KPPlus KPMinus KPMultiply KPDivide";
    const named = names
      .split(" ")
      .map((name) => `{${name}}`)
      .join("");
    const functions = parseKeys(
      `${named}{F1}{F2}{F3}{F4}{F5}{F6}{F7}{F8}{F11}{F12}{Ctrl-Alt-Del}{RCtrl}{RShift}{LAlt}{Win}{Menu}`,
    );
    expect(await typed(client, functions)).toBe(expected(functions));
  });

  test("Pause, Print Screen and SysRq send what a real keyboard sends for them", async () => {
    await using client = await RfbClient.open(at);
    await client.capture();
    const want = "e11d45e19dc5e02ae037e0b7e0aa38b8385430b0d4b838b8";
    expect(await typed(client, parseKeys("{Pause}{PrtSc}{Alt-SysRq-b}"), want)).toBe(want);
  });

  test("a mode switch is survived, and the new picture is right in each encoding", async () => {
    await using client = await RfbClient.open(at, { encodings: ["tight"] });
    expect(await client.capture()).toMatchObject({ width: 720, height: 400 });
    await client.type(parseKeys("{F9}"));
    const wide = await until(async () => ((await client.capture()).width === 1024 ? true : undefined), "1024x768");
    expect(wide).toBe(true);
    // The guest paints from the top: with the last pixel the picture is complete.
    const truth = await until(async () => {
      const seen = await guest.screendump();
      return seen.data.at(-2) === 255 ? seen : undefined;
    }, "the end of painting");
    for (const name of ["raw", "hextile", "zrle", "tight"] as const) {
      await using other = await RfbClient.open(at, { encodings: [name] });
      // With `lossy`, QEMU takes Tight's gradient filter for smooth pictures.
      expect(difference(await other.capture(), truth), name).toBeUndefined();
      await using less = await RfbClient.open(at, { encodings: [name], pixels: "rgb565" });
      expect(difference(await less.capture(), truth, 8), `${name} with 16 bits`).toBeUndefined();
      await using least = await RfbClient.open(at, { encodings: [name], pixels: "bgr233" });
      expect(difference(await least.capture(), truth, 84), `${name} with 8 bits`).toBeUndefined();
    }
    expect(difference(await client.capture(), truth)).toBeUndefined();
    await client.type(parseKeys("{F10}"));
    await until(async () => ((await client.capture()).width === 720 ? true : undefined), "720x400");
    const same = async () => (difference(await client.capture(), await guest.screendump()) ? undefined : true);
    expect(await until(same, "the text as QEMU sees it")).toBe(true);
  });

  test("nothing new on the screen is an answer, not an error", async () => {
    await using client = await RfbClient.open(at);
    await client.capture();
    await until(
      async () => ((await client.update({ within: milliseconds(200) })).damage.length === 0 ? true : undefined),
      "rest",
    );
    const { damage, resized } = await client.update({ within: milliseconds(50) });
    expect({ damage, resized }).toEqual({ damage: [], resized: false });
  });

  test("the end of the machine ends the client with a clear error", async () => {
    const other = await startGuest("127.66.4.2:1");
    try {
      await other.ready;
      await using client = await RfbClient.open({ host: "127.66.4.2", port: 5901 });
      await client.capture();
      await other[Symbol.asyncDispose]();
      await expect(client.capture()).rejects.toMatchObject({ code: "rfb.closed", exitCode: 3 });
      expect(await client.ended).toMatchObject({ code: "rfb.closed" });
    } finally {
      await other[Symbol.asyncDispose]();
    }
  });

  const password = new Secret("s3cret-x");
  const locked = ["-object", `secret,id=word,data=${password.reveal()}`];
  const doors = [
    { title: "VNC authentication", address: "127.66.4.3", vnc: "password-secret=word", story: "VNC authentication" },
    {
      title: "anonymous TLS",
      address: "127.66.4.4",
      vnc: "password-secret=word,tls-creds=tls",
      tls: () => Promise.resolve(["-object", "tls-creds-anon,id=tls,endpoint=server"]),
      story: "VeNCrypt anonymous TLS with VNC authentication",
    },
    {
      title: "TLS with a certificate",
      address: "127.66.4.5",
      vnc: "password-secret=word,tls-creds=tls",
      tls: async (folder: string) => {
        await certificateIn(folder);
        return ["-object", `tls-creds-x509,id=tls,endpoint=server,dir=${folder},verify-peer=off,sanity-check=off`];
      },
      story: "VeNCrypt X.509 with VNC authentication",
    },
  ];
  test.each(doors)("the log-in with $title", async ({ address, vnc, tls, story }) => {
    const where = { host: address, port: 5901 };
    await using door = await startGuest(`${address}:1,${vnc}`, async (folder) => [
      ...locked,
      ...((await tls?.(folder)) ?? []),
    ]);
    await door.ready;
    const pins: string[] = [];
    const onPin = (pin: string) => void pins.push(pin);
    {
      await using client = await RfbClient.open({ ...where, password }, { onPin });
      expect(client.security).toBe(story);
      expect(difference(await client.capture(), await door.screendump())).toBeUndefined();
    }
    const wrong = RfbClient.open({ ...where, password: new Secret("another-one") });
    await expect(wrong).rejects.toMatchObject({ code: "rfb.auth.password" });
    await expect(RfbClient.open(where)).rejects.toMatchObject({ code: "rfb.auth.missing", exitCode: 2 });
    if (story.includes("X.509")) {
      expect(pins).toEqual([expect.stringMatching(/^[0-9A-F]{64}$/)]);
      const pin = (pins[0] ?? "").toLowerCase().replace(/..(?!$)/g, "$&:");
      const known = await RfbClient.open({ ...where, password, tls: { pin } }, { onPin });
      await known.close();
      const stranger = RfbClient.open({ ...where, password, tls: { pin: "00".repeat(32) } });
      await expect(stranger).rejects.toMatchObject({ code: "rfb.tls-pin", exitCode: 4 });
    } else expect(pins).toEqual([]);
    if (tls === undefined) {
      const bare = RfbClient.open({ ...where, password, tls: { mode: "required" } }, { within: seconds(5) });
      await expect(bare).rejects.toMatchObject({ code: "rfb.auth.unsupported" });
    }
  });
});
