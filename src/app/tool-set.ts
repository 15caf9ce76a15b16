/**
 * The tools of one turn, made of its capabilities: what the model is told about them, and how a call is carried out.
 *
 *   call ──▶ tool by name ──▶ files overlay of its own ──▶ run ──▶ result, cut to what an event may hold
 *                                     └──▶ changes, kept until `tool.completed` is committed or the call is dropped
 *
 * Invariant: a call never rejects and never outlives its signal; a call that threw or was cut short has changed nothing.
 * No value of the session's secrets is in a result, in output or in a fault, whatever the tool is.
 */
import { MAX_EVENT_BYTES } from "../core/events/envelope.ts";
import type { ToolCall } from "../core/events/content.ts";
import type { Limits } from "../core/limits.ts";
import type { FileChange } from "../core/ports/files.ts";
import type { Capability, Tool, ToolPorts, ToolResult, ToolSet } from "../core/ports/tools.ts";
import type { CapabilityRef } from "../core/session.ts";
import { abortReason, DeadlinePassed } from "../lib/deadline.ts";
import { mergeCapabilityRefs } from "./capability-refs.ts";
import { makeSecretFilter, passing } from "./secret-filter.ts";
import type { ToolFiles } from "./tool-files.ts";
import { fitResult } from "./tool-result.ts";

export interface ToolSetInput {
  readonly capabilities: readonly Capability[];
  /** Harness's first, then the agent's, then the session's; see `mergeCapabilityRefs`. */
  readonly refs: readonly CapabilityRef[];
  readonly ports: Omit<ToolPorts, "files"> & { readonly openFiles: () => ToolFiles };
  readonly limits: Pick<Limits, "toolResultBytes">;
  /** Contract: cheap, never throws. Hears of what the model is only told in a sentence. */
  readonly onFault: (fault: Error) => void;
}

export interface MadeToolSet {
  readonly toolSet: ToolSet;
  /** What the capabilities add to the instructions, in order. */
  readonly prompts: readonly string[];
  changesOf(callId: string): readonly FileChange[];
  /** Forgets a call's changes: they are committed, or never will be. */
  drop(callId: string): void;
}

/** An event's other fields, and room for what is added to it when it is written. */
const ENVELOPE_BYTES = 2 * 1024;

type CallOptions = { readonly signal: AbortSignal; readonly onOutput: Parameters<ToolSet["call"]>[2] };

/** The tools by their names, and what the capabilities add to the instructions; nothing of it runs yet. */
export function resolveTools(input: Pick<ToolSetInput, "capabilities" | "refs" | "onFault">): {
  readonly tools: ReadonlyMap<string, Tool>;
  readonly prompts: readonly string[];
} {
  const capabilities = resolveCapabilities(input).map(({ capability, config }) => ({
    capability,
    tools: capability.tools(config),
  }));
  const tools = new Map<string, Tool>();
  // Those of a checkout last: there they stand in the place of others of the same names.
  const ordered = capabilities.toSorted((one, other) => rankOf(one.capability) - rankOf(other.capability));
  for (const each of ordered) for (const tool of each.tools) tools.set(tool.definition.name, tool);
  // What is said about tools that others stand for would be wrong.
  const isHeard = (own: readonly Tool[]) =>
    own.length === 0 || own.some((tool) => tools.get(tool.definition.name) === tool);
  const heard = capabilities.filter((each) => isHeard(each.tools));
  return { tools, prompts: heard.flatMap(({ capability }) => capability.prompt ?? []) };
}

function rankOf({ needsCheckout = false }: Capability): number {
  return needsCheckout ? 1 : 0;
}

export function makeToolSet(input: ToolSetInput): MadeToolSet {
  const { tools, prompts } = resolveTools(input);
  const overlays = new Map<string, ToolFiles>();
  const maxBytes = Math.min(input.limits.toolResultBytes, MAX_EVENT_BYTES - ENVELOPE_BYTES);

  async function call(toolCall: ToolCall, options: CallOptions): Promise<ToolResult> {
    overlays.delete(toolCall.id);
    const tool = tools.get(toolCall.name);
    if (tool === undefined) return failed(unknownTool(toolCall.name, [...tools.keys()]));
    const args = readArguments(toolCall.arguments);
    if ("status" in args) return args;
    const { openFiles, ...ports } = input.ports;
    const files = openFiles();
    const { signal } = options;
    let clean = passing;
    try {
      clean = await makeSecretFilter(ports.secrets);
      const context = { callId: toolCall.id, ports: { files, ...ports }, signal, ...clean.output(options.onOutput) };
      const result = await untilAborted(tool.run(args.value, context), signal);
      overlays.set(toolCall.id, files);
      return clean.result(result);
    } catch (fault) {
      if (signal.aborted) return stopped(signal);
      const cause = clean.fault(fault);
      input.onFault(new Error(`Tool "${toolCall.name}" failed in call "${toolCall.id}"`, { cause }));
      return failed(`${toolCall.name} failed because of an error in the server; it changed nothing`);
    }
  }

  return {
    toolSet: {
      definitions: [...tools.values()].map(({ definition }) => definition),
      call: async (toolCall, signal, onOutput) => fitResult(await call(toolCall, { signal, onOutput }), maxBytes),
    },
    prompts,
    changesOf: (callId) => overlays.get(callId)?.changes() ?? [],
    drop: (callId) => void overlays.delete(callId),
  };
}

/** A capability that is gone or no longer takes its configuration is left out: the turn goes on without its tools. */
function resolveCapabilities({ capabilities, refs, onFault }: Pick<ToolSetInput, "capabilities" | "refs" | "onFault">) {
  return mergeCapabilityRefs(refs).flatMap(({ ref, config }) => {
    const capability = capabilities.find(({ id }) => id === ref);
    const checked = capability?.checkConfig(config);
    if (capability !== undefined && checked?.ok === true) return [{ capability, config }];
    const why = checked?.ok === false ? `configured wrongly at "${checked.path}": ${checked.reason}` : "not known";
    onFault(new Error(`Capability "${ref}" is left out: it is ${why}`));
    return [];
  });
}

/** Models send an object; some providers pass on what they wrote as text, complete or not. */
function readArguments(given: unknown): { readonly value: unknown } | ToolResult {
  if (given === undefined || given === null || given === "") return { value: {} };
  if (typeof given !== "string") return { value: given };
  try {
    return { value: JSON.parse(given) as unknown };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return failed(`The arguments are not valid JSON: ${error.message}`);
  }
}

function unknownTool(name: string, known: readonly string[]): string {
  if (known.length === 0) return `There is no tool "${name}"; there are no tools here`;
  return `There is no tool "${name}"; there are ${known.join(", ")}`;
}

/** A tool that does not listen to its signal is not waited for. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(abortReason(signal));
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

function stopped(signal: AbortSignal): ToolResult {
  const reason = abortReason(signal);
  if (reason instanceof DeadlinePassed) return failed(`The call took longer than ${reason.afterMs} ms`, "timeout");
  return failed("The call was cancelled", "cancelled");
}

function failed(error: string, status: "error" | "timeout" | "cancelled" = "error"): ToolResult {
  return { status, content: [{ type: "text", text: error }], error };
}
