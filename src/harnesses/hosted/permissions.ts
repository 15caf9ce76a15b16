/**
 * Which calls may be made at once and which wait for somebody: a person who allows them, or the client that carries
 * them out. Read from the turn as committed, so a run that goes on after an answer finds what was allowed.
 *
 *   auto ─────────────────────────────▶ run
 *   approve ──▶ approval.requested ──▶ allowed ──▶ run        denied, expired: closed by whoever said so
 *   client_side ──▶ tool.call_requested ──▶ closed by the client's result
 */
import type { ToolCall } from "../../core/events/content.ts";
import type { Fact } from "../../core/events/envelope.ts";
import type { TurnInput } from "../../core/ports/harness.ts";
import type { ToolPolicy } from "../../core/ports/tools.ts";
import type { TurnState } from "../../core/state.ts";
import { omittedBytes, shownCalls } from "./fit-message.ts";

export interface SortedCalls {
  /** Nobody has to be asked (any more). */
  readonly free: readonly ToolCall[];
  readonly waiting: readonly ToolCall[];
}

/** A person must see what is asked for, and a client what it is to do: as much of it as an event can hold. */
const ASKED_BYTES = { each: 40 * 1024, together: 48 * 1024 } as const;

function policyOf({ tools }: Pick<TurnInput, "tools">, { name }: ToolCall): ToolPolicy {
  return tools.definitions.find((tool) => tool.name === name)?.policy ?? "auto";
}

export function sortCalls(
  input: Pick<TurnInput, "tools">,
  { openCalls, approvals }: Pick<TurnState, "openCalls" | "approvals">,
  calls: readonly ToolCall[],
): SortedCalls {
  const allowed = new Set(approvals.flatMap(({ callId, answer }) => (answer === "allow" ? [callId] : [])));
  const started = new Set(openCalls.flatMap((call) => (call.started ? [call.id] : [])));
  const isFree = (call: ToolCall) => {
    const policy = policyOf(input, call);
    // A call that cannot be made is answered, and nobody is bothered with it.
    if (policy === "auto" || started.has(call.id) || refusalOf(call) !== undefined) return true;
    return policy === "approve" && allowed.has(call.id);
  };
  return { free: calls.filter(isFree), waiting: calls.filter((call) => !isFree(call)) };
}

/** What is said to those who are waited for. */
export function askFacts(
  input: Pick<TurnInput, "tools" | "mintApproval">,
  waiting: readonly ToolCall[],
): readonly Fact[] {
  const isRequested = (call: ToolCall) => policyOf(input, call) === "client_side";
  const requested = shownCalls(waiting.filter(isRequested), ASKED_BYTES);
  const asked = waiting.filter((call) => !isRequested(call)).flatMap((call) => shownCalls([call], ASKED_BYTES));
  return [
    ...asked.map((tool_call): Fact => ({
      type: "approval.requested",
      data: {
        approval_id: input.mintApproval(),
        tool_call,
        question: `May the agent call the tool ${tool_call.name}?`,
      },
    })),
    ...(requested.length === 0
      ? []
      : [{ type: "tool.call_requested", data: { tool_calls: [...requested] } } satisfies Fact]),
  ];
}

/** Why a call is answered without being run, or nothing. */
export function refusalOf(call: ToolCall): string | undefined {
  const bytes = omittedBytes(call.arguments);
  if (bytes !== undefined) {
    return `The arguments were ${bytes} bytes long, too long to be kept, and the call was not made. Do it in several calls with at most 100 KB each: write the first part, then append or edit the rest.`;
  }
  if (typeof call.arguments === "object" && call.arguments !== null && !Array.isArray(call.arguments)) return undefined;
  return "The arguments were not a JSON object and the call was not made. Send them again as one valid JSON object.";
}
