/** Viben's session API at `/api/sessions`: the page's six routes over the same sessions as every other door. */
import type { Door } from "../../http/door.ts";
import { patchRoute } from "./patch-session.ts";
import { encodeProblem, problem, problemContentType } from "./problem.ts";
import { sessionRoutes } from "./sessions.ts";
import type { VibenDeps } from "./sessions.ts";

export interface VibenDoorDeps extends VibenDeps, Pick<Door, "guest"> {}

export function makeVibenDoor({ guest, ...deps }: VibenDoorDeps): Door {
  return {
    name: "viben",
    title: "Viben",
    prefixes: ["/api/sessions"],
    routes: [...sessionRoutes(deps), patchRoute(deps)],
    problemSchema: problem,
    problemContentType,
    encodeProblem,
    ...(guest === undefined ? {} : { guest }),
  };
}
