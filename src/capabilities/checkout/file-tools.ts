/**
 * The file tools of a session, over its checkout: the same names and arguments, so that a model that knows the ones knows
 * the others. A change reserves its path first and tells who is in the way.
 */
import { FileMissing } from "../../core/ports/tools.ts";
import type { Tool, ToolContext, ToolResult } from "../../core/ports/tools.ts";
import type { Grep } from "../../lib/grep/grep.ts";
import { deleteFile } from "../session-file-system/delete-file.ts";
import { makeEditFile } from "../session-file-system/edit-file.ts";
import { glob } from "../session-file-system/glob.ts";
import { makeGrepFiles } from "../session-file-system/grep-files.ts";
import { listDirectory } from "../session-file-system/list-directory.ts";
import { readFile } from "../session-file-system/read-file.ts";
import { statFile } from "../session-file-system/stat-file.ts";
import { makeWriteFile } from "../session-file-system/write-file.ts";
import { fail, say } from "../tool-results.ts";
import { changingHints, NO_CHECKOUT, readingHints } from "./hints.ts";
import { makeStayingGrep } from "./staying-grep.ts";

const IGNORED = "Files that git ignores are left out.";

export function fileTools(grep: Grep, maxFileBytes: number | undefined): readonly Tool[] {
  return [
    reading(readFile),
    changing(makeWriteFile(maxFileBytes)),
    changing(makeEditFile(maxFileBytes)),
    reading(listDirectory),
    reading(makeGrepFiles(makeStayingGrep(grep)), IGNORED),
    reading(glob, IGNORED),
    changing(deleteFile, { isRemoval: true }),
    reading(statFile),
  ];
}

function reading(tool: Tool, more?: string): Tool {
  const { definition } = tool;
  const description = more === undefined ? definition.description : `${definition.description} ${more}`;
  return {
    definition: { ...definition, description, hints: readingHints },
    async run(input, context) {
      const { checkout } = context.ports;
      if (checkout === undefined) return fail(NO_CHECKOUT);
      return unlessMissing(() => tool.run(input, over(context, checkout.files.reading)));
    },
  };
}

function over(context: ToolContext, files: ToolContext["ports"]["files"]): ToolContext {
  return { ...context, ports: { ...context.ports, files } };
}

/** A file may go, or a link come, between two looks at it. */
async function unlessMissing(run: () => Promise<ToolResult>): Promise<ToolResult> {
  try {
    return await run();
  } catch (cause) {
    if (cause instanceof FileMissing) return fail(cause.message);
    throw cause;
  }
}

function changing(tool: Tool, { isRemoval = false }: { readonly isRemoval?: boolean } = {}): Tool {
  return {
    definition: { ...tool.definition, hints: changingHints },
    async run(input, context) {
      const { checkout } = context.ports;
      if (checkout === undefined) return fail(NO_CHECKOUT);
      const path = pathOf(input);
      // The tool says what is wrong with its arguments.
      if (path === undefined) return tool.run(input, over(context, checkout.files.reading));
      const change = { callId: context.callId, path, isRemoval, signal: context.signal };
      const changed = await checkout.files.change(change, (files) =>
        unlessMissing(() => tool.run(input, over(context, files))),
      );
      switch (changed.kind) {
        case "refused":
          return fail(`Nothing was changed: ${changed.reason}`);
        case "done_before":
          return say(`Done: ${changed.path} was changed by this very call before the server was stopped`);
        case "ran":
          return warned(changed.result, changed.warning);
      }
    },
  };
}

function pathOf(input: unknown): string | undefined {
  const path = typeof input === "object" && input !== null && "path" in input ? input.path : undefined;
  return typeof path === "string" ? path : undefined;
}

function warned(result: ToolResult, warning: string | null): ToolResult {
  if (warning === null || result.status !== "success") return result;
  return { ...result, content: [...result.content, { type: "text", text: warning }] };
}
