/**
 * Takes what a client's tools came to: one commit with all results that the turn waits for, which also lets the turn go
 * on when nothing else is awaited. A result is kept as text the way it came; what an event cannot hold of it is cut.
 */
import { decideResults } from "../core/decide/answer.ts";
import type { ClientResult } from "../core/decide/answer.ts";
import { MAX_EVENT_BYTES, parseLine } from "../core/events/envelope.ts";
import { foldEvents } from "../core/fold.ts";
import type { MintId, NodeId, SessionId } from "../core/ids.ts";
import type { Limits } from "../core/limits.ts";
import { accept, refuse } from "../core/refusal.ts";
import type { Outcome } from "../core/refusal.ts";
import { factsOf, nativeStatuses, statusOf } from "../core/status.ts";
import type { NativeStatus } from "../core/status.ts";
import { decideAndCommit } from "./decide-and-commit.ts";
import type { ControlDeps, Controlled } from "./decide-and-commit.ts";
import type { Principal } from "./principal.ts";
import type { Runners, Slot } from "./runners.ts";
import { startRunner } from "./start-runner.ts";
import type { StartDeps } from "./start-runner.ts";
import { fitResult } from "./tool-result.ts";

export interface GivenResult {
  readonly callId: string;
  /** Any JSON. */
  readonly result?: unknown;
  /** The tool failed; what it came to may stand beside it. */
  readonly error?: string;
}

export interface GiveResultsDeps extends ControlDeps, StartDeps {
  readonly mint: MintId;
  readonly node: NodeId;
  readonly runners: Pick<Runners, "reserve" | "nudge" | "isRunning">;
  readonly limits: Pick<Limits, "clientToolResultBytes">;
}

export interface GivenResults {
  readonly accepted: number;
  readonly status: NativeStatus;
}

export type GiveToolResults = (
  principal: Principal,
  id: SessionId,
  results: readonly GivenResult[],
) => Promise<Outcome<GivenResults>>;

/** The event's other fields, and room for what is added to it when it is written. */
const ENVELOPE_BYTES = 2 * 1024;

export function makeGiveToolResults(deps: GiveResultsDeps): GiveToolResults {
  return async (principal, sessionId, given) => {
    const limit = deps.limits.clientToolResultBytes;
    if (given.some((each) => sizeOf(each) > limit)) {
      return refuse({ code: "too_large", what: "tool result", limit, setting: "clientToolResultBytes" });
    }
    const slot = deps.runners.reserve();
    try {
      return await give(deps, { principal, sessionId, results: given.map(fitted), slot });
    } finally {
      slot?.release();
    }
  };
}

function sizeOf({ result, error = "" }: GivenResult): number {
  return Buffer.byteLength(textOf(result)) + Buffer.byteLength(error);
}

function textOf(result: unknown): string {
  if (typeof result === "string") return result;
  return result === undefined ? "" : JSON.stringify(result);
}

function fitted({ callId, result, error }: GivenResult): ClientResult {
  const text = textOf(result);
  const content = text === "" ? [] : [{ type: "text" as const, text }];
  const said = error === undefined ? {} : { error };
  const status = error === undefined ? "success" : "error";
  const fit = fitResult({ status, content, ...said }, MAX_EVENT_BYTES - ENVELOPE_BYTES);
  return { callId, content: fit.content, ...(fit.error === undefined ? {} : { error: fit.error }) };
}

interface Giving {
  readonly principal: Principal;
  readonly sessionId: SessionId;
  readonly results: readonly ClientResult[];
  readonly slot: Slot | null;
}

async function give(
  deps: GiveResultsDeps,
  { principal, sessionId, results, slot }: Giving,
): Promise<Outcome<GivenResults>> {
  const controlled = await decideAndCommit(deps, {
    sessionId,
    workspaceId: principal.workspaceId,
    decide: ({ state, head, record }) => {
      const runner = slot === null || deps.runners.isRunning(sessionId) ? null : deps.node;
      const input = { mint: deps.mint, runner, agentId: record.edit.agentId, hasOwner: head.owner !== null };
      const decided = decideResults(state, { sessionId, results }, input);
      return decided.ok ? accept({ plan: decided.value, answer: null }) : decided;
    },
  });
  if (!controlled.ok) return controlled;
  startRunner(deps, slot, controlled.value);
  return accept({ accepted: results.length, status: statusAfter(controlled.value) });
}

function statusAfter({ session, result }: Controlled<null>): NativeStatus {
  const state = foldEvents(session.state, (result?.kind === "committed" ? result.lines : []).map(parseLine));
  return statusOf(nativeStatuses, { ...session.record.facts, ...factsOf(state) });
}
