/** The files of a data folder that are not the database: keys with mode 0600, and what a running server says of itself. */
import { randomBytes } from "node:crypto";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { KeyFile } from "../app/keys/bootstrap-workspace.ts";
import { formatSecretKey, parseSecretKey, SECRET_KEY_BYTES } from "../lib/secret-box.ts";
import { ADMIN_KEY_FILE, LOCAL_SERVER_FILE } from "./config.ts";
import type { LocalServer, ServeSettings } from "./config.ts";

export async function openDataFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
}

async function readText(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw new Error(`Cannot read "${path}"`, { cause: error });
  }
}

/** Whole or not at all, readable for the owner alone, and on the disk when this resolves. */
async function writePrivate(path: string, text: string): Promise<void> {
  const draft = `${path}.${randomBytes(4).toString("hex")}`;
  const file = await open(draft, "wx", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
}

export function adminKeyFile(folder: string): KeyFile {
  const path = join(folder, ADMIN_KEY_FILE);
  return { read: () => readText(path), write: (text) => writePrivate(path, `${text}\n`) };
}

export async function writeLocalServer(folder: string, server: LocalServer): Promise<AsyncDisposable> {
  const path = join(folder, LOCAL_SERVER_FILE);
  await writePrivate(path, `${JSON.stringify(server)}\n`);
  return { [Symbol.asyncDispose]: () => rm(path, { force: true }) };
}

/** The key that secrets are sealed with (E3): from the settings, else from the folder, made there at first start. */
export async function readSecretKey({ dataFolder, secretKey, secretKeyFile }: ServeSettings): Promise<Uint8Array> {
  if (secretKey !== null) return parseOr(secretKey, "SERAI_SECRET_KEY");
  if (secretKeyFile !== null) return parseOr((await readText(secretKeyFile)) ?? "", `the file "${secretKeyFile}"`);
  const path = join(dataFolder, "secret.key");
  const kept = await readText(path);
  if (kept !== null) return parseOr(kept, `the file "${path}"`);
  const made = randomBytes(SECRET_KEY_BYTES);
  await writePrivate(path, `${formatSecretKey(made)}\n`);
  return made;
}

function parseOr(text: string, where: string): Uint8Array {
  const key = parseSecretKey(text.trim());
  if (key === undefined) throw new Error(`Cannot use ${where}: it must hold 32 bytes as 64 hex digits or as base64`);
  return key;
}
