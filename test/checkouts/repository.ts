/** A real repository in a temporary folder, and checkouts over it. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { openCheckouts } from "../../src/checkouts/checkouts.ts";
import type { Checkout, CheckoutOutcome, Checkouts, MakeCheckout } from "../../src/core/ports/checkouts.ts";
import type { SessionId } from "../../src/core/ids.ts";
import { git } from "../../src/lib/git.ts";
import { makeClock, makeMint } from "../store/suite/setting.ts";

export interface Ground extends AsyncDisposable {
  readonly folder: string;
  /** A repository with a few files on `main`. */
  readonly repository: string;
  readonly checkouts: Checkouts;
  /** As after a restart. */
  reopen(): Checkouts;
  mint(): SessionId;
  make(request?: Partial<MakeCheckout>): Promise<Checkout>;
}

export const author = { name: "Ada", email: "ada@example.com" };
export const never = new AbortController().signal;

export async function openGround(): Promise<Ground> {
  const folder = await mkdtemp(join(tmpdir(), "serai-checkouts-"));
  const repository = join(folder, "app");
  const clock = makeClock();
  const mint = makeMint(clock);
  const now = () => {
    clock.advance(1);
    return clock.now();
  };
  const reopen = () => openCheckouts({ folder: join(folder, "data"), now });
  const checkouts = reopen();
  await makeRepository(repository, { "src/a.ts": "a\n", "src/b.ts": "b\n", "README.md": "Read me\n" });
  return {
    folder,
    repository,
    checkouts,
    reopen,
    mint: () => mint("session"),
    async make(request) {
      const sessionId = mint("session");
      return value(await checkouts.make({ ...wish(repository, sessionId), ...request }, never));
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

export function wish(repository: string, sessionId: SessionId): MakeCheckout {
  return {
    sessionId,
    source: { kind: "path", path: repository },
    branch: `work/${sessionId.slice(-8)}`,
    setup: [],
    copyFiles: [],
    setupTimeoutMs: 10_000,
  };
}

export async function makeRepository(path: string, files: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(path, { recursive: true });
  await git(path, "init", "--quiet", "--initial-branch=main");
  await put(path, files);
  await commitHere(path, "First");
}

export async function put(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}

export function take(folder: string, name: string): Promise<string> {
  return readFile(join(folder, name), "utf8");
}

export async function commitHere(path: string, message: string): Promise<string> {
  await git(path, "add", "--all");
  const who = ["-c", `user.name=${author.name}`, "-c", `user.email=${author.email}`];
  await git(path, ...who, "commit", "--quiet", "--allow-empty", "-m", message);
  return (await git(path, "rev-parse", "HEAD")).trim();
}

export function value<T>(outcome: CheckoutOutcome<T>): T {
  if (!outcome.ok) throw new Error(`Refused: ${JSON.stringify(outcome.refusal)}`);
  return outcome.value;
}
