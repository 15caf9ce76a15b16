/** Calls a tool of the server's as the agents' own clients do: over HTTP, with the key that came with the session. */
import type { Session } from "./agent.ts";
import type { Step } from "./script.ts";

type Call = Extract<Step, { call: string }>;

export async function callTool({ call, input, timeoutMs }: Call, session: Session): Promise<string> {
  const server = session.servers.find((each) => "url" in each);
  if (server === undefined || !("url" in server)) throw new Error("No server's tools were given");
  // In a prompt for another agent it is that one's, and its quotes are escaped.
  const filled = JSON.stringify(input).replaceAll(':"{session}"', `:"${session.lastNamed ?? ""}"`);
  const params = { name: call, arguments: JSON.parse(filled) as unknown };
  const given = Object.fromEntries(server.headers.map(({ name, value }) => [name, value]));
  const signal = AbortSignal.any([
    session.cancel.signal,
    ...(timeoutMs === undefined ? [] : [AbortSignal.timeout(timeoutMs)]),
  ]);
  const answer = await fetch(server.url, {
    method: "POST",
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params }),
    headers: { ...given, "content-type": "application/json", accept: "application/json, text/event-stream" },
    signal,
  }).catch((cause: unknown) => {
    if (signal.aborted) return null;
    throw cause;
  });
  const text = answer === null ? "" : textIn(await answer.text());
  session.lastNamed = /ses_[0-9a-f]{32}/.exec(text)?.[0] ?? session.lastNamed;
  return `(${text})`;
}

/** The first text of a result, whether it came alone or in a stream of one. */
function textIn(body: string): string {
  const line = body.split("\n").findLast((each) => /^(?:data: )?\{/.test(each)) ?? "{}";
  const { result } = JSON.parse(line.replace("data: ", "")) as { result?: { content?: readonly { text?: string }[] } };
  return result?.content?.[0]?.text ?? body;
}
