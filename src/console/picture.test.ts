import fc from "fast-check";
import { expect, test } from "vitest";
import { decodePicture, encodePng, PictureError } from "./picture.ts";

const picture = { width: 3, height: 2, data: Uint8Array.from({ length: 24 }, (_, n) => (n % 4 === 3 ? 255 : n * 9)) };

test("a PNG comes back as it was", async () => {
  const { width, height, data } = await decodePicture(await encodePng(picture));
  expect({ width, height, data: [...data] }).toEqual({ width: 3, height: 2, data: [...picture.data] });
});

test("a damaged PNG or JPEG ends in a picture or in a clear error, nothing else", async () => {
  const png = await encodePng(picture);
  const jpeg = Buffer.from("ffd8ffe000104a46494600010100000100010000ffc0000b080010001001011100ffda", "hex");
  for (const whole of [png, jpeg]) {
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(255), fc.nat(whole.length), async (at, value, end) => {
        const bytes = Uint8Array.from(whole.subarray(0, end));
        if (at > 3 && at < end) bytes[at] = value;
        const result = await decodePicture(bytes).catch((error: unknown) => error);
        expect(
          result instanceof PictureError || (typeof result === "object" && result !== null && "data" in result),
        ).toBe(true);
      }),
      { numRuns: 150 },
    );
  }
});

test("a picture that claims to be larger than any screen is not decoded", async () => {
  const png = await encodePng(picture);
  png.writeUInt32BE(60_000, 16);
  await expect(decodePicture(png)).rejects.toThrow("60000x2 is no screen");
});

test("what is no picture is said to be none", async () => {
  await expect(decodePicture(Buffer.from("GIF89a"))).rejects.toThrow("neither PNG nor JPEG");
});
