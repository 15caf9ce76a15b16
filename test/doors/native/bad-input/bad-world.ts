/**
 * A whole server with one thing of each kind that a path can name, and a look at everything it has stored: what was refused
 * must have left no trace in it.
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openWholeServer } from "../../../main/whole-server.ts";
import type { Caller, WholeServer } from "../../../main/whole-server.ts";
import { absentId, isId, routesOf } from "./routes.ts";
import type { Document, NativeRoute } from "./routes.ts";

export interface BadWorld extends AsyncDisposable {
  readonly whole: WholeServer;
  readonly document: Document;
  readonly routes: readonly NativeRoute[];
  /** Values of parameters in paths; an id that is not here is a well-formed one of nobody. */
  readonly things: Readonly<Record<string, string>>;
  /** All rows of all tables and the names of all contents, as text. */
  stored(): Promise<string>;
}

export async function openBadWorld(): Promise<BadWorld> {
  const whole = await openWholeServer();
  const document = (await (await whole.as.none.fetch("/openapi.json")).json()) as Document;
  return {
    whole,
    document,
    routes: routesOf(document),
    things: await makeThings(whole),
    stored: () => readStored(whole.folder),
    [Symbol.asyncDispose]: () => whole[Symbol.asyncDispose](),
  };
}

async function makeThings(whole: WholeServer): Promise<Readonly<Record<string, string>>> {
  const { owner } = whole.as;
  const make = async (path: string, body: object) => {
    const made = await owner.post<{ id: string }>(path, body);
    if (made.status !== 201) throw new Error(`No thing at ${path}: ${JSON.stringify(made.body)}`);
    return made.body.id;
  };
  const agent = await make("/agents", { name: "an agent", system_prompt: "" });
  const provider = await make("/providers", { name: "a provider", provider_type: "openai", api_key: "sk-1" });
  const session = await make("/sessions", {
    agent_id: agent,
    initial_files: [{ path: "/notes.txt", content: "hello\n" }],
  });
  const workspaces = await owner.get<{ data: readonly { id: string }[] }>("/workspaces");
  const workspace = workspaces.body.data[0]?.id ?? "";
  return {
    agent_id: agent,
    provider_id: provider,
    session_id: session,
    harness_id: await make("/harnesses", { name: "a harness" }),
    model_id: await make(`/providers/${provider}/models`, { model_id: "m" }),
    skill_id: await make("/skills", { skill_md: "---\nname: a-skill\ndescription: For a test.\n---\nNothing.\n" }),
    mcp_server_id: await make("/mcp-servers", { name: "a server", url: "https://mcp.example.com" }),
    key_id: await make("/keys", { name: "a key" }),
    workspace_id: workspace,
    org_id: workspace.replace(/^wsp_/, "org_"),
    path: "notes.txt",
    name: "TOKEN",
    capability_id: "session",
  };
}

/** A route's path with its parameters in place; `wrong` takes the place of one of them. */
export function pathOf(
  { path, parameters }: NativeRoute,
  things: BadWorld["things"],
  wrong: Readonly<Record<string, string>> = {},
): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const parameter = parameters.find((each) => each.in === "path" && each.name === name);
    const absent = parameter !== undefined && isId(parameter) ? absentId(parameter.schema) : "x";
    return wrong[name] ?? things[name] ?? absent;
  });
}

const MAX_ANSWER_MS = 10_000;

/** A stream where it is more than anybody should copy for each question. */
export type BadBytes = string | Uint8Array<ArrayBuffer> | (() => ReadableStream<Uint8Array>);

const MEGABYTE = new TextEncoder().encode("x".repeat(1_000_000));

/** The beginning of JSON and 40 MB of it, which is more than any route takes. */
export function tooMuch(): ReadableStream<Uint8Array> {
  return ReadableStream.from([new TextEncoder().encode('{"a":"'), ...Array<Uint8Array>(40).fill(MEGABYTE)]);
}

export interface Refusal {
  readonly status: number;
  readonly text: string;
  readonly problem: {
    readonly code?: string;
    readonly in?: string;
    readonly path?: string;
    readonly detail?: string;
    readonly errors?: readonly { readonly path: string; readonly message: string }[];
  };
}

/** Sends it as it stands; an answer that takes too long, or does not fit the document, throws. */
export async function ask(
  world: BadWorld,
  request: { readonly as?: Caller; readonly method: string; readonly path: string },
  body?: { readonly bytes: BadBytes; readonly contentType?: string },
): Promise<Refusal> {
  const { as = "owner", method, path } = request;
  const contentType = body?.contentType ?? "application/json";
  const headers = body === undefined || contentType === "" ? {} : { "content-type": contentType };
  const init = { method, headers, signal: AbortSignal.timeout(MAX_ANSWER_MS) };
  const response = await world.whole.as[as].fetch(
    `/api/v1${path}`,
    body === undefined ? init : { ...init, ...sent(body.bytes) },
  );
  if (response.headers.get("content-type")?.startsWith("text/event-stream") === true) {
    await response.body?.cancel();
    return { status: response.status, text: "", problem: {} };
  }
  const text = await response.text();
  const isProblem = response.headers.get("content-type")?.startsWith("application/problem+json") === true;
  return { status: response.status, text, problem: isProblem ? (JSON.parse(text) as Refusal["problem"]) : {} };
}

function sent(bytes: BadBytes): Pick<RequestInit, "body" | "duplex"> {
  return typeof bytes === "function" ? { body: bytes(), duplex: "half" } : { body: bytes };
}

/** Tables that change by themselves: when a key was last used, until when a node lives, how a search is laid out. */
const RESTLESS = new Set(["api_key", "node", "migration"]);

async function readStored(folder: string): Promise<string> {
  const database = new DatabaseSync(join(folder, "serai.db"), { readOnly: true });
  try {
    const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").all();
    const names = tables
      .map(({ name }) => String(name))
      .filter((name) => !RESTLESS.has(name) && !name.includes("search"));
    const rows = names.map((name) => `${name} ${JSON.stringify(database.prepare(`SELECT * FROM "${name}"`).all())}`);
    const contents = await readdir(join(folder, "blobs"), { recursive: true });
    return [...rows, ...contents.toSorted()].join("\n");
  } finally {
    database.close();
  }
}
