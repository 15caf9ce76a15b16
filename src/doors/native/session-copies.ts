/** A session once more: forked into another one, or given out as a file. And the one that each user always has. */
import { z } from "zod";
import type { ExportedSession } from "../../app/export-session.ts";
import type { ForkCommand } from "../../app/fork/fork-session.ts";
import { MESSAGE_TYPES, messagesOf } from "../../app/list-messages.ts";
import { parseLine } from "../../core/events/envelope.ts";
import type { SessionId } from "../../core/ids.ts";
import type { Limits } from "../../core/limits.ts";
import { refused, route } from "../../http/route.ts";
import type { Route } from "../../http/route.ts";
import { encodeEvent } from "./encode-event.ts";
import { encodeMessage } from "./encode-message.ts";
import { hashBody, readIdempotencyKey } from "./idempotency.ts";
import { sessionPath } from "./params.ts";
import { chatBody, forkBody, session } from "./schema/session.ts";
import { answerNewSession, answerSession } from "./show-session.ts";
import type { SurroundingUseCases } from "./use-cases-sessions.ts";

export interface CopyRouteDeps {
  readonly uses: Pick<SurroundingUseCases, "describeSessions" | "forkSession" | "exportSession" | "globalChat">;
  readonly limits: Limits;
  readonly now: () => number;
}

export function sessionCopyRoutes(deps: CopyRouteDeps): readonly Route[] {
  return [chatRoute(deps), forkRoute(deps), exportRoute(deps)];
}

function chatRoute(deps: CopyRouteDeps): Route {
  return route(
    {
      method: "post",
      path: "/sessions/chat",
      id: "openChat",
      group: "sessions",
      summary: "Get your one lasting conversation, which is made if there is none",
      body: { kind: "json", schema: chatBody, isOptional: true },
      responses: { 200: { description: "The session", schema: session } },
    },
    async (request) => {
      const locale = request.body?.locale ?? undefined;
      const command = locale === undefined ? {} : { locale };
      return answerSession(deps, request, await deps.uses.globalChat(request.principal, command));
    },
  );
}

function forkRoute(deps: CopyRouteDeps): Route {
  return route(
    {
      method: "post",
      path: "/sessions/{session_id}/fork",
      id: "forkSession",
      group: "sessions",
      summary: "Make a session that begins with what this one has: configuration, log and files",
      description:
        "409 while a turn runs. With an `Idempotency-Key` header, the same key and body answer with the same session.",
      params: sessionPath,
      body: { kind: "json", schema: forkBody(deps.limits), isOptional: true },
      responses: { 201: { description: "The new session", schema: session } },
      refusals: ["not_found", "not_allowed", "idempotency_mismatch", "too_large"],
    },
    async (request) => {
      const key = readIdempotencyKey(request);
      if (!key.ok) return refused(key.refusal);
      const { session_id: id } = request.params;
      const bodyHash = hashBody({ fork: id, ...request.body });
      const command = {
        ...forkCommandOf(request.body ?? {}),
        ...(key.value === undefined ? {} : { idempotency: { key: key.value, bodyHash } }),
      };
      return answerNewSession(deps, request, await deps.uses.forkSession(request.principal, id, command));
    },
  );
}

function forkCommandOf(body: z.output<ReturnType<typeof forkBody>>): ForkCommand {
  const { title, tags, agent_id, model_id, system_prompt, locale, up_to_message_id } = body;
  return {
    ...(title === undefined ? {} : { title }),
    ...(tags === undefined ? {} : { tags }),
    ...(typeof agent_id === "string" ? { agentId: agent_id } : {}),
    ...(model_id === undefined ? {} : { modelId: model_id }),
    ...(system_prompt === undefined ? {} : { systemPrompt: system_prompt }),
    ...(locale === undefined ? {} : { locale }),
    ...(typeof up_to_message_id === "string" ? { upToMessageId: up_to_message_id } : {}),
  };
}

const exportQuery = z.object({ format: z.enum(["messages", "events"]).default("messages") });
const JSON_LINES = "application/x-ndjson";

function exportRoute({ uses }: CopyRouteDeps): Route {
  return route(
    {
      method: "get",
      path: "/sessions/{session_id}/export",
      id: "exportSession",
      group: "sessions",
      summary: "What was said, or every event, as lines of JSON",
      description: "As it was when the export began. It breaks off when the session is deleted in the meantime.",
      params: sessionPath,
      query: exportQuery,
      responses: { 200: { description: "One Message a line, or one Event", content: JSON_LINES } },
      refusals: ["not_found"],
    },
    async ({ principal, params: { session_id: id }, query: { format } }) => {
      const opened = await uses.exportSession(principal, id);
      if (!opened.ok) return refused(opened.refusal);
      const name = format === "events" ? `${id}.events.jsonl` : `${id}.jsonl`;
      return {
        kind: "raw",
        status: 200,
        body: format === "events" ? eventLines(opened.value) : messageLines(opened.value, id),
        headers: { "Content-Type": JSON_LINES, "Content-Disposition": `attachment; filename="${name}"` },
      };
    },
  );
}

async function* messageLines(exported: ExportedSession, id: SessionId): AsyncGenerator<Uint8Array> {
  for await (const lines of exported.pages(MESSAGE_TYPES)) {
    const messages = lines.flatMap((line) => messagesOf(parseLine(line)));
    if (messages.length > 0) yield bytesOf(messages.map((each) => JSON.stringify(encodeMessage(id, each))));
  }
}

async function* eventLines(exported: ExportedSession): AsyncGenerator<Uint8Array> {
  for await (const lines of exported.pages()) yield bytesOf(lines.map(encodeEvent));
}

function bytesOf(lines: readonly string[]): Uint8Array {
  return Buffer.from(`${lines.join("\n")}\n`);
}
