/** Images as use cases: taken in, read, made small, looked up and put into messages, forgotten. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeImages } from "../../src/app/images/images.ts";
import type { Images } from "../../src/app/images/images.ts";
import { openFolderBlobs } from "../../src/blobs/folder-blobs.ts";
import type { ContentPart } from "../../src/core/events/content.ts";
import { formatId } from "../../src/core/ids.ts";
import type { SessionId } from "../../src/core/ids.ts";
import type { Role } from "../../src/core/ports/keys.ts";
import { makeThumbnailer } from "../../src/lib/thumbnail.ts";
import type { Thumbnailer } from "../../src/lib/thumbnail.ts";
import { picture } from "../lib/pictures.ts";
import { openMemoryStore } from "../store/memory-store.ts";
import { openSetting } from "../store/suite/setting.ts";
import type { Setting } from "../store/suite/setting.ts";
import { accepted, content, refusalOf } from "./file-world.ts";

let setting: Setting;
let folder: string;
let sessionId: SessionId;
let images: Images;
/** How often a thumbnail was really made. */
let made: number;
const limits = { fileBytes: 1_000_000, messageImagesBytes: 50_000 };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "serai-images-"));
  setting = await openSetting({ open: openMemoryStore, notSupported: {} });
  sessionId = await setting.make();
  images = await open();
});
afterEach(async () => {
  await setting[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function open(over: { thumbnailer?: Thumbnailer } = {}): Promise<Images> {
  const { store, mint } = setting;
  const real = over.thumbnailer ?? makeThumbnailer();
  made = 0;
  const thumbnailer: Thumbnailer = {
    make: (file, edge) => {
      made += 1;
      return real.make(file, edge);
    },
  };
  return makeImages({ store, mint, limits, blobs: await openFolderBlobs({ folder }), thumbnailer });
}

const as = (role: Role) => ({ workspaceId: setting.workspaceId, role });
const stranger = () => ({ workspaceId: formatId("workspace", 9, "9".repeat(20)), role: "owner" as const });
const upload = async (bytes: Uint8Array, filename = "a.png", session?: string) =>
  images.create(as("member"), { filename, content: content(bytes), sessionId: () => Promise.resolve(session) });

async function bytesOf(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

describe("an uploaded image", () => {
  it("is kept as it came, under what its bytes say it is", async () => {
    const bytes = await picture("jpeg");
    const { id, body } = accepted(await upload(bytes, "claims-to-be.png", sessionId));
    expect(id).toMatch(/^img_[0-9a-f]{32}$/);
    expect(body).toMatchObject({
      filename: "claims-to-be.png",
      content_type: "image/jpeg",
      size_bytes: bytes.length,
      session_id: sessionId,
    });
    const opened = accepted(await images.open(as("viewer"), id));
    expect((await bytesOf(opened.read({ start: 0, end: opened.sizeBytes }))).equals(bytes)).toBe(true);
    expect(await bytesOf(opened.read({ start: 1, end: 4 }))).toEqual(bytes.subarray(1, 4));
  });

  it.each([
    ["", "image.png"],
    ["\u0000", "image.png"],
    ["a/b\\c.png", "abc.png"],
    ["\u202egnp.exe", "gnp.exe"],
    ["\ud800.png", "\ufffd.png"],
    ["x".repeat(300), "x".repeat(200)],
    ["報告 👩‍🚀.png", "報告 👩‍🚀.png"],
  ])("called %j is listed as %j", async (name, shown) => {
    expect(accepted(await upload(await picture("png"), name)).body.filename).toBe(shown);
  });

  it.each([
    [
      "a text with the name of a picture",
      Buffer.from("hello"),
      "is no PNG, JPEG, GIF or WebP image, whatever its name says",
    ],
    ["a program in a picture's clothes", Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'/>"), "is no PNG"],
    ["nothing", Buffer.alloc(0), "is no PNG"],
  ])("is not taken when it is %s", async (_, bytes, reason) => {
    const refusal = refusalOf(await upload(bytes));
    expect(refusal).toMatchObject({ code: "unsupported_content", what: '"a.png"' });
    expect(refusal.code === "unsupported_content" && refusal.reason).toContain(reason);
    expect(await images.list(as("viewer"), { offset: 0, limit: 10 })).toEqual([]);
  });

  it("is not taken when it is larger than a file may be, however long it goes on", async () => {
    const png = await picture("png");
    let sent = 0;
    async function* endless() {
      yield png;
      for (;;) {
        sent += 10_000;
        yield Buffer.alloc(10_000);
      }
    }
    const refusal = refusalOf(
      await images.create(as("member"), {
        filename: "a",
        content: endless(),
        sessionId: () => Promise.resolve(undefined),
      }),
    );
    expect(refusal).toMatchObject({ code: "too_large", limit: 1_000_000, setting: "fileBytes" });
    expect(sent).toBeLessThan(1_100_000);
  });

  it("belongs to no session that is not there", async () => {
    const bytes = await picture("png");
    for (const id of ["nonsense", formatId("session", 9, "9".repeat(20))]) {
      expect(refusalOf(await upload(bytes, "a.png", id))).toEqual({ code: "not_found", kind: "session", id });
    }
    expect(
      refusalOf(
        await images.create(as("viewer"), {
          filename: "a",
          content: content(bytes),
          sessionId: () => Promise.resolve(undefined),
        }),
      ),
    ).toMatchObject({ code: "forbidden" });
  });

  it("is nothing to another workspace", async () => {
    const { id } = accepted(await upload(await picture("png")));
    for (const outcome of [
      await images.open(stranger(), id),
      await images.thumbnail(stranger(), id),
      await images.remove(stranger(), id),
    ]) {
      expect(refusalOf<unknown>(outcome)).toEqual({ code: "not_found", kind: "image", id });
    }
    expect(await images.list(stranger(), { offset: 0, limit: 10 })).toEqual([]);
    expect(await images.load(stranger(), id)).toBeUndefined();
  });

  it("is gone once it is deleted", async () => {
    const { id } = accepted(await upload(await picture("png")));
    accepted(await images.remove(as("member"), id));
    expect(refusalOf(await images.open(as("viewer"), id)).code).toBe("not_found");
    expect(refusalOf(await images.remove(as("member"), id)).code).toBe("not_found");
    expect(await images.load(as("viewer"), id)).toBeUndefined();
  });
});

describe("its thumbnail", () => {
  it("is made once, however many ask for it at the same time, and kept over a restart", async () => {
    const { id } = accepted(await upload(await picture("png", 640)));
    const asked = await Promise.all(Array.from({ length: 5 }, () => images.thumbnail(as("viewer"), id)));
    expect(made).toBe(1);
    const { sizeBytes, mediaType, read } = accepted(asked[0] ?? (await images.thumbnail(as("viewer"), id)));
    expect(mediaType).toBe("image/webp");
    const bytes = await bytesOf(read({ start: 0, end: sizeBytes }));
    expect(await sharp(bytes).metadata()).toMatchObject({ format: "webp", width: 200, height: 200 });
    const again = await open();
    accepted(await again.thumbnail(as("viewer"), id));
    expect(made).toBe(0);
  });

  it("is refused, and says what to install, where sharp is not", async () => {
    const { id } = accepted(await upload(await picture("png")));
    const without = await open({ thumbnailer: makeThumbnailer(() => Promise.reject(new Error("no sharp"))) });
    const refusal = refusalOf(await without.thumbnail(as("viewer"), id));
    expect(refusal).toEqual({ code: "not_installed", what: "thumbnails", packageName: "sharp" });
  });

  it("is refused for a picture that cannot be read", async () => {
    const png = await picture("png", 640);
    const { id } = accepted(await upload(Buffer.concat([png.subarray(0, 60), Buffer.alloc(500, 1)])));
    expect(refusalOf(await images.thumbnail(as("viewer"), id))).toMatchObject({ code: "unsupported_content" });
  });
});

describe("images in a message", () => {
  const admit = (parts: readonly ContentPart[]) =>
    images.admit({ reader: as("member"), sessionId, content: parts, path: "/message/content" });
  const text = { type: "text", text: "What is this?" } as const;

  it("that came inside it become records and references, when the message goes in (B8)", async () => {
    const bytes = await picture("gif");
    const admitted = accepted(
      await admit([text, { type: "image", base64: bytes.toString("base64"), media_type: "image/png" }]),
    );
    const [first, second] = admitted.content;
    expect(first).toEqual(text);
    expect(second).toMatchObject({ type: "image_file", filename: "image.gif" });
    expect(await images.list(as("viewer"), { offset: 0, limit: 10 })).toEqual([]);
    accepted(await admitted.keep());
    accepted(await admitted.keep());
    const [kept, ...more] = await images.list(as("viewer"), { offset: 0, limit: 10 });
    expect(more).toEqual([]);
    expect(second).toMatchObject({ image_id: kept?.id });
    expect(kept?.body).toMatchObject({ content_type: "image/gif", session_id: sessionId });
    expect(await images.load(as("viewer"), kept?.id ?? "")).toEqual({ bytes, mediaType: "image/gif" });
    await admitted.discard();
    expect(await images.list(as("viewer"), { offset: 0, limit: 10 })).toEqual([]);
  });

  it("that are named must be there", async () => {
    const { id } = accepted(await upload(await picture("png")));
    const long = id.replace("img_", "image_");
    expect(accepted(await admit([{ type: "image_file", image_id: long, filename: "x.png" }])).content).toEqual([
      { type: "image_file", image_id: id, filename: "x.png" },
    ]);
    for (const image_id of ["img_01933b5a", formatId("image", 9, "9".repeat(20))]) {
      const refusal = refusalOf(await admit([{ type: "image_file", image_id }]));
      expect(refusal).toEqual({ code: "not_found", kind: "image", id: image_id });
    }
  });

  it("keep their address, which is only looked at", async () => {
    const url = "https://example.com/a b.png?x=1";
    expect(accepted(await admit([{ type: "image", url }])).content).toEqual([
      { type: "image", url: "https://example.com/a%20b.png?x=1" },
    ]);
  });

  it.each([
    [{ type: "image" }, "/message/content/1", "neither"],
    [{ type: "image", url: "https://example.com/a.png", base64: "AAAA" }, "/message/content/1", "both"],
    [{ type: "image", url: "http://example.com/a.png" }, "/message/content/1/url", "https"],
    [{ type: "image", url: "file:///etc/passwd" }, "/message/content/1/url", "https"],
    [{ type: "image", url: "//example.com/a.png" }, "/message/content/1/url", "https"],
    [{ type: "image", url: "https://me:secret@example.com/a.png" }, "/message/content/1/url", "password"],
    [{ type: "image", url: `https://example.com/${"a".repeat(5_000)}` }, "/message/content/1/url", "longer"],
    [{ type: "image", base64: "aGVsbG8=" }, "/message/content/1/base64", "is no PNG"],
    [{ type: "image", base64: "" }, "/message/content/1/base64", "is no PNG"],
    [{ type: "image", base64: "no base64!" }, "/message/content/1/base64", "is not base64"],
  ] as const)("like %j are refused at their place", async (part, path, words) => {
    const refusal = refusalOf(await admit([text, part]));
    expect(refusal).toMatchObject({ code: "invalid_input", path });
    expect(refusal.code === "invalid_input" && refusal.reason).toContain(words);
  });

  it("are together not larger than a model can be shown", async () => {
    const noise = await sharp(crypto.getRandomValues(new Uint8Array(90 * 90 * 3)), {
      raw: { width: 90, height: 90, channels: 3 },
    })
      .png()
      .toBuffer();
    expect(noise.length).toBeGreaterThan(20_000);
    const { id } = accepted(await upload(noise));
    const named = { type: "image_file", image_id: id } as const;
    const inline = { type: "image", base64: noise.toString("base64") } as const;
    accepted(await admit([named, inline]));
    expect(refusalOf(await admit([named, inline, named]))).toMatchObject({
      code: "too_large",
      limit: 50_000,
      setting: "messageImagesBytes",
    });
  });
});

describe("the images of a session that is erased", () => {
  it("go with it, and nobody else's", async () => {
    const other = await setting.make();
    const png = await picture("png");
    for (let count = 0; count < 120; count++) accepted(await upload(png, "a.png", sessionId));
    const kept = [accepted(await upload(png, "a.png", other)), accepted(await upload(png, "a.png"))];
    await images.forget(sessionId);
    const left = await images.list(as("viewer"), { offset: 0, limit: 200 });
    expect(left.map(({ id }) => id).toSorted()).toEqual(kept.map(({ id }) => id).toSorted());
  });
});
