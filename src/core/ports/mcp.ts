/** MCP servers of a workspace, as those who reach them see them: where each is, with its secrets opened. */
import type { WorkspaceId } from "../ids.ts";

export type McpTransport =
  | {
      readonly kind: "http";
      readonly url: string;
      /** The API key is among them, as a bearer token. */
      readonly headers: Readonly<Record<string, string>>;
      /** An owner pointed it there, so it may lead to a private address. */
      readonly isPrivateAllowed: boolean;
    }
  | {
      readonly kind: "stdio";
      readonly command: string;
      readonly args: readonly string[];
      readonly env: Readonly<Record<string, string>>;
    };

export interface McpLine {
  readonly id: string;
  /** Grows with every change; a connection made for another version is not used. */
  readonly version: number;
  readonly name: string;
  readonly description: string;
}

export interface McpTarget extends McpLine {
  readonly transport: McpTransport;
  /** What must appear in no log line, event or answer. */
  readonly secrets: readonly string[];
}

export type FoundMcpServer =
  | { readonly kind: "found"; readonly target: McpTarget }
  | { readonly kind: "absent" }
  /** Its secrets were sealed under another key. */
  | { readonly kind: "needs_key" };

/** Contract: `named` is a server's name or id. */
export type FindMcpServer = (workspaceId: WorkspaceId, named: string) => Promise<FoundMcpServer>;

export type ListMcpServers = (workspaceId: WorkspaceId) => Promise<readonly McpLine[]>;

/** What came of asking a server for its tools, which are named as a model calls them. */
export type Probed =
  | { readonly ok: true; readonly tools: readonly string[] }
  | { readonly ok: false; readonly error: string };

/** Contract: never rejects; takes at most some seconds. */
export type ProbeMcp = (target: McpTarget) => Promise<Probed>;
