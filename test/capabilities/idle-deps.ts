/** What capabilities are made of, for tests that look at them and run nothing: whatever is used here fails. */
import type { CatalogueDeps } from "../../src/capabilities/catalogue.ts";

const notHere = () => Promise.reject(new Error("Not here"));
const close = () => Promise.resolve();

export const idleDeps: CatalogueDeps = {
  grep: { search: notHere, [Symbol.asyncDispose]: close },
  shell: { run: notHere, [Symbol.asyncDispose]: close },
  threads: { run: notHere, [Symbol.asyncDispose]: close },
  fetch: notHere,
};
