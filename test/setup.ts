/**
 * Before every test file: properties draw the same cases in every run, so that a red run is about the change and not about
 * luck. `SERAI_SEED=n npm test` draws others; a failure prints its seed. What Node compiles is kept from file to file.
 */
import { enableCompileCache } from "node:module";
import { configureGlobal } from "fast-check";
import { compileCache } from "./compile-cache.ts";

configureGlobal({ seed: Number(process.env.SERAI_SEED ?? 20_261_122) });
enableCompileCache(compileCache.NODE_COMPILE_CACHE);
Object.assign(process.env, compileCache);
