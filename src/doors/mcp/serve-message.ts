/**
 * One message of the protocol, answered by the SDK. Whoever imports this has loaded the SDK, twelve megabytes of it, so the
 * door does so when the first message comes.
 */
import { createMcpHandler } from "@modelcontextprotocol/server";
import type { Principal } from "../../app/principal.ts";
import type { RouteRequest } from "../../http/route.ts";
import { readTreeHeaders, textHeader } from "../../http/tree-headers.ts";
import { makeMcpServers } from "./server.ts";
import type { McpServerDeps } from "./use-cases.ts";

export type McpRequest = Pick<RouteRequest, "principal" | "header" | "origin" | "signal" | "body">;

export type ServeMessage = (request: McpRequest) => Promise<Response>;

/** Headers of the protocol that stand beside the body. */
const FORWARDED = ["mcp-protocol-version", "mcp-method", "mcp-name"] as const;

export function makeServeMessage(deps: McpServerDeps): ServeMessage {
  const makeServer = makeMcpServers(deps);
  return (request) => {
    const { principal, signal, header } = request;
    const find = (said: string | undefined) => deps.uses.findCaller(principal, hintsOf(request, said));
    const handler = createMcpHandler(() => makeServer({ principal, find }), {
      // Nothing here changes while a client looks, so there is nothing to subscribe to.
      maxSubscriptions: 0,
      onerror: () => undefined,
    });
    const headers = new Headers({ "content-type": "application/json", accept: "application/json, text/event-stream" });
    for (const name of FORWARDED) {
      const value = header(name);
      if (value !== undefined) headers.set(name, value);
    }
    const asked = new Request(`${request.origin}/mcp`, { method: "POST", headers, signal });
    return handler.fetch(asked, { parsedBody: request.body });
  };
}

function hintsOf({ principal, header, signal }: McpRequest, said: string | undefined) {
  const sessionId = said ?? textHeader(header, "x-serai-session");
  const clientName = textHeader(header, "x-serai-client");
  return {
    report: readTreeHeaders(header),
    conversationId: textHeader(header, "x-serai-conversation") ?? ownNameOf(principal),
    signal,
    ...(sessionId === undefined ? {} : { sessionId }),
    ...(clientName === undefined ? {} : { clientName }),
  };
}

/** Clients that say nothing of themselves are one for each key. */
function ownNameOf({ keyId, userId }: Principal): string {
  return keyId ?? userId;
}
