/**
 * What the tools for working beside others have in common: for whom they act, what they answer, and how they read what a
 * model gives them. Each tool reads its own input and says what is wrong with it.
 */
import type { SessionId } from "../../../core/ids.ts";
import type { Refusal } from "../../../core/refusal.ts";
import type { TreeReport } from "../../../core/team/hook-event.ts";
import type { Principal } from "../../principal.ts";
import { sayRefusal } from "../../say-refusal.ts";

export interface TeamCaller {
  readonly principal: Principal;
  /** For whom it acts. Contract: made, if the caller has none yet, by the first tool that must have one. */
  readonly sessionId: () => Promise<SessionId>;
  /** Nothing: it has none yet. */
  readonly knownSessionId: SessionId | null;
  /** It may be one of several: what to ask it. */
  readonly unclear?: string;
  /** What it said of its working tree, where it said any. */
  readonly report?: TreeReport;
  /** Aborts when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

export interface TeamAnswer {
  readonly text: string;
  readonly isError?: boolean;
}

/** What a tool does. Contract: a "no" is an answer; a throw is a fault. */
export type RunTeamTool = (caller: TeamCaller, input: ToolInput) => Promise<TeamAnswer>;

export function said(text: string): TeamAnswer {
  return { text };
}

export function refusedWith(refusal: Refusal): TeamAnswer {
  return { text: sayRefusal(refusal), isError: true };
}

/** The input is not what the tool asks for, or the caller cannot be told from others; the message says what to change. */
export class BadInput extends Error {
  override readonly name = "BadInput";
}

const LONGEST_TEXT = 20_000;
const MOST_ITEMS = 200;

/** A model's arguments, read field by field. */
export class ToolInput {
  readonly #fields: Readonly<Record<string, unknown>>;

  constructor(input: unknown) {
    const isObject = typeof input === "object" && input !== null && !Array.isArray(input);
    // Any object has string keys and unknown values.
    this.#fields = isObject ? (input as Readonly<Record<string, unknown>>) : {};
  }

  text(name: string): string {
    const value = this.optionalText(name);
    if (value === undefined || value.trim() === "") throw new BadInput(`"${name}" is missing: give a text`);
    return value;
  }

  optionalText(name: string): string | undefined {
    const value = this.#fields[name];
    if (value === undefined || value === null) return undefined;
    if (typeof value !== "string") throw new BadInput(`"${name}" must be a text`);
    if (value.length > LONGEST_TEXT) throw new BadInput(`"${name}" has more than ${LONGEST_TEXT} characters`);
    return value;
  }

  /** One text counts as a list of one: models write it that way. */
  texts(name: string): readonly string[] {
    const value = this.#fields[name];
    if (value === undefined || value === null) return [];
    const list: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (list.length > MOST_ITEMS) throw new BadInput(`"${name}" has more than ${MOST_ITEMS} entries`);
    return list.map((each) => {
      if (typeof each !== "string") throw new BadInput(`"${name}" must be a list of texts`);
      return each;
    });
  }

  /** At least one. */
  someTexts(name: string): readonly string[] {
    const list = this.texts(name);
    if (list.length === 0) throw new BadInput(`"${name}" is missing: give at least one text`);
    return list;
  }

  integer(
    name: string,
    { least, most, absent }: { readonly least: number; readonly most: number; readonly absent: number },
  ): number {
    const value = this.#fields[name] ?? absent;
    if (typeof value !== "number" || !Number.isFinite(value)) throw new BadInput(`"${name}" must be a number`);
    return Math.min(most, Math.max(least, Math.round(value)));
  }

  flag(name: string): boolean {
    const value = this.#fields[name] ?? false;
    if (typeof value !== "boolean") throw new BadInput(`"${name}" must be true or false`);
    return value;
  }

  oneOf<Word extends string>(name: string, words: readonly Word[]): Word | undefined {
    const value = this.optionalText(name);
    if (value === undefined) return undefined;
    const word = words.find((each) => each === value);
    if (word === undefined) throw new BadInput(`"${name}" must be one of ${words.join(", ")}`);
    return word;
  }
}
