/** Session files at the native door: bytes and JSON in and out, ranges, ETags, and paths that must not get anywhere. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { FileInfo, FileList, FileStat, FileVersions, SessionFile } from "../../../src/doors/native/schema/file.ts";
import { openClient } from "./native-client.ts";
import type { NativeClient } from "./native-client.ts";
import { keys, openNative } from "./open-native.ts";
import type { Native } from "./open-native.ts";

let native: Native;
let owner: NativeClient;
let base: string;

beforeEach(async () => {
  native = await openNative({ slots: 0, limits: { fileBytes: 5_000_000, fileBodyBytes: 2_000_000 } });
  owner = await openClient(native);
  base = `/sessions/${(await owner.session()).id}/fs`;
});
afterEach(() => native[Symbol.asyncDispose]());

const csv = "region,sale\nnorth,10\nsouth,20\n";
type Body = string | Uint8Array<ArrayBuffer>;
const raw = (method: string, path: string, body: Body, headers: Record<string, string> = {}) =>
  owner.fetch(`/api/v1${base}${path}`, { method, body, headers: { "content-type": "text/csv", ...headers } });
const upload = (path: string, body: Body = csv) => raw("POST", path, body);
const read = (path: string, headers: Record<string, string> = {}) => owner.fetch(`/api/v1${base}${path}`, { headers });

describe("writing", () => {
  it("takes any body that is not JSON as the file (ruling 20)", async () => {
    const made = await upload("/data.csv");
    expect(made.status).toBe(201);
    expect(await made.json()).toMatchObject({
      path: "/data.csv",
      name: "data.csv",
      size_bytes: csv.length,
      version: 1,
    });
    expect(made.headers.get("etag")).toBe('"v1"');
    expect(await (await read("/data.csv")).text()).toBe(csv);
  });

  it("takes the JSON envelope as text, as base64 and as a directory, and makes the directories above", async () => {
    expect((await owner.post(`${base}/a/b/note.txt`, { content: "häh" })).status).toBe(201);
    await owner.post(`${base}/pixel.bin`, { content: "AAEC/w==", encoding: "base64" });
    expect(new Uint8Array(await (await read("/pixel.bin")).arrayBuffer())).toEqual(Uint8Array.of(0, 1, 2, 255));
    const folder = await owner.post<FileInfo>(`${base}/empty`, { is_directory: true });
    expect(folder).toMatchObject({ status: 201, body: { is_directory: true, size_bytes: 0 } });
    const listed = await owner.get<FileList>(`${base}?recursive=true`);
    expect(listed.body.data.map(({ path }) => path)).toEqual(["/a", "/a/b", "/a/b/note.txt", "/empty", "/pixel.bin"]);
    expect((await owner.get<FileList>(base)).body.data.map(({ path }) => path)).toEqual(["/a", "/empty", "/pixel.bin"]);
  });

  it("takes JSON as the file itself with raw=true", async () => {
    await owner.post(`${base}/config.json?raw=true`, { content: 1 });
    const got = await read("/config.json");
    expect(got.headers.get("content-type")).toBe("application/json");
    expect(await got.json()).toEqual({ content: 1 });
  });

  it("refuses a path that is taken with 409, and puts new content with PUT", async () => {
    await upload("/data.csv");
    const again = await upload("/data.csv", "other");
    expect(again.status).toBe(409);
    expect(await again.json()).toMatchObject({ code: "already_exists" });
    const put = await raw("PUT", "/data.csv", "other");
    expect(await put.json()).toMatchObject({ version: 2, size_bytes: 5 });
    expect((await raw("PUT", "/missing.csv", "x")).status).toBe(404);
  });

  it("puts only over the version that If-Match names", async () => {
    await upload("/data.csv");
    expect((await raw("PUT", "/data.csv", "two", { "if-match": '"v1"' })).status).toBe(200);
    const stale = await raw("PUT", "/data.csv", "three", { "if-match": '"v1"' });
    expect(stale.status).toBe(409);
    expect(await stale.json()).toMatchObject({ code: "version_conflict" });
    expect((await raw("PUT", "/data.csv", "x", { "if-match": "what" })).status).toBe(400);
  });

  it("protects a read-only file until its mark is taken away", async () => {
    await owner.post(`${base}/fixed.txt`, { content: "x", is_readonly: true });
    expect((await raw("PUT", "/fixed.txt", "y")).status).toBe(400);
    expect((await owner.call("DELETE", `${base}/fixed.txt`)).status).toBe(403);
    await owner.call("PUT", `${base}/fixed.txt`, { is_readonly: false });
    expect((await raw("PUT", "/fixed.txt", "y")).status).toBe(200);
  });

  it("refuses what is too large, announced or not, with 413, and keeps nothing", async () => {
    const big = Buffer.alloc(5_000_001);
    const announced = await raw("POST", "/big.bin", big, { "content-length": String(big.length) });
    expect(announced.status).toBe(413);
    expect(await announced.json()).toMatchObject({ code: "too_large", setting: "fileBytes" });
    const stream = new ReadableStream({
      pull(controller) {
        controller.enqueue(new Uint8Array(1_000_000));
      },
    });
    const endless = await owner.fetch(`/api/v1${base}/big.bin`, {
      method: "POST",
      body: stream,
      duplex: "half",
      headers: { "content-type": "application/octet-stream" },
    });
    expect(endless.status).toBe(413);
    expect((await read("/big.bin")).status).toBe(404);
    expect((await owner.post(`${base}/big.txt`, { content: "x".repeat(2_000_001) })).status).toBe(413);
  });

  it.each([
    [{ content: "not base64!", encoding: "base64" }, "/content"],
    [{ content: "AAE", encoding: "base64" }, "/content"],
    [{ content: 1 }, "/content"],
    [{ content: "x", encoding: "utf-7" }, "/encoding"],
    [{ content: "x", is_directory: true }, "/content"],
  ])("refuses the envelope %j", async (body, path) => {
    const refused = await owner.post(`${base}/x.txt`, body);
    expect(refused.status).toBe(400);
    expect(refused.body.path).toBe(path);
  });
});

describe("reading", () => {
  beforeEach(async () => {
    await upload("/data.csv");
  });

  it("gives the bytes with their kind, and never lets a browser run them", async () => {
    const got = await read("/data.csv");
    expect(got.headers.get("content-type")).toBe("text/csv; charset=utf-8");
    expect(got.headers.get("content-length")).toBe(String(csv.length));
    expect(got.headers.get("x-content-type-options")).toBe("nosniff");
    expect(got.headers.get("content-security-policy")).toContain("sandbox");
  });

  it("gives JSON to who asks for JSON: text as text, other bytes as base64", async () => {
    const asJson = { accept: "application/json" };
    const textual = await owner.get<SessionFile>(`${base}/data.csv`, asJson);
    expect(textual.body).toMatchObject({ content: csv, encoding: "text", path: "/data.csv" });
    await raw("POST", "/b.bin", Uint8Array.of(0, 255));
    expect((await owner.get<SessionFile>(`${base}/b.bin`, asJson)).body).toMatchObject({
      content: "AP8=",
      encoding: "base64",
    });
    await raw("POST", "/large.bin", Buffer.alloc(2_000_001));
    expect((await owner.get(`${base}/large.bin`, asJson)).status).toBe(413);
  });

  it.each([
    ["bytes=0-5", 206, "region", "bytes 0-5/30"],
    ["bytes=24-", 206, csv.slice(24), "bytes 24-29/30"],
    ["bytes=-3", 206, "20\n", "bytes 27-29/30"],
    ["bytes=10-1000", 206, csv.slice(10), "bytes 10-29/30"],
    ["bytes=5-2", 200, csv, null],
    ["bytes=0-1,4-5", 200, csv, null],
    ["lines=1-2", 200, csv, null],
  ])("answers Range: %s with %i", async (range, status, body, contentRange) => {
    const got = await read("/data.csv", { range });
    expect(got.status).toBe(status);
    expect(got.headers.get("content-range")).toBe(contentRange);
    expect(await got.text()).toBe(body);
  });

  it("answers a range past the end with 416 and the size", async () => {
    const got = await read("/data.csv", { range: "bytes=30-" });
    expect(got.status).toBe(416);
    expect(got.headers.get("content-range")).toBe("bytes */30");
  });

  it("answers 304 to the ETag it gave, and the whole file to If-Range of an older one", async () => {
    const etag = (await read("/data.csv")).headers.get("etag") ?? "";
    expect((await read("/data.csv", { "if-none-match": etag })).status).toBe(304);
    await raw("PUT", "/data.csv", "new");
    expect((await read("/data.csv", { "if-none-match": etag })).status).toBe(200);
    expect((await read("/data.csv", { range: "bytes=0-0", "if-range": etag })).status).toBe(200);
  });

  it("gives an older version, also of a file that is gone", async () => {
    await raw("PUT", "/data.csv", "new");
    await owner.call("DELETE", `${base}/data.csv`);
    expect((await read("/data.csv")).status).toBe(404);
    expect(await (await read("/data.csv?version=1")).text()).toBe(csv);
    const versions = await owner.post<FileVersions>(`${base}/_/versions`, { path: "/data.csv" });
    expect(versions.body.data.map((each) => [each.version, each.is_deleted])).toEqual([
      [1, false],
      [2, false],
      [3, true],
    ]);
  });

  it("lists a directory at its path, with or without a slash at the end", async () => {
    await upload("/dir/inner.csv");
    for (const path of ["/dir", "/dir/"]) {
      const listed = await owner.get<FileList>(`${base}${path}`);
      expect(listed.body.data.map((each) => each.path)).toEqual(["/dir/inner.csv"]);
    }
  });
});

