/**
 * W10, session grep: CPU of a search through a session's files against `grep -rE` over the same files in a folder.
 *
 *   node bench/session-grep.ts
 *
 * Both in one run, interleaved, five rounds, medians; a pattern whose matches differ counts as failed. CPU of ours is that
 * of the whole process (event loop, searching thread, collector); grep runs ten times per round, because one run is
 * shorter than what can be timed. The delay of the event loop is measured while ours searches.
 */
import { execFileSync } from "node:child_process";
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";

import { grepSessionFiles } from "../src/app/grep-session-files.ts";
import { openFolderBlobs } from "../src/blobs/folder-blobs.ts";
import type { FolderBlobs } from "../src/blobs/folder-blobs.ts";
import { formatId } from "../src/core/ids.ts";
import type { MintId } from "../src/core/ids.ts";
import type { FileChange } from "../src/core/ports/files.ts";
import type { Store } from "../src/core/ports/store.ts";
import { initialState } from "../src/core/state.ts";
import { openGrep } from "../src/lib/grep/grep.ts";
import { openSqliteStore } from "../src/store/sqlite/store.ts";

const ROUNDS = 5;
const GREP_RUNS = 10;
const MAX_FILES = 4_000;
const MAX_FILE_BYTES = 300_000;

/** What agents look for: words, words with holes, alternatives, sets, and one that is meant to hurt. */
const PATTERNS = [
  "TODO",
  "function [a-z]+Async\\(",
  "deprecated|FIXME|XXX",
  "[A-Z][a-z]+[0-9]{3}[a-z]",
  "^import .* from ['\"]node:fs['\"]",
  "throw new [A-Z][A-Za-z]*Error\\(`",
  "\\bsetTimeout\\([a-z]+, [0-9]{4,}",
  "(q+)+$",
];

const mint: MintId = (kind) => formatId(kind, Date.now(), randomBytes(10).toString("hex"));
const clock = { now: () => Date.now(), monotonic: () => performance.now() };

interface Corpus {
  readonly folder: string;
  readonly paths: readonly string[];
  readonly bytes: number;
}

/** The packages that this repository is built with: real sources of every style. */
function copyCorpus(root: string): Corpus {
  const folder = join(root, "corpus");
  const modules = join(import.meta.dirname, "../node_modules");
  const paths: string[] = [];
  let bytes = 0;
  for (const path of globSync("**/*.{js,ts,md,json}", { cwd: modules }).toSorted()) {
    const source = join(modules, path);
    const stat = statSync(source);
    if (!stat.isFile() || stat.size > MAX_FILE_BYTES || /[^\x20-\x7e]/.test(path) || path.includes("/_")) continue;
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), readFileSync(source));
    paths.push(path);
    bytes += stat.size;
    if (paths.length === MAX_FILES) break;
  }
  return { folder, paths, bytes };
}

async function makeSession(store: Store, blobs: FolderBlobs, corpus: Corpus) {
  const sessionId = mint("session");
  const workspaceId = mint("workspace");
  const files: FileChange[] = [];
  for (const path of corpus.paths) {
    async function* content() {
      yield readFileSync(join(corpus.folder, path));
    }
    files.push({ kind: "put", path: `/${path}`, base: "absent", ...(await blobs.put(content(), MAX_FILE_BYTES)) });
  }
  const edit = { title: null, tags: [], agentId: null, harnessId: null, modelId: null, settings: {} };
  const result = await store.write({
    sessionId,
    create: { workspaceId, createdBy: null, harness: "hosted", conversationId: null, edit, idempotency: null },
    events: [{ id: mint("event"), type: "session.created", contextJson: "{}", dataJson: '{"harness":"hosted"}' }],
    fold: { state: initialState, through: 0 },
    files,
  });
  if (result.kind !== "committed") throw new Error(`The session could not be made: ${result.kind}`);
  return { sessionId, reader: { workspaceId } };
}

function grepOnce(pattern: string, folder: string): readonly string[] {
  const script = 'grep -rnE --binary-files=without-match "$1" . || [ $? = 1 ]';
  const out = execFileSync("sh", ["-c", script, "sh", pattern], { cwd: folder, encoding: "utf8", maxBuffer: 1e9 });
  return out
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.slice(2).split(":", 2).join(":"));
}

