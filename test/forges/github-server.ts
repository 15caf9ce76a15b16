/** A server of this machine that answers as GitHub's REST API does for issues: ETags, moved repositories, limits. */
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface GithubServer extends AsyncDisposable {
  readonly url: string;
  /** What was asked, in order: method, path, and the headers that matter. */
  readonly asked: { readonly path: string; readonly ifNoneMatch?: string; readonly authorization?: string }[];
  /** By path below the API; a function answers for itself. */
  readonly answers: Map<string, object | ((request: IncomingMessage, response: ServerResponse) => void)>;
}

export const issue = {
  url: "https://api.github.com/repos/org/repo/issues/42",
  html_url: "https://github.com/org/repo/issues/42",
  number: 42,
  title: "Add input validation",
  body: "The form takes anything.\r\n\r\nIt should not.",
  state: "open",
  state_reason: null,
  labels: [{ id: 1, name: "bug", color: "d73a4a" }, "old-style"],
  user: { login: "octocat" },
  comments: 0,
};

export async function openGithubServer(): Promise<GithubServer> {
  const asked: GithubServer["asked"] = [];
  const answers: GithubServer["answers"] = new Map();
  const server = createServer((request, response) => {
    const { "if-none-match": ifNoneMatch, authorization } = request.headers;
    asked.push({
      path: request.url ?? "",
      ...(ifNoneMatch === undefined ? {} : { ifNoneMatch }),
      ...(authorization === undefined ? {} : { authorization }),
    });
    const found = answers.get(request.url ?? "");
    if (typeof found === "function") return found(request, response);
    if (found === undefined) return reply(response, 404, { message: "Not Found", status: "404" });
    const etag = `W/"${JSON.stringify(found).length}"`;
    response.setHeader("etag", etag);
    response.setHeader("x-ratelimit-remaining", "4999");
    if (ifNoneMatch === etag) return void response.writeHead(304).end();
    return reply(response, 200, found);
  });
  await new Promise<void>((resolve) => server.listen({ port: 0, host: "127.0.0.1" }, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    answers,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function reply(response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}) {
  response.writeHead(status, { "content-type": "application/json; charset=utf-8", ...headers });
  response.end(JSON.stringify(body));
}
