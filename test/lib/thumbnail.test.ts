import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeThumbnailer } from "../../src/lib/thumbnail.ts";
import { picture } from "./pictures.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "serai-thumbnail-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function fileOf(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

describe("a thumbnail", () => {
  it.each(["png", "jpeg", "gif", "webp"] as const)("of %s is a square WebP", async (kind) => {
    const made = await makeThumbnailer().make(await fileOf(`a.${kind}`, await picture(kind, 640)), 200);
    if (made.kind !== "made") throw new Error(made.kind);
    expect(await sharp(made.bytes).metadata()).toMatchObject({ format: "webp", width: 200, height: 200 });
  });

  it("of a picture that a camera laid on its side stands upright", async () => {
    const halves = await sharp(await picture("png", 400))
      .extend({ left: 400, background: "blue" })
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer();
    const made = await makeThumbnailer().make(await fileOf("turned.jpg", halves), 200);
    if (made.kind !== "made") throw new Error(made.kind);
    const { data } = await sharp(made.bytes).raw().toBuffer({ resolveWithObject: true });
    // Turned by a quarter the blue left half comes to the top.
    const [red = 0, , blue = 0] = data.subarray(3 * 100);
    expect(blue).toBeGreaterThan(red);
  });

  it("of damaged bytes is not to be had", async () => {
    const png = await picture("png", 640);
    const damaged = await fileOf("damaged.png", Buffer.concat([png.subarray(0, 100), Buffer.alloc(2_000, 1)]));
    expect(await makeThumbnailer().make(damaged, 200)).toEqual({ kind: "unreadable" });
  });

  it("of a picture with more pixels than fit into memory is refused before they are read", async () => {
    const bomb = await sharp({ create: { width: 9_000, height: 9_000, channels: 3, background: "white" } })
      .png({ compressionLevel: 9 })
      .toBuffer();
    expect(bomb.length).toBeLessThan(400_000);
    expect(await makeThumbnailer().make(await fileOf("bomb.png", bomb), 200)).toEqual({ kind: "unreadable" });
  });

  it("of a file that is not there is a fault", async () => {
    await expect(makeThumbnailer().make(join(folder, "nowhere"), 200)).rejects.toThrow("ENOENT");
  });

  it("is not to be had where sharp is not installed, and that is looked up once", async () => {
    let asked = 0;
    const thumbnailer = makeThumbnailer(() => {
      asked += 1;
      return Promise.reject(new Error("Cannot find package 'sharp'"));
    });
    const file = await fileOf("b.png", await picture("png"));
    expect(await thumbnailer.make(file, 200)).toEqual({ kind: "not_installed" });
    expect(await thumbnailer.make(file, 200)).toEqual({ kind: "not_installed" });
    expect(asked).toBe(1);
  });
});
