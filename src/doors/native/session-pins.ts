/** Pins: which sessions a user wants at hand. */
import { answer, empty, route } from "../../http/route.ts";
import type { Route } from "../../http/route.ts";
import { sessionPath } from "./params.ts";
import type { SurroundingUseCases } from "./use-cases-sessions.ts";

type Uses = Pick<SurroundingUseCases, "pins">;

export function pinRoutes(uses: Uses): readonly Route[] {
  return [pinRoute(uses, "put"), pinRoute(uses, "delete")];
}

function pinRoute({ pins }: Uses, method: "put" | "delete"): Route {
  const isPinned = method === "put";
  return route(
    {
      method,
      path: "/sessions/{session_id}/pin",
      id: isPinned ? "pinSession" : "unpinSession",
      group: "sessions",
      summary: isPinned ? "Pin a session; for yourself only" : "Take your pin off a session",
      params: sessionPath,
      responses: { 204: { description: isPinned ? "Pinned" : "Not pinned any more" } },
      refusals: isPinned ? ["not_found", "quota_exceeded"] : ["not_found"],
    },
    async ({ principal, params }) => answer(await pins.set(principal, params.session_id, isPinned), () => empty(204)),
  );
}
