/**
 * A GitHub of this machine, made of GitHub's own description of its REST API (`description.ts`): issues with ETags, moved
 * repositories, limits.
 *
 * Invariant: who asks for what the description does not know, or is answered with what it does not describe, hears of it when
 * the server is closed. Only what is called `broken` is no answer of GitHub's, and is not held against anything.
 */
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { readDescription } from "./description.ts";
import type { Description, Json, Operation } from "./description.ts";

export interface Answer {
  /** 200 unless told. */
  readonly status?: number;
  readonly body?: Json;
  readonly headers?: Readonly<Record<string, string>>;
}
type Broken = { readonly broken: (request: IncomingMessage, response: ServerResponse) => void };

export interface GithubServer extends AsyncDisposable {
  readonly url: string;
  /** What was asked, in order: the path, and the headers that matter. */
  readonly asked: { readonly path: string; readonly ifNoneMatch?: string; readonly authorization?: string }[];
  /** By path; what is not here is not found. A redirect may lead to paths of this server that no operation has. */
  readonly answers: Map<string, Answer | Broken>;
  /** What was wrong so far; thrown at the end unless taken out. */
  readonly faults: string[];
  /** The description's own example of an issue, at that path, with other fields. */
  readonly issue: (path: string, more?: Json) => Answer;
}

/** Reading the description takes 60 ms and its first check 90: a test file does it once. */
export async function openGithubServer(description = readDescription()): Promise<GithubServer> {
  const state: State = { description, asked: [], answers: new Map(), faults: [], links: new Map() };
  const server = createServer((request, response) => serve(state, request, response));
  await new Promise<void>((resolve) => server.listen({ port: 0, host: "127.0.0.1" }, resolve));
  const { port } = server.address() as AddressInfo;
  const { asked, answers, faults } = state;
  return {
    asked,
    answers,
    faults,
    url: `http://127.0.0.1:${port}`,
    issue: (path, more = {}) => ({ body: { ...exampleAt(description, path), ...more } }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      if (faults.length > 0) throw new Error(`This is not GitHub's API:\n${faults.join("\n")}`);
    },
  };
}

interface State extends Pick<GithubServer, "asked" | "answers" | "faults"> {
  readonly description: Description;
  /** Where a redirect led, with what was asked for there. */
  readonly links: Map<string, Operation>;
}

function serve(state: State, request: IncomingMessage, response: ServerResponse): void {
  const { url: path = "", method = "" } = request;
  const { "if-none-match": ifNoneMatch, authorization } = request.headers;
  state.asked.push({
    path,
    ...(ifNoneMatch === undefined ? {} : { ifNoneMatch }),
    ...(authorization === undefined ? {} : { authorization }),
  });
  const operation = operationOf(state, request);
  if (typeof operation === "string") return fail(state, response, `${method} ${path}: ${operation}`);
  const answer = state.answers.get(path) ?? notFound;
  if ("broken" in answer) return answer.broken(request, response);
  const fault = faultInAnswer(operation, answer);
  if (fault !== null) return fail(state, response, `${method} ${path} is answered wrongly: ${fault}`);
  const location = answer.headers?.["location"];
  if (location !== undefined) state.links.set(new URL(location).pathname, operation);
  reply(response, answer, ifNoneMatch);
}

const notFound: Answer = { status: 404, body: { message: "Not Found", status: "404" } };

/** A text: what is wrong with the request. */
function operationOf({ description, links }: State, request: IncomingMessage): Operation | string {
  const { pathname, searchParams } = new URL(request.url ?? "", "http://github.invalid");
  const linked = links.get(pathname);
  const found = description.find(request.method ?? "", pathname);
  if (found === null && linked === undefined) return "there is no such operation";
  const query = Object.fromEntries(searchParams);
  const fault = found === null ? null : found.operation.faultInParameters(found.parameters, query);
  const operation = found?.operation ?? linked;
  return fault ?? faultInHeaders(request, operation?.types ?? []) ?? operation ?? "";
}

/** What GitHub's pages ask of every request: the description has no word for it. */
function faultInHeaders({ headers }: IncomingMessage, types: readonly string[]): string | null {
  const { accept = "", "user-agent": agent = "", authorization = "Bearer x" } = headers;
  if (![...types, "application/vnd.github+json"].includes(accept)) return `it has no media type "${accept}"`;
  // The unmarked half of the description: what later versions change is marked in it.
  if (headers["x-github-api-version"] !== "2022-11-28") return "the description is of the version 2022-11-28";
  if (agent === "") return "whoever asks says who it is (User-Agent)";
  return /^(?:Bearer|token) \S+$/.test(authorization) ? null : "the token is not written so";
}

function faultInAnswer(operation: Operation, { status = 200, body, headers }: Answer): string | null {
  if ([301, 302, 307].includes(status) && !URL.canParse(headers?.["location"] ?? "")) return "it leads nowhere";
  return operation.faultInAnswer(status, body);
}

function fail({ faults }: State, response: ServerResponse, fault: string): void {
  faults.push(fault);
  reply(response, { status: 501, body: { message: fault } });
}

function reply(response: ServerResponse, { status = 200, body, headers = {} }: Answer, ifNoneMatch?: string): void {
  const text = body === undefined ? "" : JSON.stringify(body);
  const etag = `W/"${createHash("sha256").update(text).digest("hex")}"`;
  const limits = { "x-ratelimit-limit": "5000", "x-ratelimit-remaining": "4999", "x-ratelimit-resource": "core" };
  if (status === 200 && ifNoneMatch === etag) {
    return void response.writeHead(304, { etag, ...limits, ...headers }).end();
  }
  const type = body === undefined ? {} : { "content-type": "application/json; charset=utf-8" };
  response.writeHead(status, { ...type, ...(status === 200 ? { etag } : {}), ...limits, ...headers }).end(text);
}

/** Its addresses follow its place; and it is an issue, where the description shows the one that is a pull request too. */
function exampleAt(description: Description, path: string): Json {
  const found = description.find("GET", path);
  if (found === null) throw new Error(`The description has no "${path}"`);
  const { owner, repo, issue_number: number } = found.parameters;
  const example = found.operation.example();
  const text = JSON.stringify(example)
    .replaceAll("octocat/Hello-World", `${String(owner)}/${String(repo)}`)
    .replaceAll(`/${String(example["number"])}`, `/${String(number)}`);
  const { pull_request: _, ...issue } = JSON.parse(text) as Json;
  return { ...issue, number: Number(number), state_reason: null };
}
