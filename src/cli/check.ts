/** What a look at something found: whether it is right, and the way out when it is not. */
import { SeraiError } from "../client/errors.ts";
import { EXIT_FAILED, EXIT_OK } from "./faults.ts";
import type { Invocation } from "./invocation.ts";
import { plainLine } from "./screen.ts";
import type { Screen } from "./screen.ts";
import { padText } from "./text-width.ts";

export interface Check {
  readonly name: string;
  readonly status: "ok" | "warning" | "failure";
  readonly detail: string;
  /** The way out; empty when nothing is wrong. */
  readonly fix: string;
}

/** The exit code says whether something has to be done. */
export function showChecks({ show }: Pick<Invocation, "show">, checks: readonly Check[]): number {
  show({ checks }, (screen) => checks.map((check) => lineOf(check, screen)).join(""));
  return checks.some(({ status }) => status === "failure") ? EXIT_FAILED : EXIT_OK;
}

/** Whatever goes wrong is the finding. */
export async function tried(name: string, fix: string, work: () => Promise<Check>): Promise<Check> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return failure(name, error instanceof SeraiError ? `${error.message} (${error.status})` : error.message, fix);
  }
}

export function ok(name: string, detail: string): Check {
  return { name, status: "ok", detail, fix: "" };
}

export function warning(name: string, detail: string, fix: string): Check {
  return { name, status: "warning", detail, fix };
}

export function failure(name: string, detail: string, fix: string): Check {
  return { name, status: "failure", detail, fix };
}

const MARKS = { ok: ["green", "ok"], warning: ["yellow", "! "], failure: ["red", "✗ "] } as const;
const NAME_WIDTH = 11;

function lineOf({ name, status, detail, fix }: Check, { paintOut }: Screen): string {
  const [style, mark] = MARKS[status];
  const line = `${paintOut(style, mark)}  ${padText(name, NAME_WIDTH)}  ${plainLine(detail)}\n`;
  return fix === "" ? line : `${line}    ${padText("", NAME_WIDTH)}  ${paintOut("dim", `→ ${fix}`)}\n`;
}
