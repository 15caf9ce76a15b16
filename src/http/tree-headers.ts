/**
 * What a client of ours said of the working tree that it runs in, in headers beside somebody else's body (D4). All of it
 * is optional, and what cannot be read is as good as unsaid.
 */
import type { TreeReport } from "../core/team/hook-event.ts";
import { given } from "../lib/given.ts";
import { toWellFormedText } from "../lib/well-formed.ts";

export type HeaderOf = (name: string) => string | undefined;

const LONGEST = 4_096;

export function readTreeHeaders(header: HeaderOf): TreeReport {
  const ignoresCase = header("x-serai-ignore-case");
  return given({
    root: pathHeader(header, "x-serai-root"),
    commonDir: pathHeader(header, "x-serai-common-dir"),
    origin: textHeader(header, "x-serai-origin"),
    branch: textHeader(header, "x-serai-branch"),
    head: textHeader(header, "x-serai-head"),
    ignoresCase: ignoresCase === undefined ? undefined : /^(?:1|true)$/i.test(ignoresCase.trim()),
    host: textHeader(header, "x-serai-host"),
  });
}

export function textHeader(header: HeaderOf, name: string): string | undefined {
  const text = header(name)?.trim();
  if (text === undefined || text === "") return undefined;
  return toWellFormedText(decodeHeader(text)).replaceAll("\0", "\uFFFD").slice(0, LONGEST);
}

export function pathHeader(header: HeaderOf, name: string): string | undefined {
  const text = textHeader(header, name);
  return text === undefined || text.includes("\uFFFD") ? undefined : text;
}

/** Percent-encoded where not ASCII; what cannot be decoded stands as it is. */
export function decodeHeader(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}
