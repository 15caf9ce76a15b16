/**
 * The doors that agents in IDEs come in by: `/hooks/{ide}`, each in its own words, and Enagrams' routes at `/workspaces`.
 * Both decode into one event and call the same use cases.
 */
import type { Limits } from "../../core/limits.ts";
import type { Door } from "../../http/door.ts";
import { enagramsRoutes } from "./enagrams-routes.ts";
import { hookRoutes } from "./hook-routes.ts";
import { encodeProblem, problem, problemContentType } from "./problem.ts";
import type { HookUseCases } from "./use-cases.ts";

export interface HookDoorDeps {
  readonly uses: HookUseCases;
  readonly limits: Pick<Limits, "fileBodyBytes">;
  /** What broke while, or after, an editor was told to go on. Contract: never throws. */
  readonly onFault: (fault: unknown) => void;
  /** How long an editor is kept waiting. */
  readonly patienceMs?: number;
}

/** Hook clients give up after 2.5 s: an answer of ours that says why is worth more than none. */
const PATIENCE_MS = 2_000;

const problems = { problemSchema: problem, problemContentType, encodeProblem };

export function makeHookDoors({ uses, limits, onFault, patienceMs = PATIENCE_MS }: HookDoorDeps): readonly Door[] {
  const deps = { uses, maxBytes: limits.fileBodyBytes, patienceMs, onFault };
  return [
    { ...problems, name: "hooks", title: "IDE hooks", prefixes: ["/hooks"], routes: hookRoutes(deps) },
    { ...problems, name: "enagrams", title: "Enagrams", prefixes: ["/workspaces"], routes: enagramsRoutes(deps) },
  ];
}
