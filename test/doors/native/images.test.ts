/** Images at the native door: forms in, bytes and thumbnails out, over the socket too. */
import { once } from "node:events";
import { connect } from "node:net";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Image, ImageEntry } from "../../../src/doors/native/schema/image.ts";
import { makeThumbnailer } from "../../../src/lib/thumbnail.ts";
import { picture } from "../../lib/pictures.ts";
import { openClient } from "./native-client.ts";
import type { NativeClient } from "./native-client.ts";
import { keys, openNative } from "./open-native.ts";
import type { Native } from "./open-native.ts";

let native: Native;
let owner: NativeClient;
const fileBytes = 400_000;

beforeEach(async () => {
  native = await openNative({ slots: 0, limits: { fileBytes } });
  owner = await openClient(native);
});
afterEach(() => native[Symbol.asyncDispose]());

function formOf(bytes: Uint8Array, name = "screenshot.png", fields: Record<string, string> = {}): FormData {
  const form = new FormData();
  form.append("file", new File([Uint8Array.from(bytes)], name));
  for (const [field, value] of Object.entries(fields)) form.append(field, value);
  return form;
}

const send = (body: RequestInit["body"], query = "", client = owner) =>
  client.fetch(`/api/v1/images${query}`, { method: "POST", body: body ?? null });
async function upload(bytes: Uint8Array, name?: string, fields?: Record<string, string>): Promise<Image> {
  const response = await send(formOf(bytes, name, fields));
  expect(response.status).toBe(201);
  return (await response.json()) as Image;
}
const read = (path: string, headers: Record<string, string> = {}) => owner.fetch(`/api/v1/images/${path}`, { headers });

describe("uploading (H9)", () => {
  it("answers as the guide shows, with the type of the bytes", async () => {
    const bytes = await picture("webp");
    expect(await upload(bytes)).toEqual({
      id: expect.stringMatching(/^img_[0-9a-f]{32}$/),
      filename: "screenshot.png",
      content_type: "image/webp",
      size_bytes: bytes.length,
      created_at: expect.stringMatching(/^\d{4}-.*Z$/),
    });
  });

  it("takes the session as a part of the form or as a parameter, and no other than one's own", async () => {
    const png = await picture("png");
    const { id: session_id } = await owner.session();
    await upload(png, "a.png", { session_id });
    expect((await send(formOf(png), `?session_id=${session_id}`)).status).toBe(201);
    const { body } = await owner.get<ImageEntry[]>("/images");
    expect(body.map(({ metadata }) => metadata)).toEqual([{ session_id }, { session_id }]);
    const foreign = await send(formOf(png, "a.png", { session_id: `ses_${"9".repeat(32)}` }));
    expect(foreign.status).toBe(404);
    expect((await send(formOf(png, "a.png", { session_id: "ses_01933b5a" }))).status).toBe(404);
    expect((await send(formOf(png), "?session_id=ses_01933b5a")).status).toBe(400);
    expect((await owner.get<ImageEntry[]>("/images")).body).toHaveLength(2);
  });

  it.each([
    ["of another kind", () => picture("avif"), 415, "unsupported_content"],
    ["that is a page", async () => Buffer.from("<html><script>alert(1)</script>"), 415, "unsupported_content"],
    ["that is empty", async () => Buffer.alloc(0), 415, "unsupported_content"],
    ["that is too large", async () => Buffer.concat([await picture("png"), Buffer.alloc(fileBytes)]), 413, "too_large"],
  ])("refuses a file %s", async (_, make, status, code) => {
    const response = await send(formOf(await make()));
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ code });
    expect((await owner.get<ImageEntry[]>("/images")).body).toEqual([]);
  });

  it("refuses what is no form with the file in it", async () => {
    const json = await owner.post("/images", { file: "x" });
    expect(json).toMatchObject({ status: 415, body: { code: "unsupported_media_type" } });
    const empty = new FormData();
    empty.append("image", "x");
    const missing = await send(empty);
    expect(missing.status).toBe(400);
    expect(await missing.json()).toMatchObject({ code: "invalid_input", path: "/file", in: "body" });
  });
});

describe("listing", () => {
  it("is a bare array, newest first, in pages", async () => {
    const png = await picture("png");
    const ids: string[] = [];
    for (const name of ["1.png", "2.png", "3.png"]) ids.unshift((await upload(png, name)).id);
    const all = await owner.get<ImageEntry[]>("/images");
    expect(all.body.map(({ id }) => id)).toEqual(ids);
    const page = await owner.get<ImageEntry[]>("/images?limit=1&offset=1");
    expect(page.body.map(({ id, filename }) => [id, filename])).toEqual([[ids[1], "2.png"]]);
    expect((await owner.get("/images?limit=none")).status).toBe(400);
  });
});