/** Milliseconds of CPU for one run. */
function grepCpuMs(pattern: string, folder: string): number {
  const script = `TIMEFORMAT="%U %S"; time (for i in $(seq ${GREP_RUNS}); do grep -rnE --binary-files=without-match "$1" . | cat >/dev/null; done)`;
  const { stderr } = {
    stderr: execFileSync("bash", ["-c", `{ ${script}; } 2>&1`, "bash", pattern], { cwd: folder, encoding: "utf8" }),
  };
  const [user = 0, system = 0] = stderr.trim().split(" ").map(Number);
  return ((user + system) * 1000) / GREP_RUNS;
}

const median = (values: readonly number[]) =>
  values.toSorted((left, right) => left - right)[values.length >> 1] ?? Number.NaN;
const fixed = (value: number) => value.toFixed(1).padStart(7);

const root = mkdtempSync(join(tmpdir(), "serai-bench-"));
const corpus = copyCorpus(root);
const blobs = await openFolderBlobs({ folder: join(root, "blobs") });
const store = await openSqliteStore({ folder: join(root, "data"), clock, node: mint("node") });
const { sessionId, reader } = await makeSession(store, blobs, corpus);
const grep = openGrep();

async function ours(pattern: string) {
  const before = process.cpuUsage();
  const started = performance.now();
  const outcome = await grepSessionFiles({ store, blobs, grep }, reader, { sessionId, pattern });
  const wallMs = performance.now() - started;
  const { user, system } = process.cpuUsage(before);
  if (!outcome.ok || outcome.value.isPartial) throw new Error(`Search for ${pattern} was not whole`);
  return {
    cpuMs: (user + system) / 1000,
    wallMs,
    lines: outcome.value.matches.map(({ name, lineNumber }) => `${name.slice(1)}:${lineNumber}`),
  };
}

try {
  const loop = { p99Ms: 0, maxMs: 0 };
  const rows: Record<string, unknown>[] = [];
  console.log(
    `${corpus.paths.length} files, ${(corpus.bytes / 1e6).toFixed(1)} MB; CPU ms, medians of ${ROUNDS} rounds`,
  );
  console.log("  grep    ours   ratio  wall  matches  pattern");
  for (const pattern of PATTERNS) {
    const expected = grepOnce(pattern, corpus.folder).toSorted().join("\n");
    const grepMs: number[] = [];
    const oursMs: number[] = [];
    const wallMs: number[] = [];
    let matches = 0;
    for (let round = 0; round < ROUNDS; round++) {
      grepMs.push(grepCpuMs(pattern, corpus.folder));
      const delay = monitorEventLoopDelay({ resolution: 1 });
      delay.enable();
      const { lines, ...cost } = await ours(pattern);
      delay.disable();
      loop.p99Ms = Math.max(loop.p99Ms, delay.percentile(99) / 1e6);
      loop.maxMs = Math.max(loop.maxMs, delay.max / 1e6);
      if (lines.toSorted().join("\n") !== expected) throw new Error(`Other matches than grep's for ${pattern}`);
      oursMs.push(cost.cpuMs);
      wallMs.push(cost.wallMs);
      matches = lines.length;
    }
    const ratio = median(oursMs) / median(grepMs);
    rows.push({ pattern, grepMs, oursMs, wallMs, ratio, matches });
    console.log(
      `${fixed(median(grepMs))} ${fixed(median(oursMs))} ${fixed(ratio)} ${fixed(median(wallMs))} ${String(matches).padStart(5)}  ${pattern}`,
    );
  }
  console.log(
    `event loop delay while searching, worst of all rounds: p99 ${loop.p99Ms.toFixed(1)} ms, max ${loop.maxMs.toFixed(1)} ms`,
  );
  mkdirSync(join(import.meta.dirname, "results"), { recursive: true });
  const result = { files: corpus.paths.length, bytes: corpus.bytes, rows, loop };
  writeFileSync(join(import.meta.dirname, "results/session-grep.json"), `${JSON.stringify(result, null, 2)}\n`);
} finally {
  await grep[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
  rmSync(root, { recursive: true, force: true });
}
