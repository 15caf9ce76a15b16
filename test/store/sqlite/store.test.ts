/** The suite of every store, on SQLite: each case in a data folder of its own. */
import { describeStore } from "../describe-store.ts";
import { openSqliteStore } from "../../../src/store/sqlite/store.ts";
import { makeFolder } from "./sqlite-setting.ts";

describeStore("the store on SQLite", async (options) => {
  const folder = makeFolder();
  const store = await openSqliteStore({ folder: folder.path, ...options });
  return {
    ...store,
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
});