describe("reading", () => {
  it("gives the very bytes, with their type, name and ETag", async () => {
    const bytes = await picture("jpeg", 120);
    const { id } = await upload(bytes, "für (uns).png");
    const got = await read(id);
    expect(got.status).toBe(200);
    expect(got.headers.get("content-type")).toBe("image/jpeg");
    expect(got.headers.get("x-content-type-options")).toBe("nosniff");
    expect(got.headers.get("content-disposition")).toBe("inline; filename*=UTF-8''f%C3%BCr%20%28uns%29.png");
    expect(Buffer.from(await got.arrayBuffer()).equals(bytes)).toBe(true);
    const etag = got.headers.get("etag") ?? "";
    expect((await read(id, { "if-none-match": etag })).status).toBe(304);
    const part = await read(id, { range: "bytes=2-5" });
    expect([part.status, part.headers.get("content-range")]).toEqual([206, `bytes 2-5/${bytes.length}`]);
    expect(Buffer.from(await part.arrayBuffer())).toEqual(bytes.subarray(2, 6));
    expect((await read(id, { range: `bytes=${bytes.length}-` })).status).toBe(416);
    expect((await read(id.replace("img_", "image_"))).status).toBe(200);
  });

  it("gives a thumbnail of 200 × 200", async () => {
    const { id } = await upload(await picture("png", 900));
    const got = await read(`${id}/thumbnail`);
    expect(got.headers.get("content-type")).toBe("image/webp");
    const bytes = Buffer.from(await got.arrayBuffer());
    expect(await sharp(bytes).metadata()).toMatchObject({ format: "webp", width: 200, height: 200 });
    expect((await read(`${id}/thumbnail`, { "if-none-match": got.headers.get("etag") ?? "" })).status).toBe(304);
  });

  it("says what to install where no thumbnails can be made", async () => {
    await using without = await openNative({
      slots: 0,
      thumbnailer: makeThumbnailer(() => Promise.reject(new Error("no sharp here"))),
    });
    const client = await openClient(without);
    const made = await send(formOf(await picture("png")), "", client);
    const { id } = (await made.json()) as Image;
    const refused = await client.get(`/images/${id}/thumbnail`);
    expect(refused).toMatchObject({ status: 501, body: { code: "not_installed", package: "sharp" } });
    expect(refused.body.detail).toContain("npm install sharp");
  });

  it("is over once it is deleted", async () => {
    const { id } = await upload(await picture("png"));
    expect((await owner.call("DELETE", `/images/${id}`)).status).toBe(204);
    expect((await owner.call("DELETE", `/images/${id}`)).status).toBe(404);
    expect((await read(id)).status).toBe(404);
    expect((await read(`${id}/thumbnail`)).status).toBe(404);
  });
});

describe("who may do what with images", () => {
  const absent = `img_${"9".repeat(32)}`;
  const rows = [
    ["POST /images", "member", 201],
    ["GET /images", "viewer", 200],
    ["GET /images/{id}", "viewer", 200],
    ["GET /images/{id}/thumbnail", "viewer", 200],
    ["DELETE /images/{id}", "member", 204],
  ] as const;

  it.each(rows)("%s needs a %s", async (row, needs, status) => {
    const png = await picture("png");
    const [method = "", path = ""] = row.split(" ");
    const call = async (key: string | null, id: string) => {
      const client = await openClient(native, key ?? "nobody");
      const init = method === "POST" ? { method, body: formOf(png) } : { method };
      return (await client.fetch(`/api/v1${path.replace("{id}", id)}`, init)).status;
    };
    const mayRead = needs === "viewer";
    const { id: first } = await upload(png);
    const { id: second } = await upload(png);
    expect(await call(null, first)).toBe(401);
    expect(await call(keys.viewer, first)).toBe(mayRead ? status : 403);
    expect(await call(keys.member, first)).toBe(status);
    expect(await call(keys.owner, second)).toBe(status);
    if (!path.includes("{id}")) return;
    const { id: third } = await upload(png);
    expect(await call(keys.stranger, third)).toBe(404);
    expect(await call(keys.owner, absent)).toBe(404);
    expect(await call(keys.owner, "img_01933b5a")).toBe(400);
    expect(await call(keys.owner, third)).toBe(status);
  });

  it("shows nobody the images of another workspace", async () => {
    await upload(await picture("png"));
    const stranger = await openClient(native, keys.stranger);
    expect((await stranger.get<ImageEntry[]>("/images")).body).toEqual([]);
  });
});

describe("over a socket", () => {
  const headers = { authorization: `Bearer ${keys.owner}` };

  it("takes a form as browsers and curl send it", async () => {
    const { url } = await native.listen();
    const bytes = await picture("png", 800);
    const made = await fetch(`${url}/v1/images`, { method: "POST", body: formOf(bytes), headers });
    expect(made.status).toBe(201);
    const { id } = (await made.json()) as Image;
    const got = await fetch(`${url}/v1/images/${id}`, { headers });
    expect(Buffer.from(await got.arrayBuffer()).equals(bytes)).toBe(true);
  });

  it("refuses early what need not be read, and serves the next request", async () => {
    const { url } = await native.listen();
    for (const bytes of [Buffer.alloc(300_000, 120), Buffer.concat([await picture("png"), Buffer.alloc(5_000_000)])]) {
      const refused = await fetch(`${url}/v1/images`, { method: "POST", body: formOf(bytes), headers });
      expect([413, 415]).toContain(refused.status);
      await refused.text();
      expect((await fetch(`${url}/v1/images`, { headers })).status).toBe(200);
    }
  });

  it("keeps nothing of an upload whose client goes away", async () => {
    const { port } = await native.listen();
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    const head = `--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n`;
    socket.write(
      `POST /v1/images HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${keys.owner}\r\n` +
        `Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 300000\r\n\r\n${head}`,
    );
    socket.write(await picture("png"));
    socket.write(Buffer.alloc(100_000));
    await new Promise((resolve) => setImmediate(resolve));
    socket.destroy();
    await once(socket, "close");
    const { url } = await native.listen();
    expect(await (await fetch(`${url}/v1/images`, { headers })).json()).toEqual([]);
  });
});
