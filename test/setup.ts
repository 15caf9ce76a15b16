/**
 * Before every test file: properties draw the same cases in every run, so that a red run is about the change and not about
 * luck. `SERAI_SEED=n npm test` draws others; a failure prints its seed.
 */
import { configureGlobal } from "fast-check";

configureGlobal({ seed: Number(process.env.SERAI_SEED ?? 20_261_122) });
