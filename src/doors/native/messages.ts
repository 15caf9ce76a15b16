/** Messages: send one, list what was said. */
import { z } from "zod";
import type { Awaited } from "../../app/await-turn.ts";
import type { SendCommand, Sent } from "../../app/send-message.ts";
import type { Limits } from "../../core/limits.ts";
import { boolParam, intParam } from "../../http/input.ts";
import { answer, json, refused, route } from "../../http/route.ts";
import type { Route } from "../../http/route.ts";
import { encodeMessage } from "./encode-message.ts";
import { hashBody, readIdempotencyKey } from "./idempotency.ts";
import { sessionPath } from "./params.ts";
import { awaitedMessage, messageList, sendMessageBody, sentMessage } from "./schema/message.ts";
import type { AwaitedMessage, SentMessage } from "./schema/message.ts";
import type { SessionUseCases, WaitUseCases } from "./use-cases.ts";

export interface MessageRouteDeps {
  readonly uses: Pick<SessionUseCases, "sendMessage" | "listMessages"> & WaitUseCases;
  readonly limits: Limits;
}

const DEFAULT_WAIT_MS = 120_000;
const MAX_WAIT_MS = 600_000;
const waitQuery = z.object({
  wait: boolParam().optional().describe("Answer when the turn has ended, and not at once"),
  timeout_ms: intParam({ min: 0, max: MAX_WAIT_MS, clamp: true }).default(DEFAULT_WAIT_MS),
});

type SendBody = z.output<ReturnType<typeof sendMessageBody>>;

export function messageRoutes(deps: MessageRouteDeps): readonly Route[] {
  return [sendRoute(deps), listRoute(deps)];
}

const sendResponses = {
  200: { description: "The turn is over, or waits for somebody", schema: awaitedMessage },
  201: { description: "The message and what became of it", schema: sentMessage },
  202: { description: "Time is up and the turn goes on", schema: awaitedMessage },
} as const;

const SEND_DESCRIPTION =
  "Starts a turn. To a session with a running turn it is refused (400), unless `when_busy` says otherwise. " +
  "With `client_message_id` or an `Idempotency-Key` header, a repeat is answered and not sent again. " +
  "With `wait=true` the answer comes when the turn has ended or waits for somebody (200), or after `timeout_ms` (202).";

function sendRoute({ uses, limits }: MessageRouteDeps): Route {
  return route(
    {
      method: "post",
      path: "/sessions/{session_id}/messages",
      id: "sendMessage",
      group: "messages",
      summary: "Send a message",
      description: SEND_DESCRIPTION,
      params: sessionPath,
      query: waitQuery,
      body: {
        kind: "json",
        schema: sendMessageBody(limits),
        limit: { maxBytes: limits.fileBodyBytes, setting: "fileBodyBytes" },
      },
      responses: sendResponses,
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
      const { principal, params, query, signal } = request;
      const outcome = await uses.sendMessage(principal, params.session_id, command);
      if (!outcome.ok) return refused(outcome.refusal);
      const sent = outcome.value;
      if (query.wait !== true) return json(201, encodeSent(sent));
      const { sessionId, message, seq } = sent;
      const awaiting = { sessionId, messageId: message.id, seq, timeoutMs: query.timeout_ms, signal };
      return answer(await uses.awaitTurn(principal, awaiting), (awaited) =>
        json(awaited.status === "timeout" ? 202 : 200, encodeAwaited(sent, awaited)),
      );
    },
  );
}

function encodeSent(sent: Sent): SentMessage {
  return { ...encodeMessage(sent.sessionId, sent), delivery: sent.delivery };
}

function encodeAwaited(sent: Sent, { status, messages, error, turnId, needs }: Awaited): AwaitedMessage {
  const said = messages.map((each) => encodeMessage(sent.sessionId, each));
  return { status, message: encodeSent(sent), messages: said, error, turn_id: turnId, needs: [...needs] };
}

function commandOf(body: SendBody, clientMessageId: string | undefined): SendCommand {
  const { message, when_busy: whenBusy, reaction } = body;
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
    ...(reaction === undefined ? {} : { reaction }),
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
