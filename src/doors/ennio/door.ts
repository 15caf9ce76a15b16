/** Ennio's REST API at `/ennio/api/v1`, and at `/api/v1` on a port of its own. */
import type { Door } from "../../http/door.ts";
import { encodeProblem, problem, problemContentType, problemStatus } from "./problem.ts";
import { ennioRoutes } from "./sessions.ts";
import type { EnnioDeps } from "./sessions.ts";

export interface EnnioDoorDeps extends EnnioDeps, Pick<Door, "guest"> {
  readonly corsOrigins: readonly string[];
}

export function makeEnnioDoor({ guest, corsOrigins, ...deps }: EnnioDoorDeps): Door {
  return {
    name: "ennio",
    title: "Ennio",
    prefixes: ["/ennio/api/v1"],
    ownPrefixes: ["/api/v1"],
    routes: ennioRoutes(deps),
    problemSchema: problem,
    problemContentType,
    encodeProblem,
    problemStatus,
    cors: { origins: corsOrigins, methods: ["GET", "POST", "DELETE"] },
    ...(guest === undefined ? {} : { guest }),
  };
}