describe("stat, move, copy, delete", () => {
  beforeEach(async () => {
    await upload("/data.csv");
  });

  it("says what is known about a path", async () => {
    const { body } = await owner.post<FileStat>(`${base}/_/stat`, { path: "data.csv" });
    expect(body).toMatchObject({ path: "/data.csv", is_directory: false, size_bytes: 30, version: 1 });
    expect((await owner.post(`${base}/_/stat`, { path: "/nowhere" })).status).toBe(404);
  });

  it("moves and copies, and refuses a place that is taken", async () => {
    const copied = await owner.post<FileInfo>(`${base}/_/copy`, { src_path: "/data.csv", dst_path: "/sub/copy.csv" });
    expect(copied).toMatchObject({ status: 201, body: { path: "/sub/copy.csv" } });
    const moved = await owner.post<FileInfo>(`${base}/_/move`, { src_path: "/data.csv", dst_path: "/moved.csv" });
    expect(moved).toMatchObject({ status: 200, body: { path: "/moved.csv" } });
    expect((await owner.post(`${base}/_/move`, { src_path: "/moved.csv", dst_path: "/sub/copy.csv" })).status).toBe(
      409,
    );
    expect((await owner.post(`${base}/_/copy`, { src_path: "/gone", dst_path: "/x" })).status).toBe(404);
  });

  it("deletes a file, and a directory only with recursive=true", async () => {
    await upload("/dir/a.csv");
    const refused = await owner.call("DELETE", `${base}/dir`);
    expect(refused.status).toBe(400);
    const gone = await owner.call("DELETE", `${base}/dir?recursive=true`);
    expect(gone).toMatchObject({ status: 200, body: { deleted: true } });
    expect(await owner.call("DELETE", `${base}/data.csv`)).toMatchObject({ status: 200, body: { deleted: true } });
  });
});

