/** What an agent may read of sessions, as resources of the protocol: what was said in one, and its files. */
import {
  ProtocolError,
  ProtocolErrorCode,
  ResourceNotFoundError,
  ResourceTemplate,
} from "@modelcontextprotocol/server";
import type { McpServer } from "@modelcontextprotocol/server";
import type { Principal } from "../../app/principal.ts";
import type { SessionId } from "../../core/ids.ts";
import { parseId } from "../../core/ids.ts";
import type { Refusal } from "../../core/refusal.ts";
import type { McpServerDeps } from "./use-cases.ts";

type ResourceDeps = Pick<McpServerDeps, "uses" | "onFault">;
type Variables = Readonly<Record<string, string | string[]>>;

const LISTED = 50;
const MAX_FILE_BYTES = 1024 * 1024;
const BROKEN = "Something broke on the server; it was written to its log";

export function addResources(server: McpServer, deps: ResourceDeps, principal: Principal): void {
  server.registerResource(
    "transcript",
    new ResourceTemplate("serai://sessions/{session_id}/transcript", { list: () => listSessions(deps, principal) }),
    { title: "Transcript of a session", mimeType: "text/markdown", description: "What was said in it, latest part" },
    (uri, variables) => guarded(deps, () => readTranscript(deps, principal, { uri, variables })),
  );
  server.registerResource(
    "file",
    new ResourceTemplate("serai://sessions/{session_id}/files/{+path}", { list: undefined }),
    { title: "File of a session", description: "One of the files that a session on the server works on" },
    (uri, variables) => guarded(deps, () => readFile(deps, principal, { uri, variables })),
  );
}

async function listSessions({ uses }: ResourceDeps, principal: Principal) {
  const listed = await uses.listSessions(principal, { limit: LISTED, order: "last_activity" });
  const sessions = listed.ok ? listed.value.sessions : [];
  return {
    resources: sessions.map(({ id, edit, facts }) => ({
      uri: `serai://sessions/${id}/transcript`,
      name: edit.title ?? facts.preview ?? id,
      mimeType: "text/markdown",
    })),
  };
}

interface Asked {
  readonly uri: URL;
  readonly variables: Variables;
}

async function readTranscript({ uses }: ResourceDeps, principal: Principal, { uri, variables }: Asked) {
  const read = await uses.readTranscript(principal, sessionIn(uri, variables));
  if (!read.ok) return refuseRead(uses, uri, read.refusal);
  return { contents: [{ uri: uri.href, mimeType: "text/markdown", text: read.value }] };
}

async function readFile({ uses }: ResourceDeps, principal: Principal, { uri, variables }: Asked) {
  const sessionId = sessionIn(uri, variables);
  const opened = await uses.readFile(principal, { sessionId, path: `/${textOf(variables["path"])}` });
  if (!opened.ok) return refuseRead(uses, uri, opened.refusal);
  const { file, content } = opened.value;
  if (file.sizeBytes > MAX_FILE_BYTES) {
    const text = `The file has ${file.sizeBytes} bytes; at most ${MAX_FILE_BYTES} are read this way`;
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, text);
  }
  const parts: Uint8Array[] = [];
  for await (const part of content) parts.push(part);
  const bytes = Buffer.concat(parts);
  const text = utf8Of(bytes);
  const what = text === null ? { blob: bytes.toString("base64") } : { mimeType: "text/plain", text };
  return { contents: [{ uri: uri.href, ...what }] };
}

function sessionIn(uri: URL, variables: Variables): SessionId {
  const id = parseId("session", textOf(variables["session_id"]));
  if (id === undefined) throw new ResourceNotFoundError(uri.href);
  return id;
}

/** As it stood in the address; what cannot be decoded names nothing. */
function textOf(variable: string | string[] | undefined): string {
  const text = Array.isArray(variable) ? variable.join("/") : (variable ?? "");
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}

function refuseRead(uses: ResourceDeps["uses"], uri: URL, refusal: Refusal): never {
  if (refusal.code === "not_found") throw new ResourceNotFoundError(uri.href, uses.sayRefusal(refusal));
  throw new ProtocolError(ProtocolErrorCode.InvalidParams, uses.sayRefusal(refusal));
}

function utf8Of(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

/** The SDK would show a fault's own words to the client. */
async function guarded<T>({ onFault }: ResourceDeps, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (fault) {
    if (fault instanceof ProtocolError) throw fault;
    onFault(fault);
    throw new ProtocolError(ProtocolErrorCode.InternalError, BROKEN);
  }
}
