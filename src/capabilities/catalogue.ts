/** Every capability that this program has, in the order in which they are shown. */
import type { Capability } from "../core/ports/tools.ts";
import type { Grep } from "../lib/grep/grep.ts";
import { currentTime } from "./current-time/capability.ts";
import { session } from "./session/capability.ts";
import { makeSessionFileSystem } from "./session-file-system/capability.ts";
import { todoList } from "./todo-list/capability.ts";

export interface CatalogueDeps {
  /** Searches files; whoever opened it closes it. */
  readonly grep: Grep;
}

export function capabilityCatalogue({ grep }: CatalogueDeps): readonly Capability[] {
  return [makeSessionFileSystem(grep), currentTime, todoList, session];
}
