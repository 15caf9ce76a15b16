/** Session files at the native door beside reading and writing: grep, restore, the room there is, and the guide's own calls. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { FileInfo, FileList, GrepResult, SessionFile } from "../../../src/doors/native/schema/file.ts";
import { openClient } from "./native-client.ts";
import type { NativeClient } from "./native-client.ts";
import { keys, openNative } from "./open-native.ts";
import type { Native } from "./open-native.ts";

let native: Native;
let owner: NativeClient;
let base: string;

beforeEach(async () => {
  native = await openNative({ slots: 0, limits: { fileBytes: 6_000, sessionFilesBytes: 10_000 } });
  owner = await openClient(native);
  base = `/sessions/${(await owner.session()).id}/fs`;
});
afterEach(() => native[Symbol.asyncDispose]());

const raw = (method: string, path: string, body?: string) =>
  owner.fetch(`/api/v1${base}${path}`, { method, body: body ?? null, headers: { "content-type": "text/csv" } });
const put = async (path: string, text: string) => expect((await raw("POST", path, text)).status).toBe(201);
const grep = (body: object) => owner.post<GrepResult>(`${base}/_/grep`, body);
const restore = <T = FileInfo>(body: object) => owner.post<T>(`${base}/_/restore`, body);

describe("the guide's calls", () => {
  it("list, upload, read and delete a file", async () => {
    expect(await owner.get<FileList>(base)).toMatchObject({ status: 200, body: { data: [], total: 0 } });
    expect((await raw("POST", "/data.csv", "a,b\n1,2\n")).status).toBe(201);
    expect((await owner.get<FileList>(base)).body.data).toMatchObject([{ path: "/data.csv", size_bytes: 8 }]);
    expect(await (await raw("GET", "/data.csv")).text()).toBe("a,b\n1,2\n");
    const gone = await owner.call("DELETE", `${base}/data.csv`);
    expect(gone).toMatchObject({ status: 200, body: { deleted: true } });
    expect((await raw("GET", "/data.csv")).status).toBe(404);
  });

  it("list a directory's own entries, or all below it", async () => {
    await put("/a/b/c.csv", "x");
    await put("/a/d.csv", "x");
    const paths = async (path: string) =>
      (await owner.get<FileList>(`${base}${path}`)).body.data.map((each) => each.path);
    expect(await paths("")).toEqual(["/a"]);
    expect(await paths("?recursive=true")).toEqual(["/a", "/a/b", "/a/b/c.csv", "/a/d.csv"]);
    expect(await paths("/a")).toEqual(["/a/b", "/a/d.csv"]);
    expect(await paths("/a?recursive=true")).toEqual(["/a/b", "/a/b/c.csv", "/a/d.csv"]);
    expect((await owner.get(`${base}/none`)).status).toBe(404);
    expect((await owner.get(`${base}?recursive=perhaps`)).status).toBe(400);
  });
});

describe("grep", () => {
  beforeEach(async () => {
    await put("/sales.csv", "region,sale\nnorth,10\nsouth,20\n");
    await put("/notes/north.md", "Went North\nand south\n");
    await raw("POST", "/blob.bin", "north\0");
  });

  it("finds lines by file, with their numbers", async () => {
    const { status, body } = await grep({ pattern: "south" });
    expect(status).toBe(200);
    expect(body).toEqual({
      data: [
        { path: "/notes/north.md", matches: [{ path: "/notes/north.md", line_number: 2, line: "and south" }] },
        { path: "/sales.csv", matches: [{ path: "/sales.csv", line_number: 3, line: "south,20" }] },
      ],
      total: 2,
      searched_files: 2,
      is_partial: false,
    });
  });

  it("takes a regular expression, and a glob for the paths", async () => {
    const { body } = await grep({ pattern: "^\\w+,\\d+$", path_pattern: "**/*.csv" });
    expect(body.data.map(({ path, matches }) => [path, matches.map(({ line }) => line)])).toEqual([
      ["/sales.csv", ["north,10", "south,20"]],
    ]);
    expect((await grep({ pattern: "(?i)NORTH", path_pattern: "notes/*" })).body.total).toBe(1);
    expect((await grep({ pattern: "nowhere" })).body).toMatchObject({ data: [], total: 0 });
    expect((await grep({ pattern: "south", path_pattern: null })).body.total).toBe(2);
  });

  it.each([
    [{ pattern: "(" }, "/pattern"],
    [{ pattern: "(a)\\1" }, "/pattern"],
    [{ pattern: "" }, "/pattern"],
    [{ pattern: 1 }, "/pattern"],
    [{}, "/pattern"],
    [{ pattern: "a", path_pattern: "[" }, "/path_pattern"],
    [{ pattern: "a", path_pattern: "x".repeat(5_000) }, "/path_pattern"],
  ])("refuses %j with 400 at its place", async (body, path) => {
    const refused = await owner.post(`${base}/_/grep`, body);
    expect(refused.status).toBe(400);
    expect(refused.body.path).toBe(path);
  });

  it("is not held up by a pattern that was made to be slow", async () => {
    await put("/slow.txt", `${"a".repeat(3_000)}!`);
    expect((await grep({ pattern: "^(a+)+$" })).body).toMatchObject({ total: 0, is_partial: false });
  });

  it("may be asked by those who may only read, of their own sessions", async () => {
    const as = async (key: string) => (await openClient(native, key)).post(`${base}/_/grep`, { pattern: "south" });
    expect((await as(keys.viewer)).status).toBe(200);
    expect((await as(keys.stranger)).status).toBe(404);
    expect((await as("nobody")).status).toBe(401);
  });
});

