/**
 * The branch of a session that wished for none, from its title or its first words. The end of its id makes it the only
 * one of its name, whatever others are called. Pure.
 */
import type { SessionId } from "../ids.ts";

const MOST_WORDS = 6;
const MOST_CHARACTERS = 40;
const TAIL = 6;

export function branchNameOf(sessionId: SessionId, words: string | null): string {
  const plain = (words ?? "")
    .normalize("NFKD")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "")
    .slice(0, MOST_WORDS)
    .join("-");
  const named = plain.slice(0, MOST_CHARACTERS).replace(/-+$/, "");
  return `serai/${named === "" ? "session" : named}-${sessionId.slice(-TAIL)}`;
}

// What no part of a reference may have: control characters, space, ~ ^ : ? * [ \, two dots, @{, a dot at either end …
const FORBIDDEN = /[\p{Cc}\p{Cs} ~^:?*[\\]|\.\.|@\{|\/\/|^[/-]|[/.]$|(?:^|\/)\.|\.lock(?:\/|$)/u;

/** The rules of git for a branch's name; whether there is one of the name is git's to know. */
export function isBranchName(name: string): boolean {
  return name !== "" && name !== "@" && name !== "HEAD" && name.length <= 255 && !FORBIDDEN.test(name);
}
