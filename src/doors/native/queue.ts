/** The queue of a session: messages that wait for their turn. */
import type { Limits } from "../../core/limits.ts";
import { answer, empty, json, route } from "../../http/route.ts";
import type { Route } from "../../http/route.ts";
import { encodeQueued } from "./encode-message.ts";
import { queuedPath, sessionPath } from "./params.ts";
import { editQueuedBody, queue, queuedMessage } from "./schema/message.ts";
import type { SessionUseCases } from "./use-cases.ts";

export interface QueueRouteDeps {
  readonly uses: Pick<SessionUseCases, "queue">;
  readonly limits: Limits;
}

export function queueRoutes(deps: QueueRouteDeps): readonly Route[] {
  return [listRoute(deps), editRoute(deps), deleteRoute(deps)];
}

function listRoute({ uses }: QueueRouteDeps): Route {
  return route(
    {
      method: "get",
      path: "/sessions/{session_id}/queue",
      id: "listQueue",
      group: "messages",
      summary: "List the messages that wait for their turn, next first",
      params: sessionPath,
      responses: { 200: { description: "The queue", schema: queue } },
      refusals: ["not_found"],
    },
    async ({ principal, params }) =>
      answer(await uses.queue.list(principal, params.session_id), (entries) => {
        const data = entries.map((entry) => encodeQueued(params.session_id, entry));
        return json(200, { data, total: data.length });
      }),
  );
}

function editRoute({ uses, limits }: QueueRouteDeps): Route {
  return route(
    {
      method: "patch",
      path: "/sessions/{session_id}/queue/{message_id}",
      id: "editQueued",
      group: "messages",
      summary: "Change a message that waits",
      params: queuedPath,
      body: {
        kind: "json",
        schema: editQueuedBody(limits),
        limit: { maxBytes: limits.fileBodyBytes, setting: "fileBodyBytes" },
      },
      responses: { 200: { description: "The message", schema: queuedMessage } },
      refusals: ["not_found", "not_allowed"],
    },
    async ({ principal, params, body }) => {
      const change = { messageId: params.message_id, content: body.content };
      return answer(await uses.queue.edit(principal, params.session_id, change), (entry) =>
        json(200, encodeQueued(params.session_id, entry)),
      );
    },
  );
}

function deleteRoute({ uses }: QueueRouteDeps): Route {
  return route(
    {
      method: "delete",
      path: "/sessions/{session_id}/queue/{message_id}",
      id: "deleteQueued",
      group: "messages",
      summary: "Take a message out of the queue",
      params: queuedPath,
      responses: { 204: { description: "Taken out" } },
      refusals: ["not_found", "not_allowed"],
    },
    async ({ principal, params }) =>
      answer(await uses.queue.remove(principal, params.session_id, params.message_id), () => empty(204)),
  );
}
