/** Tools that a client brings, as agents and sessions are given them on the native wire. */
import { z } from "zod";
import { clientTool, toolPolicies, toolPolicy } from "../../../core/records/client-tool.ts";
import type { ClientTool } from "../../../core/records/client-tool.ts";

const MAX_ENTRIES = 250;

const otherTool = z
  .looseObject({ type: z.string().refine((type) => type !== "client_side", { abort: true }) })
  .meta({ id: "OtherTool", description: "A tool of another type is left out, and the answer has a `Warning`" });

/** The first thing that is wrong with it as a client's tool, which is what it was meant as. */
function whatIsWrong({ errors }: { readonly errors?: readonly (readonly z.core.$ZodIssue[])[] }): string {
  const [issue] = errors?.[0] ?? [];
  return issue === undefined ? "is no tool" : [...issue.path.map(String), issue.message].join(": ");
}

const toolEntry = z.union([clientTool, otherTool], {
  // An issue of a union has what each of its members said.
  error: (issue) => whatIsWrong(issue as { errors?: z.core.$ZodIssue[][] }),
});

export const toolEntries = z.array(toolEntry).max(MAX_ENTRIES);

export type ToolEntries = z.output<typeof toolEntries>;

export const toolFields = {
  tools: z.array(clientTool),
  tool_policies: toolPolicies.meta({
    description: "By name of a tool, or a glob such as `mcp_github__*`; the session's override the agent's",
  }),
} as const;

/** A part of them: null takes one away. */
export const editToolPolicies = z.record(z.string().min(1).max(200), toolPolicy.nullable());

function isClientTool(entry: ToolEntries[number]): entry is ClientTool {
  return entry.type === "client_side";
}

export function clientToolsOf(entries: ToolEntries): readonly ClientTool[] {
  return entries.filter(isClientTool);
}

export const warningHeader = { Warning: "Names the tools that were left out, if any were" } as const;

/** Says which tools were left out; no header where none was. */
export function warningOf(entries: ToolEntries | undefined): Readonly<Record<string, string>> {
  const dropped = (entries ?? []).flatMap((entry, index) => (isClientTool(entry) ? [] : [`tools/${index}`]));
  if (dropped.length === 0) return {};
  return {
    Warning: `299 serai "Left out, because only tools of the type client_side can be given: ${dropped.join(", ")}"`,
  };
}
