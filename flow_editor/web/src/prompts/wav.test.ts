import { expect, test } from "vitest";
import { wav } from "./wav";

test("samples become a mono WAV file of 16 bits", async () => {
  const file = wav([new Float32Array([0, 1, -1, 2]), new Float32Array([0, 0, -1, 2])], 48_000);
  const bytes = new DataView(await file.arrayBuffer());
  const text = (at: number) => String.fromCharCode(...new Uint8Array(bytes.buffer, at, 4));
  expect([text(0), text(8), text(12), text(36)]).toEqual(["RIFF", "WAVE", "fmt ", "data"]);
  expect(bytes.getUint32(4, true)).toBe(file.size - 8);
  expect(bytes.getUint16(22, true)).toBe(1);
  expect(bytes.getUint32(24, true)).toBe(48_000);
  expect([0, 1, 2, 3].map((place) => bytes.getInt16(44 + 2 * place, true))).toEqual([0, 16384, -32767, 32767]);
});
