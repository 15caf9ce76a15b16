/** Real pictures of every kind, made where they are needed. */
import sharp from "sharp";

const canvas = { width: 40, height: 30, channels: 3, background: { r: 200, g: 30, b: 30 } } as const;

/** `edge` × three quarters of it, red. */
export function picture(kind: "png" | "jpeg" | "gif" | "webp" | "avif" | "tiff", edge = 40): Promise<Buffer> {
  return sharp({ create: { ...canvas, width: edge, height: Math.round((edge * 3) / 4) } })
    .toFormat(kind)
    .toBuffer();
}

/** A PNG whose first pixels come after more than the beginning of a file. */
export async function longHeadedPng(): Promise<Buffer> {
  const png = await picture("png");
  const text = Buffer.alloc(10_000, 97);
  const chunk = Buffer.concat([Buffer.from("tEXtComment\0"), text]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(chunk.length - 4);
  const IHDR_END = 33;
  // Nobody checks the sum of a text.
  return Buffer.concat([png.subarray(0, IHDR_END), length, chunk, Buffer.alloc(4), png.subarray(IHDR_END)]);
}
