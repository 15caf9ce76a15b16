// Decides what is said to a request: the due step of its script, the answer of a side call, or a short echo.
// Invariant: the only memory is how often a fault with `times` was served to one conversation (and the override a test has set).
// Never looks at the wire.
import { hash } from "node:crypto";
import type { ModelRequest } from "./exchange.ts";
import { minimalInstance } from "./minimal-instance.ts";
import { offerOf, pieces } from "./reply.ts";
import { findScript, lastPrompt, placeScript, type FoundScript, type Step } from "./script.ts";

/** `undefined` leaves the request to the script in its prompt. A promise holds the reply back until it settles. */
export type StepChooser = (request: ModelRequest) => Step | undefined | Promise<Step | undefined>;

export type Decision =
  | { readonly kind: "step"; readonly step: Step }
  | { readonly kind: "unreadable"; readonly reason: string };

export interface Engine {
  readonly decide: (request: ModelRequest) => Promise<Decision>;
  readonly setScript: (script: readonly Step[] | StepChooser | undefined) => void;
}

const ECHO_LENGTH = 60;

// What makes a step a fault; the rest of a step is said once the fault has passed.
const FAULT_KEYS = ["status", "cutAfterChunks", "endAfterChunks", "hang"] as const;

function isFaulty(step: Step): boolean {
  return FAULT_KEYS.some((key) => step[key] !== undefined && step[key] !== false);
}

function saysSomething(step: Step): boolean {
  return step.text !== undefined || step.thinking !== undefined || (step.tools?.length ?? 0) > 0;
}

function withoutFault(step: Step): Step {
  const rest = { ...step };
  for (const key of [...FAULT_KEYS, "failAfterChunks"] as const) delete rest[key];
  return rest;
}

/**
 * The steps of one turn: a fault that passes and says nothing makes no assistant turn, so it and the step after it belong
 * to the same one. `[{status: 429, times: 2}, {text: "hi"}]` is one turn.
 */
function stepsOfTurn(steps: readonly Step[], turn: number): readonly Step[] {
  let group: Step[] = [];
  let at = 0;
  for (const step of steps) {
    group.push(step);
    if (isFaulty(step) && step.times !== undefined && !saysSomething(step)) continue;
    if (at === turn) return group;
    group = [];
    at += 1;
  }
  return at === turn ? group : [];
}

// The system prompt and the model stay out: agents put a changing checksum into the one and fall back to another of the other.
function conversationHash(request: ModelRequest): string {
  return hash("sha256", JSON.stringify([request.protocol, request.apiKey, request.messages]));
}

function openFaultCounter(): { next: (group: readonly Step[], request: ModelRequest) => Step } {
  const served = new Map<string, number>();
  return {
    next: (group, request) => {
      const last = group.at(-1);
      if (!group.some((step) => step.times !== undefined && isFaulty(step))) return last ?? { text: "done" };
      const key = conversationHash(request);
      const before = served.get(key) ?? 0;
      let passed = 0;
      for (const step of group) {
        if (!isFaulty(step) || step.times === undefined) return step;
        passed += step.times;
        if (before < passed) {
          served.set(key, before + 1);
          return step;
        }
      }
      return last !== undefined && saysSomething(last) ? withoutFault(last) : { text: "done" };
    },
  };
}

function scriptedTools(steps: readonly Step[]): string[] {
  const tools = steps.flatMap((step) => step.tools ?? []);
  return tools.filter((tool) => tool.unlisted !== true).map((tool) => tool.name);
}

/** A call for a title, a summary, a route: it holds the prompt and so the script, but not the tools the script is about. */
function isSideCall(steps: readonly Step[], group: readonly Step[], request: ModelRequest): boolean {
  const isOffered = (name: string): boolean => offerOf(request, name) !== undefined;
  const all = scriptedTools(steps);
  return (all.length > 0 && !all.some(isOffered)) || !scriptedTools(group).every(isOffered);
}

function sideAnswer(request: ModelRequest): Step {
  const forced = request.tools.find((tool) => tool.name === request.forcedTool);
  if (forced !== undefined) {
    return { tools: [{ name: forced.name, input: minimalInstance(forced.schema ?? { type: "object" }) }] };
  }
  if (request.jsonSchema !== undefined) return { text: JSON.stringify(minimalInstance(request.jsonSchema)) };
  const [firstLine = ""] = lastPrompt(request).trim().split("\n");
  return {
    text: firstLine === "" ? "Hello" : `Echo: ${pieces(firstLine, firstLine.length).slice(0, ECHO_LENGTH).join("")}`,
  };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (cause) {
    if (cause instanceof SyntaxError) return false;
    throw cause;
  }
}

/** Whether the client's demand (this tool, this schema) is one the step does not meet. */
function missesDemand(step: Step, request: ModelRequest): boolean {
  if (isFaulty(step)) return false;
  if (request.forcedTool !== undefined) return !(step.tools ?? []).some((tool) => tool.name === request.forcedTool);
  return request.jsonSchema !== undefined && (step.tools ?? []).length === 0 && !isJson(step.text ?? "");
}

export function openEngine(): Engine {
  const faults = openFaultCounter();
  let override: readonly Step[] | StepChooser | undefined;

  const play = (found: FoundScript, request: ModelRequest): Decision => {
    if (found.kind === "unreadable") return found;
    if (found.kind === "none") return { kind: "step", step: sideAnswer(request) };
    const group = stepsOfTurn(found.steps, found.turn);
    if (isSideCall(found.steps, group, request)) return { kind: "step", step: sideAnswer(request) };
    const step = faults.next(group, request);
    return { kind: "step", step: missesDemand(step, request) ? sideAnswer(request) : step };
  };

  return {
    decide: async (request) => {
      if (typeof override !== "function") {
        return play(override === undefined ? findScript(request) : placeScript(override, request), request);
      }
      const chosen = await override(request);
      return chosen === undefined ? play(findScript(request), request) : { kind: "step", step: chosen };
    },
    setScript: (script) => {
      override = script;
    },
  };
}
