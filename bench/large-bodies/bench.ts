/**
 * No upload is held in memory whole: 300 MB of a session's file and 100 MB of an image, up and down, through a server as
 * users start it. What is told is the most that the process held over what it held before, code that the first body makes
 * it load included; every body is compared by its hash. Each round is a server that has served nothing yet.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { makeSession } from "../append-to-frame.ts";
import { verify, within } from "../bench.ts";
import type { Bench, BenchOptions, BenchResult } from "../bench.ts";
import { makeFolder } from "../data-folder.ts";
import { openClient } from "../http-client.ts";
import { download, upload } from "./bodies.ts";
import type { Upload } from "./bodies.ts";
import { forgetPeak, openServed, readHeld } from "./served.ts";
import type { Served } from "./served.ts";

const MB = 1_000_000;
const FILE_MB = 300;
const IMAGE_MB = 99;
const BOUNDARY = "bench-7d1a";
const PNG = Buffer.from("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489", "hex");
/** What starting up took is given back by then. */
const SETTLE_MS = 1_500;
const PAUSE_MS = 300;

export const bench: Bench = { name: "large-bodies", run };

const WHATS = ["file up", "file down", "image up", "image down"] as const;
type What = (typeof WHATS)[number];

async function run({ isQuick, say }: BenchOptions): Promise<BenchResult> {
  await using caches = await makeFolder();
  const cache = caches.path;
  // What a first start holds of compiling would hide what comes later.
  {
    await using folder = await makeFolder();
    await using _first = await openServed({ data: folder.path, cache });
  }
  const added: Record<What, number[]> = { "file up": [], "file down": [], "image up": [], "image down": [] };
  const seconds: Record<What, number[]> = { "file up": [], "file down": [], "image up": [], "image down": [] };
  const bases: number[] = [];
  for (let round = 0; round < (isQuick ? 1 : 5); round++) {
    await using folder = await makeFolder();
    // The image first in every other round: what the first body loads falls on each once.
    const order = round % 2 === 0 ? (["file", "image"] as const) : (["image", "file"] as const);
    await using served = await openServed({
      data: folder.path,
      cache,
      args: ["--limit", `fileBytes=${FILE_MB * MB}`, "--limit", `sessionFilesBytes=${FILE_MB * MB}`],
    });
    await sleep(SETTLE_MS);
    bases.push(readHeld(served.pid).nowMb);
    for (const kind of order) await (kind === "file" ? fileRound : imageRound)(served, { added, seconds });
    say(`round ${round}: ${WHATS.map((what) => `${what} +${added[what][round]?.toFixed(0)} MB`).join(", ")}`);
  }
  const sizeOf = (what: What) => (what.startsWith("file") ? FILE_MB : IMAGE_MB);
  const bar = { text: "< +64 MB", most: 63.999 };
  return {
    rows: WHATS.map((what) =>
      within({ what: `${sizeOf(what)} MB of a ${what}, held`, unit: "MB", ours: added[what] }, bar),
    ),
    notes: [
      `held before: ${bases.map((mb) => mb.toFixed(0)).join(", ")} MB; every body compared by its SHA-256`,
      `in seconds: ${WHATS.map((what) => `${what} ${seconds[what].map((s) => s.toFixed(1)).join(" ")}`).join("; ")}`,
    ],
  };
}

interface Figures {
  readonly added: Record<What, number[]>;
  readonly seconds: Record<What, number[]>;
}

async function watched<T>(served: Served, { added, seconds }: Figures, job: { what: What; run: () => Promise<T> }) {
  await sleep(PAUSE_MS);
  const { nowMb } = readHeld(served.pid);
  forgetPeak(served.pid);
  const startedAt = performance.now();
  const result = await job.run();
  seconds[job.what].push((performance.now() - startedAt) / 1_000);
  added[job.what].push(readHeld(served.pid).peakMb - nowMb);
  return result;
}

async function fileRound(served: Served, figures: Figures): Promise<void> {
  using client = openClient(served);
  const path = `/api/v1/sessions/${await makeSession(client)}/fs/large.bin`;
  const sent: Upload = { method: "POST", path, contentType: "application/octet-stream", sizeBytes: FILE_MB * MB };
  const up = await watched(served, figures, { what: "file up", run: () => upload(served, sent) });
  const down = await watched(served, figures, { what: "file down", run: () => download(served, path) });
  verify(up.sha256 === down, "a file came down other than it went up");
}

async function imageRound(served: Served, figures: Figures): Promise<void> {
  const head = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="large.png"\r\n\r\n`;
  const sent: Upload = {
    method: "POST",
    path: "/api/v1/images",
    contentType: `multipart/form-data; boundary=${BOUNDARY}`,
    sizeBytes: IMAGE_MB * MB,
    frame: { head: Buffer.from(head), tail: Buffer.from(`\r\n--${BOUNDARY}--\r\n`) },
    magic: PNG,
  };
  const up = await watched(served, figures, { what: "image up", run: () => upload(served, sent) });
  const { id } = JSON.parse(up.text) as { readonly id: string };
  const run = () => download(served, `/api/v1/images/${id}`);
  verify(up.sha256 === (await watched(served, figures, { what: "image down", run })), "an image came down changed");
}
