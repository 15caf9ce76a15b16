/** P9: contents that nothing names any more go, a day after they were last put; everything else stays. */
import { readdir, utimes } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { GRACE_MS, makeSweepBlobs } from "../../src/app/sweep-blobs.ts";
import { openFolderBlobs } from "../../src/blobs/folder-blobs.ts";
import type { FolderBlobs } from "../../src/blobs/folder-blobs.ts";
import type { BlobHash } from "../../src/core/ports/files.ts";
import type { Session } from "../../src/doors/native/schema/session.ts";
import { chunksOf, hashOf } from "../blobs/suite.ts";
import type { NativeClient } from "../doors/native/native-client.ts";
import { openWholeServer } from "./whole-server.ts";
import type { WholeServer } from "./whole-server.ts";

let whole: WholeServer;
let owner: NativeClient;
let blobs: FolderBlobs;
beforeAll(async () => {
  whole = await openWholeServer();
  owner = whole.as.owner;
  blobs = await openFolderBlobs({ folder: join(whole.folder, "blobs") });
});
afterAll(() => whole[Symbol.asyncDispose]());

async function make(content: string): Promise<string> {
  const initial_files = [{ path: "/f", content }];
  return (await owner.post<Session>("/sessions", { harness_name: "generic", initial_files })).body.id;
}

async function age(...hashes: readonly BlobHash[]): Promise<void> {
  const old = new Date(Date.now() - GRACE_MS - 60_000);
  for (const hash of hashes) await utimes(blobs.fileOf(hash), old, old);
}

async function kept(): Promise<ReadonlySet<string>> {
  const folder = join(whole.folder, "blobs");
  const shards = (await readdir(folder)).filter((name) => name.length === 2);
  const names = shards.map(async (shard) => (await readdir(join(folder, shard))).map((name) => shard + name));
  return new Set((await Promise.all(names)).flat());
}

function sweep(store: Pick<WholeServer["server"]["store"], "namedBlobs"> = whole.server.store) {
  const clock = { now: () => Date.now() };
  return makeSweepBlobs({ store, blobs, clock, pause: () => Promise.resolve() })(new AbortController().signal);
}

describe("a sweep", () => {
  it("takes what only an erased session named, and nothing that is young or named", async () => {
    const gone = await make("gone");
    const shared = await make("shared");
    const fork = (await owner.post<Session>(`/sessions/${shared}/fork`)).body.id;
    await make("alive");
    const trashed = await make("trashed");
    await owner.call("PUT", `/sessions/${fork}/fs/f`, { content: "newer" });
    await owner.call("DELETE", `/sessions/${trashed}`);
    for (const id of [gone, shared]) await owner.call("DELETE", `/sessions/${id}?permanent=true`);
    const { hash: young } = await blobs.put(chunksOf("not committed yet"), 100);
    const named = ["shared", "newer", "alive", "trashed"].map(hashOf);
    expect(await sweep()).toEqual({ seen: 0, removed: 0 });
    await age(hashOf("gone"), ...named);
    expect(await sweep()).toEqual({ seen: 5, removed: 1 });
    expect(await kept()).toEqual(new Set([...named, young]));
    await age(young);
    expect(await sweep()).toEqual({ seen: 5, removed: 1 });
    expect(await kept()).toEqual(new Set(named));
    const still = await owner.fetch(`/api/v1/sessions/${fork}/fs/f?version=1`);
    expect(await still.text()).toBe("shared");
  });

  it("spares what is put again, or renewed, between its look and its act", async () => {
    const [again, renewed] = [hashOf("put again"), hashOf("renewed")];
    for (const content of ["put again", "renewed"]) await blobs.put(chunksOf(content), 100);
    await age(again, renewed);
    await sweep({
      async namedBlobs(hashes) {
        const named = await whole.server.store.namedBlobs(hashes);
        await blobs.put(chunksOf("put again"), 100);
        expect(await blobs.renew(renewed)).toBe(true);
        return named;
      },
    });
    expect(await kept()).toEqual(new Set([...(await kept()), again, renewed]));
    expect(await blobs.renew(hashOf("never there"))).toBe(false);
    expect(await blobs.removeBefore(hashOf("never there"), Date.now())).toBe(false);
  });

  it("looks at thousands without holding them, and stops when it is told to", async () => {
    const contents = Array.from({ length: 1_200 }, (_, n) => `content ${n}`);
    for (const content of contents) await blobs.put(chunksOf(content), 100);
    await age(...contents.map(hashOf));
    const sizes: number[] = [];
    const stop = new AbortController();
    const swept = await makeSweepBlobs({
      store: {
        namedBlobs: async (hashes) => {
          sizes.push(hashes.length);
          return whole.server.store.namedBlobs(hashes);
        },
      },
      blobs,
      clock: { now: () => Date.now() },
      pause: async () => stop.abort(),
    })(stop.signal);
    expect(sizes).toEqual([500]);
    expect(swept.seen).toBe(500);
    expect((await sweep()).removed).toBe(1_200 - swept.removed);
  });
});
