/** A call that waits for a person's word, and the words of the answer. */
import type { AnswerApproval, Approval, SessionEvent } from "../client/shapes.ts";
import { formatCount } from "./figures.ts";
import { plain, plainLine } from "./screen.ts";
import { cutText } from "./text-width.ts";
import { describeCall } from "./tool-words.ts";

interface Asked {
  readonly question: string;
  readonly toolCall?: Pick<NonNullable<Approval["toolCall"]>, "name" | "arguments"> | null | undefined;
}

/** The call in a few words; the question where it is about no call. */
export function describeAsked({ question, toolCall }: Asked): string {
  return toolCall === undefined || toolCall === null
    ? plainLine(question)
    : describeCall(toolCall.name, toolCall.arguments);
}

export function questionOf(asked: Asked): string {
  const words = describeAsked(asked);
  return asked.toolCall === undefined || asked.toolCall === null ? words : `May the agent call ${words}?`;
}

const MOST_LINES = 8;

/** Everything that the call was given, a line for each argument; long ones are cut and say by how much. */
export function argumentLines({ toolCall }: Asked, columns: number): readonly string[] {
  const given = toolCall?.arguments;
  if (typeof given !== "object" || given === null) return [];
  return Object.entries(given).flatMap(([name, value]) => {
    const text = plain(typeof value === "string" ? value : JSON.stringify(value)).trimEnd();
    const [first = "", ...rest] = text.split("\n");
    const shown = rest.slice(0, MOST_LINES - 1).map((line) => `    ${line}`);
    const left = rest.length - shown.length;
    const more = left > 0 ? [`    … ${formatCount(left)} more lines`] : [];
    return [`  ${plainLine(name)}: ${first}`, ...shown, ...more].map((line) => cutText(line, columns - 1));
  });
}

/** What a person types: a word or its first letter, and after a no what the agent is told. */
export function readAnswer(text: string): AnswerApproval | null {
  const [, word = "", rest = ""] = /^\s*(\S*)\s*([\s\S]*?)\s*$/.exec(text) ?? [];
  switch (word.toLowerCase()) {
    case "y":
    case "yes":
      return rest === "" ? { answer: "allow" } : null;
    case "s":
    case "session":
      return rest === "" ? { answer: "allow", scope: "session" } : null;
    case "a":
    case "always":
      return rest === "" ? { answer: "allow", scope: "always" } : null;
    case "n":
    case "no":
      return { answer: "deny", ...(rest === "" ? {} : { reason: rest }) };
    default:
      return null;
  }
}

type Answered = Extract<SessionEvent, { type: "approval.answered" }>["data"];

const SCOPES: Readonly<Record<string, string>> = {
  session: " for this session",
  always: " for good",
};

/** `allowed`, `denied: use the copy`; null when the question went with its turn. */
export function answerWords({ answer, scope, reason }: Pick<Answered, "answer" | "scope" | "reason">): string | null {
  if (answer === "cancelled") return null;
  if (answer === "allow") return `allowed${SCOPES[scope ?? ""] ?? ""}`;
  return reason === undefined ? "denied" : `denied: ${plainLine(reason)}`;
}
