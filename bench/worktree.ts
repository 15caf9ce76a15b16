/**
 * A session's working tree of 10,000 files, ready to work in, beside what `git worktree add` takes for the same: the two
 * take turns in one repository. Each tree is looked at before it counts: all files, its own branch, nothing changed.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openCheckouts } from "../src/checkouts/checkouts.ts";
import { formatId } from "../src/core/ids.ts";
import type { SessionId } from "../src/core/ids.ts";
import { git } from "../src/lib/git.ts";
import { against, verify } from "./bench.ts";
import type { Bench, BenchOptions } from "./bench.ts";
import { makeFolder } from "./data-folder.ts";

const FILES_PER_FOLDER = 100;
const FILE = "export const line = 1;\n".repeat(300);

async function makeRepository(path: string, files: number): Promise<void> {
  mkdirSync(path, { recursive: true });
  await git(path, "init", "--quiet", "--initial-branch=main");
  for (let at = 0; at < files; at++) {
    const folder = join(path, `part-${Math.floor(at / FILES_PER_FOLDER)}`);
    if (at % FILES_PER_FOLDER === 0) mkdirSync(folder);
    writeFileSync(join(folder, `file-${at}.ts`), `// ${at}\n${FILE}`);
  }
  await git(path, "add", "--all");
  await git(path, "-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "--quiet", "-m", "All of it");
}

async function check(path: string, files: number): Promise<void> {
  const found = readdirSync(path, { recursive: true }).filter((name) => String(name).endsWith(".ts"));
  verify(found.length === files, `${path} has ${found.length} files`);
  verify((await git(path, "status", "--porcelain")) === "", `${path} is changed`);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

async function run({ isQuick, say }: BenchOptions) {
  const files = isQuick ? 1_000 : 10_000;
  const rounds = isQuick ? 3 : 7;
  await using folder = await makeFolder();
  const repository = join(folder.path, "app");
  say(`a repository of ${files} files`);
  await makeRepository(repository, files);
  const checkouts = openCheckouts({ folder: join(folder.path, "data"), now: () => Date.now() });
  const ours: number[] = [];
  const peer: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const plain = join(folder.path, `plain-${round}`);
    const add = ["worktree", "add", "--quiet", "-b", `plain-${round}`, plain, "main"] as const;
    const addPlain = async () => void peer.push(await timed(() => git(repository, ...add)));
    const sessionId: SessionId = formatId("session", 1_700_000_000_000 + round, "0".repeat(20));
    const wish = { sessionId, source: { kind: "path", path: repository } as const, branch: `ours-${round}` };
    const rest = { setup: [], copyFiles: [], setupTimeoutMs: 1_000 };
    let made = "";
    const addOurs = async () => {
      const start = performance.now();
      const outcome = await checkouts.make({ ...wish, ...rest }, new AbortController().signal);
      ours.push(performance.now() - start);
      if (!outcome.ok) throw new Error(outcome.refusal.kind);
      made = outcome.value.path;
    };
    // Whoever comes second finds the repository's files in memory; they take turns at that, too.
    for (const step of round % 2 === 0 ? [addPlain, addOurs] : [addOurs, addPlain]) await step();
    for (const path of [plain, made]) {
      await check(path, files);
      await git(repository, "worktree", "remove", "--force", path);
      rmSync(path, { recursive: true, force: true });
    }
  }
  const row = against(
    { what: `checkout of ${files} files, ready`, unit: "ms", ours, peer },
    { text: "≤ 1.5 × git worktree add", most: 1.5 },
  );
  return { rows: [row], notes: [`${rounds} rounds; ours and git's take turns at who comes first.`] };
}

export const bench: Bench = { name: "worktree", run };
