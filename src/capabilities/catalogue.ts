/** Every capability that this program has, in the order in which they are shown. */
import type { Capability } from "../core/ports/tools.ts";
import type { SafeFetch } from "../lib/fetch/safe-fetch.ts";
import type { Grep } from "../lib/grep/grep.ts";
import type { Shell } from "../lib/shell/shell.ts";
import type { JobThreads } from "../lib/threads/job-threads.ts";
import { agents } from "./agents/capability.ts";
import { makeBashCapability } from "./bash/capability.ts";
import { makeCheckoutCapability } from "./checkout/capability.ts";
import { coordination } from "./coordination/capability.ts";
import { currentTime } from "./current-time/capability.ts";
import { keyValue } from "./key-value/capability.ts";
import { secrets } from "./secrets/capability.ts";
import { session } from "./session/capability.ts";
import { makeSessionFileSystem } from "./session-file-system/capability.ts";
import { todoList } from "./todo-list/capability.ts";
import { makeWebFetchCapability } from "./web-fetch/capability.ts";

/** Whoever opened these closes them. */
export interface CatalogueDeps {
  /** Searches files. */
  readonly grep: Grep;
  /** Runs commands over files. */
  readonly shell: Shell;
  readonly fetch: SafeFetch;
  /** Take web pages apart. */
  readonly threads: JobThreads;
}

export function capabilityCatalogue({ grep, shell, fetch, threads }: CatalogueDeps): readonly Capability[] {
  return [
    makeSessionFileSystem(grep),
    makeBashCapability({ shell, fetch }),
    makeWebFetchCapability({ fetch, threads }),
    currentTime,
    todoList,
    session,
    keyValue,
    secrets,
    agents,
    coordination,
    makeCheckoutCapability(grep),
  ];
}
