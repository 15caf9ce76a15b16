/** Messages: send one, list what was said. */
import type { z } from "zod";
import type { SendCommand } from "../../app/send-message.ts";
import type { Limits } from "../../core/limits.ts";
import { answer, json, refused, route } from "../../http/route.ts";
import type { Route } from "../../http/route.ts";
import { encodeMessage } from "./encode-message.ts";
import { hashBody, readIdempotencyKey } from "./idempotency.ts";
import { sessionPath } from "./params.ts";
import { messageList, sendMessageBody, sentMessage } from "./schema/message.ts";
import type { SessionUseCases } from "./use-cases.ts";

export interface MessageRouteDeps {
  readonly uses: Pick<SessionUseCases, "sendMessage" | "listMessages">;
  readonly limits: Limits;
}

type SendBody = z.output<ReturnType<typeof sendMessageBody>>;

export function messageRoutes(deps: MessageRouteDeps): readonly Route[] {
  return [sendRoute(deps), listRoute(deps)];
}

function sendRoute({ uses, limits }: MessageRouteDeps): Route {
  return route(
    {
      method: "post",
      path: "/sessions/{session_id}/messages",
      id: "sendMessage",
      group: "messages",
      summary: "Send a message",
      description:
        "Starts a turn. To a session with a running turn it is refused (400), unless `when_busy` says otherwise. " +
        "With `client_message_id` or an `Idempotency-Key` header, a repeat is answered and not sent again.",
      params: sessionPath,
      body: { kind: "json", schema: sendMessageBody(limits), maxBytes: limits.fileBodyBytes },
      responses: { 201: { description: "The message and what became of it", schema: sentMessage } },
      refusals: [
        "not_found",
        "turn_running",
        "on_hold",
        "budget_exhausted",
        "not_allowed",
        "quota_exceeded",
        "idempotency_mismatch",
      ],
    },
    async (request) => {
      const key = readIdempotencyKey(request);
      if (!key.ok) return refused(key.refusal);
      const command = commandOf(request.body, request.body.client_message_id ?? key.value);
      const { principal, params } = request;
      return answer(await uses.sendMessage(principal, params.session_id, command), (sent) =>
        json(201, { ...encodeMessage(params.session_id, sent), delivery: sent.delivery }),
      );
    },
  );
}

function commandOf(body: SendBody, clientMessageId: string | undefined): SendCommand {
  const { message, when_busy: whenBusy } = body;
  const controls = { ...body.controls, ...message.controls };
  const metadata = message.metadata ?? body.metadata ?? undefined;
  const tags = message.tags ?? body.tags ?? undefined;
  return {
    message: {
      content: message.content,
      ...(Object.keys(controls).length === 0 ? {} : { controls }),
      ...(metadata === undefined ? {} : { metadata }),
      ...(tags === undefined ? {} : { tags }),
    },
    ...(whenBusy === undefined ? {} : { whenBusy }),
    ...(clientMessageId === undefined ? {} : { clientMessageId, bodyHash: hashBody(body) }),
  };
}

function listRoute({ uses }: MessageRouteDeps): Route {
  return route(
    {
      method: "get",
      path: "/sessions/{session_id}/messages",
      id: "listMessages",
      group: "messages",
      summary: "List what was said, oldest first",
      params: sessionPath,
      responses: { 200: { description: "All messages", schema: messageList } },
      refusals: ["not_found"],
    },
    async ({ principal, params }) =>
      answer(await uses.listMessages(principal, params.session_id), (listed) => {
        const data = listed.map((each) => encodeMessage(params.session_id, each));
        return json(200, { data, total: data.length });
      }),
  );
}