describe("restore", () => {
  beforeEach(async () => {
    await put("/a.csv", "one");
    await raw("PUT", "/a.csv", "two");
  });

  it("makes an older version the newest, and each version stays readable", async () => {
    const restored = await restore({ path: "/a.csv", version: 1 });
    expect(restored).toMatchObject({ status: 200, body: { path: "/a.csv", version: 3, size_bytes: 3 } });
    expect(restored.headers.get("etag")).toBe('"v3"');
    expect(await (await raw("GET", "/a.csv")).text()).toBe("one");
    for (const [version, text] of [
      [1, "one"],
      [2, "two"],
      [3, "one"],
    ] as const) {
      expect(await (await raw("GET", `/a.csv?version=${version}`)).text()).toBe(text);
    }
    const asJson = { accept: "application/json" };
    const old = await owner.get<SessionFile>(`${base}/a.csv?version=2`, asJson);
    expect(old.body).toMatchObject({ content: "two", version: 2, encoding: "text" });
  });

  it("brings back what was deleted, and takes a path without its slash", async () => {
    await owner.call("DELETE", `${base}/a.csv`);
    expect(await restore({ path: "a.csv", version: 2 })).toMatchObject({ status: 200, body: { version: 4 } });
    expect(await (await raw("GET", "/a.csv")).text()).toBe("two");
  });

  it.each([
    [{ path: "/a.csv", version: 9 }, 404],
    [{ path: "/b.csv", version: 1 }, 404],
    [{ path: "/a.csv", version: 0 }, 400],
    [{ path: "/a.csv", version: "1" }, 400],
    [{ path: "/a.csv" }, 400],
    [{ version: 1 }, 400],
    [{ path: "/../a.csv", version: 1 }, 400],
  ])("answers %j with %i", async (body, status) => {
    expect((await owner.post(`${base}/_/restore`, body)).status).toBe(status);
  });

  it("is refused where there is no room, and over what is read-only", async () => {
    await put("/big.csv", "x".repeat(5_900));
    await owner.call("DELETE", `${base}/big.csv`);
    await put("/other.csv", "x".repeat(5_900));
    const full = await restore({ path: "/big.csv", version: 1 });
    expect(full).toMatchObject({ status: 409, body: { code: "quota_exceeded", setting: "sessionFilesBytes" } });
    await owner.call("PUT", `${base}/a.csv`, { is_readonly: true });
    expect((await restore({ path: "/a.csv", version: 1 })).status).toBe(403);
  });

  it("is for those who may write, in their own sessions", async () => {
    const as = async (key: string) =>
      (await openClient(native, key)).post(`${base}/_/restore`, { path: "/a.csv", version: 1 });
    expect((await as(keys.viewer)).status).toBe(403);
    expect((await as(keys.stranger)).status).toBe(404);
    expect((await as("nobody")).status).toBe(401);
    expect((await as(keys.member)).status).toBe(200);
  });
});