describe("paths", () => {
  it.each([
    "/a%00b.txt",
    "/..%2f..%2fetc%2fpasswd",
    "/a/..%2fb",
    "/a%5c..%5cb",
    "/%252e%252e/x",
    "/a//b",
    "/trailing.",
    "/trailing%20",
    "/%ff",
    "/%ed%a0%80",
    `/${"x".repeat(256)}`,
    `/${"d/".repeat(600)}x`,
    "/a%0ab",
  ])("refuses %s with 400, and never 500", async (path) => {
    const got = await upload(path);
    expect({ path, status: got.status }).toEqual({ path, status: 400 });
  });

  it("resolves dot segments before the route, as every URL does, so none reaches the files", async () => {
    expect((await upload("/.%2e/x")).status).toBe(404);
    expect((await upload("/a/../../x")).status).toBe(404);
  });

  it("takes names in any script, spaces and percent-encoded slashes as what they say", async () => {
    expect(await (await upload("/%E5%A0%B1%E5%91%8A%20%C3%BC.csv")).json()).toMatchObject({ name: "報告 ü.csv" });
    expect(await (await upload("/dir%2Ffile.csv")).json()).toMatchObject({ path: "/dir/file.csv" });
  });

  it("shows a stranger neither files nor whether there are any", async () => {
    await upload("/data.csv");
    const stranger = await openClient(native, keys.stranger);
    expect((await stranger.get(`${base}/data.csv`)).status).toBe(404);
    expect((await stranger.get(base)).status).toBe(404);
  });
});
