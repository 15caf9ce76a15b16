// A client without an SDK, and the smallest bodies that carry a script over each wire.
import { createParser } from "eventsource-parser";
import { fenced, type Step } from "./server.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export const AUTH = { "x-api-key": "good" };

export async function post(url: string, body: unknown, headers: Record<string, string> = AUTH): Promise<Answer> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

export function events(text: string): { event: string | undefined; data: string }[] {
  const seen: { event: string | undefined; data: string }[] = [];
  const parser = createParser({ onEvent: ({ event, data }) => seen.push({ event, data }) });
  parser.feed(text);
  return seen;
}

const scripted = (...steps: Step[]): string => fenced(steps);

export const anthropicBody = (...steps: Step[]): object => ({
  model: "claude-sonnet-4-5",
  max_tokens: 100,
  stream: true,
  messages: [{ role: "user", content: [{ type: "text", text: scripted(...steps) }] }],
  tools: [{ name: "Read", input_schema: { type: "object" } }],
});

export const responsesBody = (...steps: Step[]): object => ({
  model: "gpt-5.5",
  stream: true,
  input: [{ type: "message", role: "user", content: [{ type: "input_text", text: scripted(...steps) }] }],
});

export const chatBody = (...steps: Step[]): object => ({
  model: "gpt-4.1",
  stream: true,
  messages: [{ role: "user", content: scripted(...steps) }],
});

export const geminiBody = (...steps: Step[]): object => ({
  contents: [{ role: "user", parts: [{ text: scripted(...steps) }] }],
});

export const GEMINI = "/v1beta/models/gemini-2.5-flash";
