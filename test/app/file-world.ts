/** Session files for a test: a session in a store in memory, real bytes in a folder, the use cases over both. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { makeCommit } from "../../src/app/commit.ts";
import { createSessionFile } from "../../src/app/create-session-file.ts";
import { readSessionFile } from "../../src/app/read-session-file.ts";
import type { FileDeps, FileReader } from "../../src/app/session-files.ts";
import { makeToolFiles } from "../../src/app/tool-files.ts";
import type { ToolFiles } from "../../src/app/tool-files.ts";
import { openFolderBlobs } from "../../src/blobs/folder-blobs.ts";
import type { FolderBlobs } from "../../src/blobs/folder-blobs.ts";
import type { SessionId } from "../../src/core/ids.ts";
import type { Limits } from "../../src/core/limits.ts";
import type { FileRow } from "../../src/core/ports/files.ts";
import type { SessionWrite, WriteResult } from "../../src/core/ports/store.ts";
import type { Outcome } from "../../src/core/refusal.ts";
import { bytesOf } from "../blobs/suite.ts";
import { openMemoryStore } from "../store/memory-store.ts";
import { openSetting } from "../store/suite/setting.ts";
import type { Setting } from "../store/suite/setting.ts";

export interface FileWorld extends AsyncDisposable {
  readonly setting: Setting;
  readonly sessionId: SessionId;
  readonly reader: FileReader;
  readonly deps: FileDeps & { readonly blobs: FolderBlobs };
  /** Called once, right before the next commit: where somebody else is faster. */
  meanwhile(act: () => Promise<unknown>): void;
  create(path: string, text: string, more?: { readonly isReadonly?: boolean }): Promise<FileRow>;
  textOf(path: string): Promise<string>;
  paths(): Promise<readonly string[]>;
  /** Data of the session's `file.written` events, in order. */
  written(): Promise<readonly unknown[]>;
  blobCount(): number;
  toolFiles(): ToolFiles;
  /** Commits what a tool call did to the files, as run-turn does. */
  commitTool(files: ToolFiles): Promise<WriteResult>;
}

export const content = (text: string | Uint8Array): AsyncIterable<Uint8Array> => {
  async function* once() {
    yield Buffer.from(text);
  }
  return once();
};

export function accepted<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new Error(`Refused: ${JSON.stringify(outcome.refusal)}`);
  return outcome.value;
}

export function refusalOf<T>(outcome: Outcome<T>) {
  if (outcome.ok) throw new Error(`Not refused: ${JSON.stringify(outcome.value)}`);
  return outcome.refusal;
}

const roomy = { fileBytes: 1_000_000, sessionFilesBytes: 10_000_000 };

export async function openFileWorld(
  limits: Pick<Limits, "fileBytes" | "sessionFilesBytes"> = roomy,
): Promise<FileWorld> {
  const folder = mkdtempSync(join(tmpdir(), "serai-files-"));
  const setting = await openSetting({ open: openMemoryStore, notSupported: {} });
  const { store, mint } = setting;
  const sessionId = await setting.make();
  const blobs = await openFolderBlobs({ folder });
  const reader = { workspaceId: setting.workspaceId };
  const commitAll = makeCommit({ store, onCommitted: () => {} });
  const acts: (() => Promise<unknown>)[] = [];
  const commit = async (write: SessionWrite) => {
    await acts.shift()?.();
    return commitAll(write);
  };
  const deps = { store, commit, blobs, limits, mint };
  return {
    setting,
    sessionId,
    reader,
    deps,
    meanwhile: (act) => void acts.push(act),
    create: async (path, text, more) =>
      accepted(await createSessionFile(deps, reader, { sessionId, path, content: content(text), ...more })),
    textOf: async (path) =>
      (await bytesOf(accepted(await readSessionFile(deps, reader, { sessionId, path })).content)).toString(),
    paths: async () => (await store.listFiles(sessionId, "/", { isRecursive: true })).map(({ path }) => path),
    async written() {
      const lines = await store.readLogBack({ sessionId, limit: 1_000, types: ["file.written"] });
      return lines.map(({ dataJson }) => JSON.parse(dataJson));
    },
    blobCount: () =>
      readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length,
    toolFiles: () => makeToolFiles({ store, blobs, limits, sessionId, now: setting.clock.now }),
    commitTool: (files) => commitAll({ sessionId, events: [setting.line("tool.completed")], files: files.changes() }),
    async [Symbol.asyncDispose]() {
      await setting[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
