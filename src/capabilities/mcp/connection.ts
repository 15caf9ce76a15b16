/**
 * One MCP server, reached when it is first needed and let go when it is idle.
 *
 *   closed ──tools, call──▶ opening ──▶ open ──idle, end of the other side, close──▶ closed
 *
 * Invariant: nothing here waits longer than its deadline, and whoever is aborted stops waiting at once and tells the
 * server so. What a server says of itself is never trusted to be small, true or on time.
 */
import { Client, SdkHttpError } from "@modelcontextprotocol/client";
import type { CallToolResult, JsonSchemaValidator, Tool as ListedTool, Transport } from "@modelcontextprotocol/client";

export type { CallToolResult, ListedTool };

export interface McpLimits {
  readonly connectMs: number;
  readonly callMs: number;
  /** How long a list of tools is good for, if the server does not say earlier that it changed. */
  readonly listMs: number;
  /** Unused for so long, it is closed. */
  readonly idleMs: number;
}

export interface ConnectionDeps {
  /** Contract: each is started by the client and closed with it. */
  readonly openTransport: () => Promise<Transport>;
  readonly version: string;
  readonly now: () => number;
  readonly limits: McpLimits;
}

const NO_SUCH_SESSION = 404;

interface Listed {
  readonly tools: readonly ListedTool[];
  readonly at: number;
}

export class McpConnection implements AsyncDisposable {
  readonly #deps: ConnectionDeps;
  #client: Promise<Client> | undefined;
  #listed: Listed | undefined;
  #busy = 0;
  #isClosed = false;
  #idle: NodeJS.Timeout | undefined;

  constructor(deps: ConnectionDeps) {
    this.#deps = deps;
  }

  async tools(): Promise<readonly ListedTool[]> {
    const { limits, now } = this.#deps;
    if (this.#listed !== undefined && now() - this.#listed.at < limits.listMs) return this.#listed.tools;
    const timeout = limits.connectMs;
    // Contract of the SDK: without a cursor it reads all pages, at most 64.
    const { tools } = await this.#use((client) => client.listTools(undefined, { timeout, cacheMode: "refresh" }));
    this.#listed = { tools, at: now() };
    return tools;
  }

  knownTools(): readonly ListedTool[] | undefined {
    return this.#listed?.tools;
  }

  forgetTools(): void {
    this.#listed = undefined;
  }

  call(name: string, args: Record<string, unknown>, signal: AbortSignal): Promise<CallToolResult> {
    const { callMs } = this.#deps.limits;
    const options = { signal, timeout: callMs, maxTotalTimeout: callMs };
    return this.#use((client) => client.callTool({ name, arguments: args }, options));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#idle);
    const client = this.#client;
    this.#client = undefined;
    this.#listed = undefined;
    // Whoever waits for the opening hears why it failed; here there is then nothing to close.
    await client?.then(
      (opened) => opened.close(),
      () => undefined,
    );
  }

  async #use<T>(work: (client: Client) => Promise<T>): Promise<T> {
    clearTimeout(this.#idle);
    this.#busy += 1;
    try {
      return await this.#work(work);
    } finally {
      this.#busy -= 1;
      if (this.#busy === 0 && !this.#isClosed) this.#closeWhenIdle();
    }
  }

  /** A server that does not know its session any more has done nothing, and is to be begun with anew. */
  async #work<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const opening = this.#open();
    const client = await opening;
    try {
      return await work(client);
    } catch (cause) {
      if (!(cause instanceof SdkHttpError) || cause.status !== NO_SUCH_SESSION) throw cause;
      this.#forget(opening);
      await client.close();
      return work(await this.#open());
    }
  }

  #open(): Promise<Client> {
    if (this.#isClosed) return Promise.reject(new Error("The server was changed or is being closed; try again"));
    if (this.#client !== undefined) return this.#client;
    const opening = this.#connect(() => this.#forget(opening));
    this.#client = opening;
    opening.catch(() => this.#forget(opening));
    return opening;
  }

  #forget(client: Promise<Client>): void {
    if (this.#client === client) this.#client = undefined;
  }

  async #connect(onClosed: () => void): Promise<Client> {
    const { openTransport, version, limits } = this.#deps;
    const client = new Client(
      { name: "serai", version },
      {
        // The model judges what a tool answers; a server's own patterns are not run over it on the event loop.
        jsonSchemaValidator: { getValidator: acceptAll },
        listChanged: { tools: { autoRefresh: false, onChanged: () => void (this.#listed = undefined) } },
      },
    );
    const transport = await openTransport();
    try {
      await client.connect(transport, { timeout: limits.connectMs });
    } catch (cause) {
      await transport.close();
      throw cause;
    }
    client.onclose = onClosed;
    return client;
  }

  #closeWhenIdle(): void {
    this.#idle = setTimeout(() => {
      const client = this.#client;
      this.#client = undefined;
      client?.then((opened) => opened.close()).catch(() => undefined);
    }, this.#deps.limits.idleMs);
    this.#idle.unref();
  }
}

function acceptAll<T>(): JsonSchemaValidator<T> {
  return (input) => ({ valid: true, data: input as T, errorMessage: undefined });
}
