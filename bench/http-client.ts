/** One keep-alive connection to a server: the same client for ours and for the peer, as thin as Node has it. */
import { Agent, request } from "node:http";
import type { ClientRequest, IncomingMessage } from "node:http";

export interface Answer {
  readonly status: number;
  readonly text: string;
}

export interface HttpClient extends Disposable {
  send(method: string, path: string, body?: unknown): Promise<Answer>;
  /** As `send`, parsed; throws for any status but 2xx. */
  json<T>(method: string, path: string, body?: unknown): Promise<T>;
}

export interface ClientOptions {
  readonly url: string;
  readonly key?: string;
  /** With every request. */
  readonly headers?: Readonly<Record<string, string>>;
}

export function openClient({ url, key, headers: more = {} }: ClientOptions): HttpClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const { hostname, port } = new URL(url);
  const authorization = key === undefined ? {} : { authorization: `Bearer ${key}` };
  const send: HttpClient["send"] = (method, path, body) => {
    const text = body === undefined ? "" : JSON.stringify(body);
    const headers = {
      ...more,
      ...authorization,
      "content-type": "application/json",
      "content-length": Buffer.byteLength(text),
    };
    const sent = request({ agent, hostname, port, method, path, headers });
    const answer = readAnswer(sent);
    sent.end(text);
    return answer;
  };
  return {
    send,
    async json<T>(method: string, path: string, body?: unknown): Promise<T> {
      const { status, text } = await send(method, path, body);
      if (status < 200 || status > 299) throw new Error(`${method} ${path} answered ${status}: ${text}`);
      return (text === "" ? null : JSON.parse(text)) as T;
    },
    [Symbol.dispose]: () => agent.destroy(),
  };
}

function readAnswer(sent: ClientRequest): Promise<Answer> {
  return new Promise((resolve, reject) => {
    sent.once("error", reject);
    sent.once("response", (response: IncomingMessage) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("error", reject);
      response.once("end", () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
    });
  });
}
