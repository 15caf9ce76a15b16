/**
 * The growing texts of this node: one per message or tool output that is being written (E4, B1). A viewer is an offset
 * into a text and a flush is a slice, so joining late, coalescing, slowness and loss are all the same slice.
 *
 * A text lives from its first hint until the event that carries the whole is committed; nothing here is ever a fact.
 */
import type { SessionId } from "../core/ids.ts";
import type { Hint } from "../core/ports/harness.ts";

export interface LiveText {
  /** The message's id, or the tool call's. */
  readonly key: string;
  readonly kind: "text" | "thinking" | "tool";
  readonly turnId: string;
  /** Of the tool that prints. */
  readonly toolName: string | null;
  readonly stream: "stdout" | "stderr" | null;
  readonly epoch: number;
  /** A viewer whose cursor is not past this has not seen the event that began the message. */
  readonly afterSeq: number;
  /** Raised when the text begins anew (a retried model call); offsets into older text are void. */
  readonly generation: number;
  readonly text: string;
}

export interface LiveTexts {
  append(
    at: { readonly sessionId: SessionId; readonly turnId: string; readonly epoch: number; readonly afterSeq: number },
    hint: Hint,
  ): void;
  of(sessionId: SessionId): readonly LiveText[];
  /** Ends the texts of one message or call, or all of a turn. */
  drop(sessionId: SessionId, which: { readonly key: string } | { readonly turnId: string }): void;
}

const NONE: readonly LiveText[] = [];

export function makeLiveTexts(onGrown: (sessionId: SessionId) => void): LiveTexts {
  const bySession = new Map<SessionId, Map<string, LiveText>>();

  const drop: LiveTexts["drop"] = (sessionId, which) => {
    const texts = bySession.get(sessionId);
    if (texts === undefined) return;
    for (const [name, text] of texts) {
      if ("key" in which ? text.key === which.key : text.turnId === which.turnId) texts.delete(name);
    }
    if (texts.size === 0) bySession.delete(sessionId);
  };

  return {
    append(at, hint) {
      const texts = bySession.get(at.sessionId) ?? new Map<string, LiveText>();
      bySession.set(at.sessionId, texts);
      if (hint.kind === "restart") restart(texts, hint.messageId);
      else grow(texts, at, hint);
      onGrown(at.sessionId);
    },
    of: (sessionId) => {
      const texts = bySession.get(sessionId);
      return texts === undefined ? NONE : [...texts.values()];
    },
    drop,
  };
}

function restart(texts: Map<string, LiveText>, messageId: string): void {
  for (const [name, text] of texts) {
    if (text.key === messageId) texts.set(name, { ...text, text: "", generation: text.generation + 1 });
  }
}

type Growing = Exclude<Hint, { kind: "restart" }>;

function grow(
  texts: Map<string, LiveText>,
  at: { readonly turnId: string; readonly epoch: number; readonly afterSeq: number },
  hint: Growing,
): void {
  const key = hint.kind === "tool" ? hint.callId : hint.messageId;
  const stream = hint.kind === "tool" ? hint.stream : null;
  const name = `${hint.kind}:${stream ?? ""}:${key}`;
  const before = texts.get(name);
  if (before !== undefined) {
    texts.set(name, { ...before, text: before.text + hint.delta });
    return;
  }
  const toolName = hint.kind === "tool" ? hint.toolName : null;
  const { turnId, epoch, afterSeq } = at;
  texts.set(name, { key, kind: hint.kind, turnId, toolName, stream, epoch, afterSeq, generation: 0, text: hint.delta });
}
