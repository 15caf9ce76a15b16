/** The suite of every store, on SQLite: each case in a data folder of its own. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeStore } from "../describe-store.ts";
import { openSqliteStore } from "../../../src/store/sqlite/store.ts";

describeStore("the store on SQLite", async (options) => {
  const folder = mkdtempSync(join(tmpdir(), "serai-store-"));
  const store = await openSqliteStore({ folder, ...options });
  return {
    ...store,
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
});