describe("the room there is", () => {
  it("is limited for each file and for all of a session", async () => {
    const large = await raw("POST", "/large.csv", "x".repeat(6_001));
    expect([large.status, await large.json()]).toMatchObject([413, { code: "too_large", setting: "fileBytes" }]);
    await put("/one.csv", "x".repeat(6_000));
    const full = await raw("POST", "/two.csv", "x".repeat(4_001));
    expect([full.status, await full.json()]).toMatchObject([
      409,
      { code: "quota_exceeded", setting: "sessionFilesBytes" },
    ]);
    await put("/two.csv", "x".repeat(4_000));
    expect((await raw("POST", "/three.csv", "x")).status).toBe(409);
    expect((await owner.post(`${base}/_/copy`, { src_path: "/one.csv", dst_path: "/copy.csv" })).status).toBe(409);
    expect((await owner.post(`${base}/four.txt`, { content: "x" })).status).toBe(409);
  });

  it("is given back by what is replaced, moved or deleted", async () => {
    await put("/one.csv", "x".repeat(6_000));
    await put("/two.csv", "x".repeat(4_000));
    expect((await raw("PUT", "/two.csv", "x".repeat(3_000))).status).toBe(200);
    await put("/three.csv", "x".repeat(1_000));
    expect((await owner.post(`${base}/_/move`, { src_path: "/one.csv", dst_path: "/moved.csv" })).status).toBe(200);
    expect((await raw("PUT", "/moved.csv", "y".repeat(6_000))).status).toBe(200);
    await owner.call("DELETE", `${base}/moved.csv`);
    await put("/one.csv", "x".repeat(6_000));
  });

  it("is taken by no directory and no empty file", async () => {
    await put("/one.csv", "x".repeat(6_000));
    await put("/two.csv", "x".repeat(4_000));
    await put("/empty.csv", "");
    expect((await owner.post(`${base}/folder`, { is_directory: true })).status).toBe(201);
  });
});

describe("names", () => {
  it.each([
    "報告.csv",
    "отчёт.csv",
    "تقرير.csv",
    "रिपोर्ट.csv",
    "🦊 fox.csv",
    "a b+c&d=e.csv",
    "100%.csv",
    "#1?.csv",
    "ünïcödé.csv",
  ])("may be %s, and come back as they were", async (name) => {
    const path = `/${encodeURIComponent(name)}`;
    await put(path, "x,1\n");
    const listed = await owner.get<FileList>(base);
    expect(listed.body.data.map((each) => each.name)).toEqual([name.normalize("NFC")]);
    expect(await (await raw("GET", path)).text()).toBe("x,1\n");
    expect((await grep({ pattern: "x" })).body.data[0]?.path).toBe(`/${name.normalize("NFC")}`);
    expect((await owner.post(`${base}/_/stat`, { path: `/${name}` })).status).toBe(200);
    expect((await owner.call("DELETE", `${base}${path}`)).status).toBe(200);
  });

  it("are one file however they are composed", async () => {
    await put(`/${encodeURIComponent("e\u0301.csv")}`, "x");
    expect((await raw("GET", `/${encodeURIComponent("\u00e9.csv")}`)).status).toBe(200);
    expect((await raw("POST", `/${encodeURIComponent("\u00e9.csv")}`, "y")).status).toBe(409);
  });

  it("that begin with an underscore are kept free at the root", async () => {
    expect((await raw("POST", "/_private.csv", "x")).status).toBe(400);
    await put("/sub/_private.csv", "x");
  });
});

describe("what the reference asks of paths that are taken or missing", () => {
  beforeEach(() => put("/dir/a.csv", "x"));

  it.each([
    ["POST", "/dir/a.csv", 409],
    ["POST", "/dir", 409],
    ["POST", "/dir/a.csv/b.csv", 400],
    ["PUT", "/dir/none.csv", 404],
    ["PUT", "/dir", 400],
    ["DELETE", "/dir/none.csv", 404],
    ["DELETE", "/dir", 400],
  ])("%s %s is a %i", async (method, path, status) => {
    expect((await raw(method, path, method === "DELETE" ? undefined : "x")).status).toBe(status);
  });

  it("copies no directory, and moves one with all that is in it", async () => {
    expect((await owner.post(`${base}/_/copy`, { src_path: "/dir", dst_path: "/other" })).status).toBe(400);
    expect((await owner.post(`${base}/_/move`, { src_path: "/dir", dst_path: "/other" })).status).toBe(200);
    expect((await raw("GET", "/other/a.csv")).status).toBe(200);
  });
});
