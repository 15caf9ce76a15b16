/** How an MCP server is reached: streamable HTTP by public addresses only, or a program of this machine. */
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import type { Transport } from "@modelcontextprotocol/client";
import type { McpTarget } from "../../core/ports/mcp.ts";
import type { LookupAddresses } from "../../lib/fetch/safe-fetch.ts";
import { openStreamFetch } from "../../lib/fetch/stream-fetch.ts";
import { StdioTransport } from "./stdio-transport.ts";

export interface TransportDeps {
  readonly lookup: LookupAddresses;
  /** Where programs are found; nothing else of the environment is handed on. */
  readonly path: string;
  /** Where programs are run. */
  readonly folder: string;
}

/** Of one answer; a stream that reaches it is opened anew. */
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;

export function makeOpenTransport({ lookup, path, folder }: TransportDeps) {
  return async ({ transport }: Pick<McpTarget, "transport">): Promise<Transport> => {
    if (transport.kind === "stdio") {
      const { command, args, env } = transport;
      return new StdioTransport({ command, args, env: { PATH: path, ...env }, folder });
    }
    const url = new URL(transport.url);
    const allowPrivate = transport.isPrivateAllowed ? [url.hostname] : [];
    const opened = await openStreamFetch({ lookup, allowPrivate, maxBytes: MAX_ANSWER_BYTES });
    return new HttpTransport(url, transport.headers, opened);
  };
}

type Opened = Awaited<ReturnType<typeof openStreamFetch>>;

/** Lets its connections go with itself. */
class HttpTransport extends StreamableHTTPClientTransport {
  readonly #opened: Opened;

  constructor(url: URL, headers: Readonly<Record<string, string>>, opened: Opened) {
    super(url, { fetch: (target, init) => opened.fetch(target, init), requestInit: { headers: { ...headers } } });
    this.#opened = opened;
  }

  override async close(): Promise<void> {
    await super.close();
    await this.#opened[Symbol.asyncDispose]();
  }
}
