/**
 * What the hook client said of the working tree, in headers beside the IDE's own body (D4). All of it is optional, and
 * what cannot be read is as good as unsaid.
 */
import type { HookEvent, TreeReport } from "../../core/team/hook-event.ts";
import { decodeHeader } from "./dialects/detect.ts";
import type { HeaderOf } from "./dialects/dialect.ts";
import { cleanText, isPath, present } from "./dialects/fields.ts";

export function readTreeReport(header: HeaderOf): TreeReport {
  const ignoresCase = header("x-serai-ignore-case");
  return present({
    root: pathIn(header, "x-serai-root"),
    commonDir: pathIn(header, "x-serai-common-dir"),
    origin: textIn(header, "x-serai-origin"),
    branch: textIn(header, "x-serai-branch"),
    head: textIn(header, "x-serai-head"),
    ignoresCase: ignoresCase === undefined ? undefined : /^(?:1|true)$/i.test(ignoresCase.trim()),
    host: textIn(header, "x-serai-host"),
  });
}

/** The payload's own directory counts before the one the client ran in. */
export function withCwd(event: HookEvent, header: HeaderOf): HookEvent {
  const cwd = event.cwd ?? pathIn(header, "x-serai-cwd");
  return cwd === undefined ? event : { ...event, cwd };
}

function textIn(header: HeaderOf, name: string): string | undefined {
  const text = header(name)?.trim();
  return text === undefined || text === "" ? undefined : cleanText(decodeHeader(text)).slice(0, 4_096);
}

function pathIn(header: HeaderOf, name: string): string | undefined {
  const text = textIn(header, name);
  return isPath(text) ? text : undefined;
}
