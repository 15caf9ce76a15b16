/**
 * The native door: the guide's API and what our own clients need beside it. `makeServerDoor` is what stands at the root
 * of every server: its health, the document of all doors, and the page that shows it.
 */
import type { Limits } from "../../core/limits.ts";
import { docsRoutes } from "../../http/docs.ts";
import type { Door } from "../../http/door.ts";
import { makeOpenApi } from "../../http/openapi.ts";
import type { DocumentInfo, Json } from "../../http/openapi.ts";
import { route } from "../../http/route.ts";
import type { Route } from "../../http/route.ts";
import { makeFrameBytes } from "../../http/sse/frames.ts";
import type { Streams } from "../../http/sse/streams.ts";
import { agentProgramsRoute } from "./agent-programs.ts";
import { approvalRoutes } from "./approvals.ts";
import { briefRoute } from "./brief.ts";
import { conventionRoutes } from "./conventions.ts";
import { decisionRoutes } from "./decisions.ts";
import { makeNativeDialect } from "./encode-event.ts";
import { eventRoutes } from "./events.ts";
import { feedRoutes } from "./feed.ts";
import { fileRoutes } from "./files.ts";
import { imageRoutes } from "./images.ts";
import { messageRoutes } from "./messages.ts";
import { encodeProblem, problem, problemContentType } from "./problem.ts";
import { checkOrganization } from "./organization-header.ts";
import { queueRoutes } from "./queue.ts";
import { recordRoutes } from "./record-routes.ts";
import { authConfigRoute, healthRoute, limitsRoute } from "./server-info.ts";
import type { ServerFacts } from "./server-info.ts";
import { reservationRoutes } from "./reservations.ts";
import { sessionActionRoutes } from "./session-actions.ts";
import { sessionCopyRoutes } from "./session-copies.ts";
import { sessionListRoutes } from "./session-list.ts";
import { pinRoutes } from "./session-pins.ts";
import { sessionStorageRoutes } from "./session-storage.ts";
import { sessionRoutes } from "./sessions.ts";
import { signInLinkRoute } from "./sign-in.ts";
import type { SignInLinkDeps } from "./sign-in.ts";
import { teamRoutes } from "./team.ts";
import type { NativeUseCases } from "./use-cases.ts";
import { workRoutes } from "./work.ts";

export interface NativeDoorDeps {
  readonly uses: NativeUseCases;
  readonly limits: Limits;
  readonly streams: Streams;
  readonly server: ServerFacts;
  readonly now: () => number;
}

const problems = { problemSchema: problem, problemContentType, encodeProblem };

export function makeNativeDoor({ uses, limits, streams, server, now }: NativeDoorDeps): Door {
  const dialect = makeNativeDialect(now);
  const frames = makeFrameBytes(dialect);
  return {
    ...problems,
    name: "native",
    title: "Serai",
    prefixes: ["/api/v1", "/v1"],
    admit: checkOrganization,
    routes: [
      // Before the routes of one session, which would take "stats" for an id.
      ...sessionListRoutes({ uses, now }),
      ...sessionCopyRoutes({ uses, limits, now }),
      ...sessionRoutes({ uses, limits, now }),
      ...pinRoutes(uses),
      ...sessionActionRoutes({ uses, now }),
      ...messageRoutes({ uses, limits }),
      ...queueRoutes({ uses, limits }),
      ...approvalRoutes({ uses, limits }),
      ...eventRoutes({ uses, limits, streams, dialect, frames }),
      ...feedRoutes({ uses, limits, streams, dialect }),
      ...decisionRoutes(uses),
      ...conventionRoutes(uses),
      ...reservationRoutes(uses),
      briefRoute(uses),
      ...teamRoutes(uses),
      ...fileRoutes({ uses, limits }),
      ...imageRoutes({ uses, limits }),
      ...sessionStorageRoutes(uses),
      ...workRoutes({ uses, now }),
      ...recordRoutes({ uses, limits, now }),
      agentProgramsRoute(uses),
      limitsRoute(limits),
      authConfigRoute(server),
      healthRoute(server, "getHealth"),
    ],
  };
}

export interface ServerDoorDeps extends SignInLinkDeps {
  readonly server: ServerFacts;
  /** Those that the document describes, beside this one. */
  readonly doors: readonly Door[];
}

export function makeServerDoor({ server, doors, uses, now }: ServerDoorDeps): Door {
  const info: DocumentInfo = {
    title: "Serai",
    version: server.version,
    description: "One session server for every coding agent.",
  };
  const routes: readonly Route[] = [
    healthRoute(server, "getServerHealth"),
    openApiRoute(() => makeOpenApi([...doors, door], info)),
    ...docsRoutes("Serai"),
    signInLinkRoute({ uses, now }),
  ];
  const door: Door = { ...problems, name: "server", title: "Server", prefixes: [""], routes };
  return door;
}

function openApiRoute(make: () => Json): Route {
  let text: string | null = null;
  return route(
    {
      method: "get",
      path: "/openapi.json",
      id: "readOpenApi",
      group: "server",
      summary: "This document",
      access: "public",
      responses: { 200: { description: "An OpenAPI 3.1 document", content: "application/json" } },
    },
    () => {
      text ??= JSON.stringify(make());
      return { kind: "raw", status: 200, body: text, headers: { "Content-Type": "application/json" } };
    },
  );
}
