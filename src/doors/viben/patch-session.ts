/**
 * Viben's PATCH: status, data and prompt in one body (ruling 23). Whether the status can be set is looked at first, so
 * that nothing of a body is done which is refused.
 */
import type { Principal } from "../../app/principal.ts";
import type { SessionId } from "../../core/ids.ts";
import { accept } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import type { SessionRecord } from "../../core/session.ts";
import { anySessionPath, sessionIdOf } from "../../http/dialect-input.ts";
import { json, refused, route } from "../../http/route.ts";
import type { Route } from "../../http/route.ts";
import { encodeSession } from "./encode-session.ts";
import { badStatus } from "./problem.ts";
import { patchBody, session } from "./schema.ts";
import type { VibenDeps } from "./sessions.ts";
import { allowedWords, vibenStateOf, vibenTransitions } from "./statuses.ts";
import type { VibenStatus } from "./statuses.ts";
import type { VibenUseCases } from "./use-cases.ts";

interface Patch {
  readonly status?: VibenStatus | undefined;
  readonly data?: Readonly<Record<string, unknown>> | undefined;
  readonly prompt?: string | undefined;
}

export function patchRoute({ uses, limits }: VibenDeps): Route {
  return route(
    {
      method: "patch",
      path: "/{id}",
      id: "patchVibenSession",
      group: "sessions",
      summary: "Change status, data or prompt of a session",
      params: anySessionPath,
      body: { kind: "json", schema: patchBody(limits) },
      responses: { 200: { description: "The session", schema: session } },
      refusals: ["not_found", "budget_exhausted", "quota_exceeded"],
    },
    async ({ principal, params, body }) => {
      const id = sessionIdOf(params.id);
      const found = id.ok ? await uses.getSession(principal, id.value) : id;
      if (!found.ok) return refused(found.refusal);
      if (isRefused(found.value, body)) return refuseStatus(found.value, body.status);
      const done = await apply(uses, principal, { record: found.value, patch: body });
      // Somebody was faster, and what could be set a moment ago cannot be any more.
      if (!done.ok && done.refusal.code === "not_allowed") return refuseStatus(found.value, body.status);
      if (!done.ok) return refused(done.refusal);
      const modelOf = await uses.readModelCodes([done.value]);
      return json(200, encodeSession(done.value, modelOf(done.value)));
    },
  );
}

function isRefused(record: SessionRecord, { status }: Patch): boolean {
  return status !== undefined && vibenTransitions[vibenStateOf(record)][status] === "refuse";
}

function refuseStatus(record: SessionRecord, status: VibenStatus | undefined) {
  const state = vibenStateOf(record);
  const allowed = allowedWords(state);
  const ways = allowed.length === 0 ? "nothing can be done with it any more" : `it can become ${allowed.join(", ")}`;
  const message = `a session that is ${state} cannot become ${status ?? "anything else"}; ${ways}`;
  return { kind: "problem", problem: badStatus(message, allowed) } as const;
}

interface Patching {
  readonly record: SessionRecord;
  readonly patch: Patch;
}

async function apply(
  uses: VibenUseCases,
  principal: Principal,
  { record, patch }: Patching,
): Promise<Outcome<SessionRecord>> {
  const { id } = record;
  const isFirst = patch.prompt !== undefined && isUnbegun(record);
  const isEnding = patch.status === "completed" || patch.status === "failed";
  const edited = await edit(uses, principal, { id, patch, isFirst });
  if (edited !== null && !edited.ok) return edited;
  const change = patch.status === undefined ? "same" : vibenTransitions[vibenStateOf(record)][patch.status];
  if (change !== "same" && change !== "refuse") {
    const controlled = await uses.controlSession(principal, id, { action: change });
    if (!controlled.ok) return controlled;
  }
  if (isFirst && !isEnding) {
    const sent = await uses.sendText(principal, { id, text: patch.prompt });
    if (!sent.ok) return sent;
  }
  return isUntouched(patch) ? accept(record) : uses.getSession(principal, id);
}

/** A prompt begins the first turn of a session that is open and has had none. */
function isUnbegun({ facts }: SessionRecord): boolean {
  return facts.lifecycle === "open" && facts.turnCount === 0 && facts.queuedCount === 0;
}

function isUntouched({ status, data, prompt }: Patch): boolean {
  return status === undefined && data === undefined && prompt === undefined;
}

async function edit(
  uses: VibenUseCases,
  principal: Principal,
  { id, patch, isFirst }: { readonly id: SessionId; readonly patch: Patch; readonly isFirst: boolean },
): Promise<Outcome<SessionRecord> | null> {
  const { data, prompt } = patch;
  if (data === undefined && prompt === undefined) return null;
  return uses.editSession(principal, id, {
    ...(data === undefined ? {} : { data }),
    ...(prompt === undefined ? {} : isFirst ? { initialPrompt: prompt } : { systemPrompt: prompt }),
  });
}
