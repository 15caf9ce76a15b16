/**
 * The payload that most IDEs send, after Claude Code's: `hook_event_name session_id tool_name tool_input …`. A dialect
 * says which of its events is which moment, and mends what its IDE does otherwise.
 *
 * Invariant: an event of a name that nobody knows is a sign of life and nothing else.
 */
import type { AgentType, HookEvent, HookMoment } from "../../../core/team/hook-event.ts";
import { given } from "../../../lib/given.ts";
import type { Decoded } from "./dialect.ts";
import { cleanText, fieldsOf, listOf, textIn } from "./fields.ts";
import type { Fields } from "./fields.ts";
import { readTool } from "./tools.ts";

export type Moments = Readonly<Record<string, HookMoment>>;

export interface PayloadReading {
  readonly agentType: AgentType;
  readonly moments: Moments;
  /** Fields in which the conversation, the event, the tool stand, if not where Claude Code has them. */
  readonly conversation?: readonly string[];
  readonly event?: readonly string[];
}

const MAX_ID = 512;

export function readPayload(payload: unknown, { agentType, moments, ...names }: PayloadReading): Decoded {
  const fields = fieldsOf(payload);
  if (fields === undefined) return { ok: false, reason: "the payload is no JSON object" };
  const rawEvent = textIn(fields, ...(names.event ?? ["hook_event_name"]))?.slice(0, 100);
  if (rawEvent === undefined) return { ok: false, reason: "the payload names no event" };
  const conversationId = textIn(fields, ...(names.conversation ?? ["session_id"]));
  if (conversationId === undefined) return { ok: false, reason: "the payload names no conversation", rawEvent };
  if (conversationId.length > MAX_ID) return { ok: false, reason: "the conversation's id is too long", rawEvent };
  const moment = Object.hasOwn(moments, rawEvent) ? moments[rawEvent] : undefined;
  const known = { moment: moment ?? "heartbeat", agentType, conversationId, rawEvent } as const;
  return { ok: true, event: { ...known, ...readTooling(known.moment, fields), ...readRest(known.moment, fields) } };
}

const TOOL_MOMENTS: ReadonlySet<HookMoment> = new Set(["pre_tool", "post_tool", "tool_failed"]);

function readTooling(moment: HookMoment, fields: Fields): Pick<HookEvent, "files"> & Partial<HookEvent> {
  const name = textIn(fields, "tool_name");
  if (!TOOL_MOMENTS.has(moment) || name === undefined) return { files: [] };
  const changed = fieldsOf(fieldsOf(fields["tool_response"])?.["bashEditDiff"])?.["changedFiles"];
  return {
    ...readTool(name, fields["tool_input"]),
    ...given({ toolUseId: idIn(fields, "tool_use_id"), changedFiles: pathsOf(changed) }),
  };
}

function readRest(moment: HookMoment, fields: Fields): Partial<HookEvent> {
  return given({
    subagentId: idIn(fields, "agent_id", "subagent_id"),
    cwd: textIn(fields, "cwd"),
    prompt: moment === "turn_start" ? textIn(fields, "prompt", "user_prompt") : undefined,
    answer: moment === "turn_end" ? textIn(fields, "last_assistant_message", "prompt_response") : undefined,
    error: textIn(fields, "error", "error_message"),
    reason: textIn(fields, "reason", "source", "trigger", "status")?.slice(0, 100),
    clientVersion: textIn(fields, "client_version", "cursor_version")?.slice(0, 100),
  });
}

/** An id too long to be kept is none: it could not be told from another with the same beginning. */
export function idIn(fields: Fields, ...names: readonly string[]): string | undefined {
  const id = textIn(fields, ...names);
  return id === undefined || id.length > MAX_ID ? undefined : id;
}

export function pathsOf(value: unknown): readonly string[] | undefined {
  const paths = listOf(value).filter((item) => typeof item === "string");
  return paths.length === 0 ? undefined : paths.map(cleanText);
}

/** Where a tool runs that names a folder of its own, which may be meant from the agent's. */
export function placeWithin(cwd: string | undefined, own: string): string {
  const isAbsolute = /^(?:[/\\]|[a-z]:[/\\])/i.test(own);
  return isAbsolute || cwd === undefined ? own : `${cwd}/${own}`;
}

/** The event with some of its facts put right. */
export function amended(decoded: Decoded, amend: (event: HookEvent) => HookEvent): Decoded {
  return decoded.ok ? { ok: true, event: amend(decoded.event) } : decoded;
}
