/**
 * One tool call of an agent as it is told bit by bit: announced, refined, perhaps asked about, ended. Knows how it is
 * shown in the log; commits nothing.
 */
import { isAbsolute, relative } from "node:path";
import type { ContentPart, ToolCall } from "../../core/events/content.ts";
import type { Fact } from "../../core/events/envelope.ts";
import { fitJsonBytes, jsonBytes } from "../../lib/json-size.ts";
import type { JsonValue } from "../../lib/json.ts";
import { toWellFormedJson } from "../../lib/well-formed.ts";
import { diffText } from "./diff-text.ts";
import { listOf, objectOf, textOf } from "./json-read.ts";
import type { JsonObject } from "./json-read.ts";

const MAX_ARGUMENTS_BYTES = 8 * 1024;
const MAX_RESULT_BYTES = 40 * 1024;
const MAX_TITLE = 300;
const MAX_NAME = 100;
const CUT_NOTE = "\n[The rest was cut off.]";

export type CallStatus = "pending" | "in_progress" | "completed" | "failed";

export class AgentCall {
  /** As the log has it; the agent's own unless that was used before. */
  readonly id: string;
  readonly #folder: string;
  readonly #startedAt: number;
  #told: JsonObject;
  /** Its content as shown so far, for what is new in it. */
  #shown = "";
  /** The log knows of it. */
  isAnnounced = false;
  isStarted = false;
  /** Committed: only then is it known whether somebody else has closed it. */
  isCommitted = false;

  constructor(id: string, told: JsonObject, { folder, nowMs }: { readonly folder: string; readonly nowMs: number }) {
    this.id = id;
    this.#told = told;
    this.#folder = folder;
    this.#startedAt = nowMs;
  }

  /** Members that are there take the place of what was known; a missing one changes nothing. */
  tell(update: JsonObject): void {
    const said = Object.entries(update).filter(([, value]) => value !== undefined && value !== null);
    this.#told = { ...this.#told, ...Object.fromEntries(said) };
  }

  get status(): CallStatus {
    const status = textOf(this.#told["status"]);
    return status === "in_progress" || status === "completed" || status === "failed" ? status : "pending";
  }

  /** Some are named while their arguments are still being written; until then there is nothing to say of them. */
  get isKnown(): boolean {
    return this.status !== "pending" || Object.keys(objectOf(this.#told["rawInput"])).length > 0;
  }

  /** The tool's own where it is told, else what kind of thing it does. */
  get name(): string {
    const own = textOf(this.#told["name"]) ?? textOf(objectOf(objectOf(this.#told["_meta"])["claudeCode"])["toolName"]);
    const name = own ?? textOf(this.#told["kind"]) ?? "other";
    return name === "" ? "other" : name.slice(0, MAX_NAME).toWellFormed();
  }

  get title(): string {
    return (textOf(this.#told["title"]) ?? this.name).slice(0, MAX_TITLE).toWellFormed();
  }

  /** As events show it: what is long is named by its length. */
  shown(): ToolCall {
    const args = this.#arguments();
    const bytes = Buffer.byteLength(JSON.stringify(args));
    return { id: this.id, name: this.name, arguments: bytes > MAX_ARGUMENTS_BYTES ? { $omitted_bytes: bytes } : args };
  }

  /** As a person is asked about it, who has to see what would be changed. */
  asked(): ToolCall {
    const diffs = listOf(this.#told["content"])
      .map(objectOf)
      .filter(({ type }) => type === "diff");
    const shown = this.shown();
    if (diffs.length === 0) return shown;
    const diff = cutText(diffs.map((each) => this.#textOfContent(each)).join("\n\n"));
    return { ...shown, arguments: { ...objectOf(shown.arguments), diff } };
  }

  #arguments(): JsonValue {
    const raw = this.#told["rawInput"];
    const input = objectOf(raw);
    const places = listOf(this.#told["locations"]).map((each) => this.#place(objectOf(each)));
    const located = places.length === 0 || "locations" in input ? {} : { locations: places };
    const named =
      Object.keys(input).length > 0 ? input : { title: this.title, ...(typeof raw === "string" ? { input: raw } : {}) };
    // Parsed from JSON by the wire.
    return toWellFormedJson({ ...named, ...located } as unknown as JsonValue);
  }

  #place({ path, line }: JsonObject): Readonly<Record<string, unknown>> {
    return { path: this.#inFolder(textOf(path) ?? ""), ...(typeof line === "number" ? { line } : {}) };
  }

  #inFolder(path: string): string {
    const inside = isAbsolute(path) ? relative(this.#folder, path) : path;
    return inside.startsWith("..") ? path : inside;
  }

  started(): Fact {
    this.isStarted = true;
    return { type: "tool.started", data: { tool_call: this.shown(), display_name: this.title } };
  }

  completed(nowMs: number): Fact {
    const text = this.#text();
    const success = this.status === "completed";
    const result: ContentPart[] = text === "" ? [] : [{ type: "text", text: cutText(text) }];
    return {
      type: "tool.completed",
      data: {
        tool_call_id: this.id,
        tool_name: this.name,
        success,
        status: success ? "success" : "error",
        ...(result.length === 0 ? {} : { result }),
        ...(success ? {} : { error: text === "" ? "The tool failed" : cutText(text).slice(0, 2_000).toWellFormed() }),
        duration_ms: Math.max(0, Math.round(nowMs - this.#startedAt)),
      },
    };
  }

  /** What it has said since the last time, while it runs. */
  newOutput(): string {
    const text = this.#text();
    const added = text.startsWith(this.#shown) ? text.slice(this.#shown.length) : "";
    this.#shown = text;
    return added;
  }

  #text(): string {
    const parts = listOf(this.#told["content"]).map((each) => this.#textOfContent(objectOf(each)));
    const said = parts.filter((part) => part !== "").join("\n\n");
    return said === "" ? outputText(this.#told["rawOutput"]) : said;
  }

  #textOfContent(content: JsonObject): string {
    if (content["type"] === "diff") {
      const path = this.#inFolder(textOf(content["path"]) ?? "");
      return diffText({ path, before: textOf(content["oldText"]) ?? null, after: textOf(content["newText"]) ?? "" });
    }
    if (content["type"] !== "content") return "";
    const block = objectOf(content["content"]);
    return textOf(block["text"]) ?? (textOf(block["type"]) === undefined ? "" : `[${textOf(block["type"])}]`);
  }
}

/** Agents without content have what came out as text, or in a member that says so. */
function outputText(raw: unknown): string {
  if (typeof raw === "string") return raw.toWellFormed();
  const output = objectOf(raw);
  for (const key of ["formatted_output", "aggregated_output", "output", "stdout", "error"]) {
    const text = textOf(output[key]);
    if (text !== undefined && text !== "") return text;
  }
  return "";
}

function cutText(text: string): string {
  if (jsonBytes(text) <= MAX_RESULT_BYTES) return text;
  return fitJsonBytes(text, MAX_RESULT_BYTES - CUT_NOTE.length - 10) + CUT_NOTE;
}
