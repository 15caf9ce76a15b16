/** P3: a full disk refuses writes with 507, lets reads and streams go on, and forgets about it when there is space. */
import { spawnSync } from "node:child_process";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { apiOf, startServer } from "./server-process.ts";
import type { Api } from "./server-process.ts";

const isRoot = process.getuid?.() === 0;
const DISK = "24m";

/** A file system of its own, small enough to fill. */
async function mountSmallDisk(): Promise<{ folder: string; release: () => Promise<void> } | null> {
  const folder = await mkdtemp(join(tmpdir(), "serai-full-"));
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${DISK}`, "tmpfs", folder]);
  if (mounted.status !== 0) {
    await rm(folder, { recursive: true });
    return null;
  }
  const release = async () => {
    spawnSync("umount", [folder]);
    await rm(folder, { recursive: true, force: true });
  };
  return { folder, release };
}

/** Takes all the space there is, to the last byte. */
async function fill(path: string): Promise<void> {
  const file = await open(path, "w");
  try {
    for (let size = 1024 * 1024; size >= 1;) {
      try {
        const { bytesWritten } = await file.write(Buffer.alloc(size, 1));
        if (bytesWritten === 0) size = Math.floor(size / 2);
      } catch (error) {
        if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
        size = Math.floor(size / 2);
      }
    }
  } finally {
    await file.close();
  }
}

async function patchUntil(api: Api, id: string, status: number): Promise<number> {
  // The log's file may have a little room of its own left; it is used up after a few writes.
  for (let count = 1; count <= 3_000; count++) {
    const { status: got } = await api.json("PATCH", `/sessions/${id}`, { title: `title ${count} ${"x".repeat(150)}` });
    if (got === status) return count;
    expect([200, 507]).toContain(got);
  }
  throw new Error(`No PATCH was answered ${status}`);
}

describe("a full disk", () => {
  test(
    "P3: is a 507 for writes, nothing for reads, and over when there is space",
    { timeout: 60_000 },
    async (context) => {
      const disk = isRoot ? await mountSmallDisk() : null;
      if (disk === null) return context.skip("needs root and mount to make a small file system");
      const server = await startServer({ folder: disk.folder });
      const api = apiOf(server);
      try {
        const agents = await api.json("GET", "/agents");
        const agent_id = (agents.body as { data: { id: string }[] }).data[0]?.id;
        const made = await api.json("POST", "/sessions", { agent_id, title: "before" });
        const { id } = made.body as { id: string };
        const ballast = join(disk.folder, "ballast");
        await fill(ballast);
        await patchUntil(api, id, 507);

        const refused = await api.json("PATCH", `/sessions/${id}`, { title: "refused" });
        expect(refused).toMatchObject({ status: 507, body: { code: "storage_full" } });
        const upload = await api.fetch(`/sessions/${id}/fs/a.bin`, {
          method: "POST",
          headers: { "Content-Type": "application/octet-stream" },
          body: Buffer.alloc(2_000_000, 7),
        });
        expect(upload.status).toBe(507);
        const read = await api.json("GET", `/sessions/${id}`);
        expect(read.status).toBe(200);
        expect((read.body as { title: string }).title).not.toBe("refused");
        const events = await api.json("GET", `/sessions/${id}/events?after_seq=0&limit=1000`);
        const seqs = (events.body as { data: { seq: number }[] }).data.map(({ seq }) => seq);
        expect(seqs).toEqual(seqs.map((_, index) => index + 1));

        await rm(ballast);
        await patchUntil(api, id, 200);
        const content = [{ type: "text", text: "Are you there?" }];
        const sent = await api.json("POST", `/sessions/${id}/messages`, { message: { content } });
        expect(sent.status).toBe(201);
      } finally {
        await server[Symbol.asyncDispose]();
        await disk.release();
      }
    },
  );
});
