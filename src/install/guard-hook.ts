/**
 * The guard's line in a `pre-commit` hook, and where it goes in one that is there already.
 *
 * Invariant: the hook that was there runs as before, after the guard, under its own name and with its own arguments: husky
 * and others look at what they are called.
 */
import { draftOf, edit } from "./text-edits.ts";
import type { Draft } from "./text-edits.ts";

export interface GuardSite {
  /** Null where others get the hook with the repository. */
  readonly folder: string | null;
  readonly server: string;
  readonly mode: "warn" | "block";
  readonly isStrict: boolean;
}

const MARK = "# serai guard";

export function guardLine({ folder, server, mode, isStrict }: GuardSite): string {
  const place = folder === null ? "${XDG_CONFIG_HOME:-$HOME/.config}/serai/hooks" : "$0";
  const first = folder === null ? "serai" : `'${folder.replaceAll("'", String.raw`'\''`)}'`;
  const words = [server, mode, ...(isStrict ? ["strict"] : [])].join(" ");
  return `sh -c 'd=${place}; [ ! -r "$d/guard.sh" ] || . "$d/guard.sh"' ${first} ${words} || exit $? ${MARK}`;
}

/** A hook of the shell takes the line; anything else has to be moved aside and called. */
export function isShellHook(text: string): boolean {
  const first = text.split("\n", 1)[0] ?? "";
  return !text.includes("\0") && (!first.startsWith("#!") || /\b(?:sh|bash|dash|zsh|ksh|ash)\b/.test(first));
}

export function withGuard(text: string, line: string): Draft {
  if (text === "") return edit(draftOf(""), { offset: 0, length: 0, content: `#!/bin/sh\n${line}\n` });
  const isMarked = text.startsWith("#!");
  const end = text.indexOf("\n");
  const offset = isMarked ? (end < 0 ? text.length : end + 1) : 0;
  const gap = isMarked && end < 0 ? "\n" : "";
  return edit(draftOf(text), { offset, length: 0, content: `${gap}${line}\n` });
}

/** Runs what was there before, which is no shell script, by the name it was moved to. */
export function chainText(line: string, movedName: string, isRun: boolean): string {
  const call = isRun ? `exec "$(dirname "$0")/${movedName}" "$@"\n` : "";
  return `#!/bin/sh\n${line}\n${call}`;
}

export function withoutGuard(text: string): string {
  return text
    .split(/(?<=\n)/)
    .filter((line) => !line.trimEnd().endsWith(MARK))
    .join("");
}

export function hasGuard(text: string): boolean {
  return text.includes(MARK);
}

export function modeOf(text: string): "warn" | "block" | null {
  const found = /guard\.sh"' .* (warn|block)(?: strict)? \|\| exit \$\? # serai guard/.exec(text)?.[1];
  return found === "warn" || found === "block" ? found : null;
}
