/**
 * What stands on the disk for a name that is held (`held-names.ts`), and what a sandbox shows in its place. All
 * sockets are hard links of one, so that each is known as ours by its inode, however long ago it was made.
 *
 * Never a file in a working tree, which version control would find; never a pipe, at which a reader would wait.
 */
import { constants } from "node:fs";
import { chmod, link, lstat, mkdir, open, readFile, rename, rm, rmdir, unlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname, join } from "node:path";

/** What an absent name is to look like in the sandbox. */
export type HeldLook =
  /** In a working tree: a file that reads as no settings at all. */
  | "json"
  | "nothing"
  /** A folder without anything in it. */
  | "folder"
  /** In a folder that no version control looks at: a file with this text, for others to read too. */
  | { readonly text: string };

export interface Seen {
  readonly kind: "folder" | "link" | "socket" | "other";
  /** Of the thing and not of its name: another thing by the name has another one. */
  readonly identity: string;
}

export interface Mould {
  /** The one socket; nothing where the file system has none. */
  readonly socket: { readonly path: string; readonly identity: string } | null;
  /** What is to be laid over a name that is held. */
  sourceOf(path: string, seen: Seen | undefined, look: HeldLook): string;
}

/** Nothing: the name is free. */
export async function lookAt(path: string): Promise<Seen | null> {
  try {
    const found = await lstat(path, { bigint: true });
    const identity = `${found.dev}:${found.ino}:${found.birthtimeNs}`;
    if (found.isDirectory()) return { kind: "folder", identity };
    if (found.isSymbolicLink()) return { kind: "link", identity };
    return { kind: found.isSocket() ? "socket" : "other", identity };
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    throw cause;
  }
}

export async function openMould(folder: string): Promise<Mould> {
  await mkdir(folder, { recursive: true, mode: 0o755 });
  const shown = { json: join(folder, "settings.json"), nothing: join(folder, "empty") } as const;
  await Promise.all([writeFile(shown.json, "{}\n"), writeFile(shown.nothing, "")]);
  const path = join(folder, "socket");
  if ((await lookAt(path))?.kind !== "socket") await makeSocket(folder, "socket");
  const made = await lookAt(path);
  const socket = made?.kind === "socket" ? { path, identity: made.identity } : null;
  return {
    socket,
    sourceOf(held, seen, look) {
      const isOurs = seen?.kind === "socket" && seen.identity === socket?.identity;
      return isOurs && (look === "json" || look === "nothing") ? shown[look] : held;
    },
  };
}

/** The path of a socket has room for some hundred bytes only: it is bound below the open folder. */
async function makeSocket(folder: string, name: string): Promise<void> {
  const opened = await open(folder, constants.O_DIRECTORY | constants.O_RDONLY);
  const server = createServer();
  const bound = Promise.withResolvers<boolean>();
  server.once("error", () => bound.resolve(false));
  try {
    const draft = `${name}.draft`;
    await rm(join(folder, draft), { force: true });
    server.listen(`/proc/self/fd/${opened.fd}/${draft}`, () => bound.resolve(true));
    if (!(await bound.promise)) return;
    // By its other name it outlives the server.
    await rename(join(folder, draft), join(folder, name));
    await new Promise((resolve) => server.close(resolve));
  } finally {
    await opened.close();
  }
}

/** What came to be there meanwhile is left alone. */
export async function makePlaceholder(path: string, look: HeldLook, { socket }: Mould): Promise<void> {
  try {
    if (typeof look === "object") return await writeFile(path, look.text, { flag: "wx" });
    if (look !== "folder" && socket !== null && (await isLinked(socket.path, path))) return;
    await mkdir(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
  }
}

/** Of another file system, or on one without links, it cannot be. */
async function isLinked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "EXDEV" || code === "EPERM" || code === "ENOTSUP" || code === "EOPNOTSUPP" || code === "EMLINK") {
      return false;
    }
    throw cause;
  }
}

const NOT_OURS = new Set(["ENOENT", "ENOTDIR", "ENOTEMPTY", "EEXIST", "EBUSY"]);

/** Contract: anything but a placeholder stays. */
export async function removePlaceholder(path: string, text: string | undefined, mould: Mould): Promise<void> {
  try {
    await removeOnce(path, text, mould);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EACCES") throw cause;
    // The folder is ours, whatever the programs in the sandbox have set its mode to.
    await chmod(dirname(path), 0o755);
    await removeOnce(path, text, mould);
  }
}

async function removeOnce(path: string, text: string | undefined, { socket }: Mould): Promise<void> {
  const seen = await lookAt(path);
  try {
    // An empty folder or none: that is for the system to say, in one step.
    if (seen?.kind === "folder") await rmdir(path);
    if (seen?.kind === "socket" && seen.identity === socket?.identity) await unlink(path);
    if (seen?.kind === "other" && text !== undefined && (await readFile(path, "utf8")) === text) await unlink(path);
  } catch (cause) {
    if (!NOT_OURS.has((cause as NodeJS.ErrnoException).code ?? "")) throw cause;
  }
}
