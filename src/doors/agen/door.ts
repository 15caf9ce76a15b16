/** Agen's API at `/agen/api/v1`, and at `/api/v1` on a port of its own. */
import type { Door } from "../../http/door.ts";
import { encodeProblem, problem, problemContentType } from "./problem.ts";
import { agenRoutes } from "./sessions.ts";
import type { AgenDeps } from "./sessions.ts";

export function makeAgenDoor(deps: AgenDeps): Door {
  return {
    name: "agen",
    title: "Agen",
    prefixes: ["/agen/api/v1"],
    ownPrefixes: ["/api/v1"],
    routes: agenRoutes(deps),
    problemSchema: problem,
    problemContentType,
    encodeProblem,
  };
}
