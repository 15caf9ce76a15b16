/** What an MCP server answered to a call, as a tool's result: texts and pictures as they are, the rest as a line of text. */
import type { ContentPart } from "../../core/events/content.ts";
import type { ToolResult } from "../../core/ports/tools.ts";
import { redact } from "../../lib/redact.ts";
import type { CallToolResult } from "./connection.ts";

type Block = CallToolResult["content"][number];

export function resultOf(answer: CallToolResult, secrets: readonly string[]): ToolResult {
  const content = partsOf(answer).map((part) =>
    part.type === "text" ? { ...part, text: redact(part.text, secrets) } : part,
  );
  if (answer.isError !== true) return { status: "success", content };
  const said = content.find((part) => part.type === "text");
  return { status: "error", content, error: said?.type === "text" ? said.text : "The tool failed and did not say why" };
}

function partsOf({ content, structuredContent }: CallToolResult): readonly ContentPart[] {
  const parts = content.map(partOf);
  // Servers repeat it as text for those who do not read it; it is added where they did not.
  const isSaid = structuredContent === undefined || content.some(({ type }) => type === "text");
  if (!isSaid) return [...parts, textOf(JSON.stringify(structuredContent))];
  return parts.length === 0 ? [textOf("(The tool answered with nothing)")] : parts;
}

function partOf(block: Block): ContentPart {
  switch (block.type) {
    case "text":
      return textOf(block.text);
    case "image":
      return { type: "image", base64: block.data, media_type: block.mimeType };
    case "audio":
      return textOf(`[Sound, ${block.mimeType}; it cannot be played here]`);
    case "resource_link":
      return textOf(`[${block.title ?? block.name}: ${block.uri}]`);
    case "resource":
      return "text" in block.resource
        ? textOf(block.resource.text)
        : textOf(`[${block.resource.uri}: ${block.resource.mimeType ?? "bytes"}, not shown]`);
    default:
      return textOf("[A kind of content that is not known here]");
  }
}

function textOf(text: string): ContentPart {
  return { type: "text", text };
}
