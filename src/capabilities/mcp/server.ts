/**
 * One MCP server as turns see it: its tools, or none while it is down.
 *
 * Invariant: it never fails a turn. What cannot be had is told to the log, then left alone for a while. What is told of
 * a server holds none of its secrets.
 */
import type { Transport } from "@modelcontextprotocol/client";
import type { McpTarget, Probed } from "../../core/ports/mcp.ts";
import type { Tool, ToolResult } from "../../core/ports/tools.ts";
import { resultOf } from "./call-result.ts";
import { McpConnection } from "./connection.ts";
import type { ListedTool, McpLimits } from "./connection.ts";
import { refusalOf, sentenceOf } from "./failures.ts";
import { serverTools } from "./server-tools.ts";
import type { ServerTools } from "./server-tools.ts";

export interface McpServerDeps {
  readonly openTransport: (target: McpTarget) => Promise<Transport>;
  readonly version: string;
  readonly now: () => number;
  readonly limits: McpLimits & { readonly downMs: number };
  /** Contract: cheap, never throws. */
  readonly onFault: (fault: unknown) => void;
}

export class McpServer implements AsyncDisposable {
  readonly target: McpTarget;
  readonly #deps: McpServerDeps;
  readonly #connection: McpConnection;
  #downUntil = 0;

  constructor(target: McpTarget, deps: McpServerDeps) {
    const { openTransport, version, now, limits } = deps;
    this.target = target;
    this.#deps = deps;
    this.#connection = new McpConnection({ openTransport: () => openTransport(target), version, now, limits });
  }

  /** @param only by the server's own names; all if left out */
  async tools(only?: readonly string[]): Promise<readonly Tool[]> {
    const { now, limits, onFault } = this.#deps;
    const { target } = this;
    if (now() < this.#downUntil) return [];
    try {
      const { tools, leftOut } = await this.#list(only);
      if (leftOut > 0) onFault(new Error(`${leftOut} tools of the MCP server "${target.name}" are left out`));
      return tools;
    } catch (cause) {
      this.#downUntil = now() + limits.downMs;
      onFault(new Error(`The MCP server "${target.name}" gives no tools: ${sentenceOf(cause, target)}`));
      return [];
    }
  }

  /** Without asking it: none before it was first asked. */
  knownTools(): readonly Tool[] {
    const listed = this.#connection.knownTools();
    return listed === undefined ? [] : this.#toolsOf(listed).tools;
  }

  /** Asks it anew, whatever is known of it. */
  async probe(): Promise<Probed> {
    this.#connection.forgetTools();
    try {
      const { tools } = await this.#list();
      this.#downUntil = 0;
      return { ok: true, tools: tools.map(({ definition }) => definition.name) };
    } catch (cause) {
      return { ok: false, error: sentenceOf(cause, this.target) };
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#connection[Symbol.asyncDispose]();
    } catch (cause) {
      const { target } = this;
      this.#deps.onFault(new Error(`Cannot close the MCP server "${target.name}": ${sentenceOf(cause, target)}`));
    }
  }

  async #list(only?: readonly string[]): Promise<ServerTools> {
    return this.#toolsOf(await this.#connection.tools(), only);
  }

  #toolsOf(listed: readonly ListedTool[], only?: readonly string[]): ServerTools {
    const call = (name: string, args: Record<string, unknown>, signal: AbortSignal) => this.#call(name, args, signal);
    return serverTools({ server: this.target.name, listed, only, call });
  }

  async #call(name: string, args: Record<string, unknown>, signal: AbortSignal): Promise<ToolResult> {
    const { target } = this;
    try {
      return resultOf(await this.#connection.call(name, args, signal), target.secrets);
    } catch (cause) {
      if (signal.aborted) throw cause;
      return refusalOf(cause, { target, callMs: this.#deps.limits.callMs });
    }
  }
}
