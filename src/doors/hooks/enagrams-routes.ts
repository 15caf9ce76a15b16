/** The four routes of Enagrams' sessions page, with exactly its keys (ruling 16). */
import type { PresentAgent } from "../../app/observe/hook-uses.ts";
import { z } from "zod";
import type { Principal } from "../../app/principal.ts";
import type { Outcome } from "../../core/refusal.ts";
import type { BodySource } from "../../http/body.ts";
import { httpProblem } from "../../http/problems.ts";
import { checkInput, textParam } from "../../http/input.ts";
import type { Read } from "../../http/read.ts";
import { answer, json, refused, route } from "../../http/route.ts";
import type { Route } from "../../http/route.ts";
import { late, within } from "./answer-within.ts";
import { decodeEnagrams, encodeEnagrams, hookBody, permissionReply, sessionReply } from "./dialects/enagrams.ts";
import type { EnagramsReply, HookBody } from "./dialects/enagrams.ts";
import { parsedOf } from "./dialects/fields.ts";
import type { HookUseCases } from "./use-cases.ts";

export interface EnagramsDeps {
  readonly uses: Omit<HookUseCases, "reportHookFault">;
  readonly maxBytes: number;
  readonly patienceMs: number;
  readonly onFault: (fault: unknown) => void;
}

export function enagramsRoutes(deps: EnagramsDeps): readonly Route[] {
  return [hookRoute(deps), listRoute(deps), heartbeatRoute(deps), endRoute(deps)];
}

function hookRoute(deps: EnagramsDeps): Route {
  return route(
    {
      method: "post",
      path: "/sessions/hook",
      id: "sendEnagramsHook",
      group: "sessions",
      summary: "An IDE's hook event",
      body: { kind: "any", schema: hookBody, description: "JSON, of whatever media type" },
      responses: {
        200: {
          description: "A permission for `preToolUse`, the session and its news for everything else",
          schema: z.union([permissionReply, sessionReply]),
        },
      },
      refusals: ["not_found"],
    },
    async ({ principal, body }) => {
      const read = await readHook(body, deps.maxBytes);
      if (!read.ok) return { kind: "problem", problem: read.problem };
      const who = await deps.uses.findWorkspace(principal, read.value.workspace_slug);
      if (!who.ok) return refused(who.refusal);
      return answer(await decide(deps, who.value, read.value), (reply) => json(200, reply));
    },
  );
}

/** Read as an IDE's own payload is: what a file holds that an agent writes is no reason to turn its hook away. */
async function readHook(body: BodySource, maxBytes: number): Promise<Read<HookBody>> {
  const text = await body.text({ maxBytes, setting: "fileBodyBytes" });
  if (!text.ok) return text;
  const value = parsedOf(text.value);
  if (value !== undefined) return checkInput("body", hookBody, value);
  const fields = { in: "body", path: "" };
  return { ok: false, problem: httpProblem("malformed_json", "The body is not valid JSON", { fields }) };
}

async function decide(deps: EnagramsDeps, principal: Principal, body: HookBody): Promise<Outcome<EnagramsReply>> {
  const { event, report, endsAtTurnEnd } = decodeEnagrams(body);
  const options = { isStrict: false, branchDefault: "deny", endsAtTurnEnd } as const;
  const work = deps.uses.handleHook(principal, { event, report, options });
  // Only where the editor stands still for the answer; the others have a session to be told of.
  const ms = event.moment === "pre_tool" ? deps.patienceMs : undefined;
  const done = ms === undefined ? await work : await within(work, { ms, onLateFault: deps.onFault });
  if (done === late) return { ok: true, value: { permission: "allow", message: "Serai did not answer in time" } };
  return done.ok ? { ok: true, value: encodeEnagrams(event, done.value) } : done;
}

const activeSession = z
  .object({
    id: z.string(),
    user_name: z.string(),
    agent_type: z.string(),
    current_task: z.string().nullable(),
    current_file: z.string().nullable(),
    branch: z.string().nullable(),
    conversation_id: z.string(),
    last_heartbeat: z.string(),
    reserved_files: z.array(z.string()),
  })
  .meta({ id: "EnagramsSession" });

function listRoute({ uses }: EnagramsDeps): Route {
  return route(
    {
      method: "get",
      path: "/{id}/sessions",
      id: "listEnagramsSessions",
      group: "sessions",
      summary: "Sessions with a running turn or a sign of life in the last five minutes, latest first",
      params: z.object({ id: textParam().meta({ description: "The workspace's slug or id" }) }),
      responses: { 200: { description: "The sessions", schema: z.array(activeSession) } },
      refusals: ["not_found"],
    },
    async ({ principal, params }) => {
      const who = await uses.findWorkspace(principal, params.id);
      if (!who.ok) return refused(who.refusal);
      return answer(await uses.listPresent(who.value), (agents) => json(200, agents.map(encodeAgent)));
    },
  );
}

function encodeAgent(agent: PresentAgent): z.infer<typeof activeSession> {
  return {
    id: agent.sessionId,
    user_name: agent.userName,
    agent_type: agent.agentType,
    current_task: agent.task,
    current_file: agent.currentFile,
    branch: agent.branch,
    conversation_id: agent.conversationId,
    last_heartbeat: agent.heardAt,
    reserved_files: [...agent.heldPaths],
  };
}

const named = z
  .object({ workspace_slug: z.string().min(1).max(512), session_id: z.string().min(1).max(512) })
  .meta({ id: "EnagramsNamedSession" });
const namedBody = { kind: "any", schema: named, description: "JSON, of whatever media type" } as const;

function heartbeatRoute({ uses }: EnagramsDeps): Route {
  return route(
    {
      method: "post",
      path: "/sessions/heartbeat",
      id: "heartbeatEnagramsSession",
      group: "sessions",
      summary: "Keep a session alive",
      body: namedBody,
      responses: { 200: { description: "Heard", schema: z.object({ ok: z.literal(true) }) } },
      refusals: ["not_found"],
    },
    async ({ principal, body }) => {
      const read = await body.json(named);
      if (!read.ok) return { kind: "problem", problem: read.problem };
      const who = await uses.findWorkspace(principal, read.value.workspace_slug);
      if (!who.ok) return refused(who.refusal);
      return answer(await uses.heartbeat(who.value, read.value.session_id), () => json(200, { ok: true as const }));
    },
  );
}

function endRoute({ uses }: EnagramsDeps): Route {
  return route(
    {
      method: "post",
      path: "/sessions/end",
      id: "endEnagramsSession",
      group: "sessions",
      summary: "End a session and free what it reserved",
      body: namedBody,
      responses: {
        200: {
          description: "Ended",
          schema: z.object({ ok: z.literal(true), released_files: z.array(z.string()) }),
        },
      },
      refusals: ["not_found"],
    },
    async ({ principal, body }) => {
      const read = await body.json(named);
      if (!read.ok) return { kind: "problem", problem: read.problem };
      const who = await uses.findWorkspace(principal, read.value.workspace_slug);
      if (!who.ok) return refused(who.refusal);
      return answer(await uses.endSession(who.value, read.value.session_id), ({ releasedFiles }) =>
        json(200, { ok: true as const, released_files: [...releasedFiles] }),
      );
    },
  );
}
