/**
 * W10, session grep: CPU of a search through a session's files against `grep -rE` over the same files in a folder.
 *
 * Both in one run, interleaved, five rounds, medians; a pattern whose matches differ counts as failed. CPU of ours is that
 * of the whole process (event loop, searching thread, collector); grep runs ten times per round, because one run is
 * shorter than what can be timed. The delay of the event loop is measured while ours searches.
 */
import { execFileSync } from "node:child_process";
import { globSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";

import { grepSessionFiles } from "../src/app/grep-session-files.ts";
import { openFolderBlobs } from "../src/blobs/folder-blobs.ts";
import type { FolderBlobs } from "../src/blobs/folder-blobs.ts";
import type { FileChange } from "../src/core/ports/files.ts";
import type { Store } from "../src/core/ports/store.ts";
import { initialState } from "../src/core/state.ts";
import { openGrep } from "../src/lib/grep/grep.ts";
import { openSqliteStore } from "../src/store/sqlite/store.ts";
import { against, verify, within } from "./bench.ts";
import type { Bench, Row } from "./bench.ts";
import { plainEdit } from "../test/store/plain-edit.ts";
import { makeFolder, mint, systemClock } from "./data-folder.ts";

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
] as const;

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
  const result = await store.write({
    sessionId,
    create: {
      workspaceId,
      createdBy: null,
      harness: "hosted",
      conversationId: null,
      edit: plainEdit,
      idempotency: null,
    },
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

type Session = Awaited<ReturnType<typeof makeSession>>;
type Search = (pattern: string) => Promise<{ readonly cpuMs: number; readonly lines: readonly string[] }>;

function searchOf(
  parts: Pick<Parameters<typeof grepSessionFiles>[0], "store" | "blobs" | "grep">,
  session: Session,
): Search {
  const { sessionId, reader } = session;
  return async (pattern) => {
    const before = process.cpuUsage();
    const outcome = await grepSessionFiles(parts, reader, { sessionId, pattern });
    const { user, system } = process.cpuUsage(before);
    verify(outcome.ok && !outcome.value.isPartial, `the search for ${pattern} was not whole`);
    const matches = outcome.ok ? outcome.value.matches : [];
    return {
      cpuMs: (user + system) / 1000,
      lines: matches.map(({ name, lineNumber }) => `${name.slice(1)}:${lineNumber}`),
    };
  };
}

interface Delay {
  p99Ms: number;
}

async function rowOf(
  pattern: string,
  folder: string,
  { search, delay }: { readonly search: Search; readonly delay: Delay },
): Promise<Row> {
  const expected = grepOnce(pattern, folder).toSorted().join("\n");
  const [ours, peer]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    peer.push(grepCpuMs(pattern, folder));
    const loop = monitorEventLoopDelay({ resolution: 1 });
    loop.enable();
    const { lines, cpuMs } = await search(pattern);
    loop.disable();
    delay.p99Ms = Math.max(delay.p99Ms, loop.percentile(99) / 1e6);
    verify(lines.toSorted().join("\n") === expected, `other matches than grep's for ${pattern}`);
    ours.push(cpuMs);
  }
  const what = `CPU of a search for ${pattern}`;
  return against({ what, unit: "ms", ours, peer }, { text: "≤ 2 × grep -rE", most: 2 });
}

export const bench: Bench = {
  name: "session-grep",
  async run({ isQuick, say }) {
    await using folder = await makeFolder();
    const corpus = copyCorpus(folder.path);
    const blobs = await openFolderBlobs({ folder: join(folder.path, "blobs") });
    await using store = await openSqliteStore({ folder: join(folder.path, "data"), clock: systemClock });
    await using grep = openGrep();
    const search = searchOf({ store, blobs, grep }, await makeSession(store, blobs, corpus));
    say(`${corpus.paths.length} files, ${(corpus.bytes / 1e6).toFixed(1)} MB`);
    // For the compiler.
    for (let time = 0; time < 3; time++) await search(PATTERNS[0]);
    const delay: Delay = { p99Ms: 0 };
    const rows: Row[] = [];
    for (const pattern of PATTERNS.slice(0, isQuick ? 2 : PATTERNS.length)) {
      rows.push(await rowOf(pattern, corpus.folder, { search, delay }));
    }
    const loop = { what: "event loop delay while searching, worst p99", unit: "ms", ours: [delay.p99Ms] };
    rows.push(within(loop, { text: "≤ 50 ms", most: 50 }));
    return {
      rows,
      notes: [`${corpus.paths.length} files, ${(corpus.bytes / 1e6).toFixed(1)} MB; every match is grep's`],
    };
  },
};
