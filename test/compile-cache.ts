/**
 * Where tests keep what Node has compiled of the sources: in this process, for the threads it starts, and for the programs
 * it starts with an environment of their own. A server is then there in half the time; it still starts from its sources.
 */
import { join } from "node:path";

export const compileCache = {
  NODE_COMPILE_CACHE: join(import.meta.dirname, "../node_modules/.cache/serai-tests"),
} as const;
