/** A store on SQLite in a data folder of its own, with what the suite of all stores offers to set a scene. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteStore } from "../../../src/store/sqlite/store.ts";
import type { SqliteStoreOptions } from "../../../src/store/sqlite/store.ts";
import { openSetting } from "../suite/setting.ts";
import type { Setting } from "../suite/setting.ts";

export interface SqliteSetting extends Setting {
  readonly folder: string;
}

export interface Folder extends Disposable {
  readonly path: string;
}

export function makeFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), "serai-store-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** Contract: with a folder of the caller's, the caller removes it. */
export async function openSqliteSetting(
  options: Partial<Pick<SqliteStoreOptions, "folder" | "onFault">> = {},
): Promise<SqliteSetting> {
  const own = options.folder === undefined ? makeFolder() : undefined;
  const folder = options.folder ?? own?.path ?? "";
  const open = (given: Pick<SqliteStoreOptions, "clock" | "node">) => openSqliteStore({ ...given, ...options, folder });
  const setting = await openSetting({ open, notSupported: {} });
  return {
    ...setting,
    folder,
    async [Symbol.asyncDispose]() {
      await setting[Symbol.asyncDispose]();
      own?.[Symbol.dispose]();
    },
  };
}
