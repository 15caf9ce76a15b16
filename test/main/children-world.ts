/** A whole server whose agents start one another: an orchestrator by the steps a test gives it, and workers that do as their instructions say. */
import type { Limits } from "../../src/core/limits.ts";
import { openWholeServer } from "./whole-server.ts";
import type { WholeServer } from "./whole-server.ts";
import type { NativeClient } from "../doors/native/native-client.ts";

export interface WireEvent {
  readonly id: string;
  readonly type: string;
  readonly seq: number;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface WireSession {
  readonly id: string;
  readonly status: string;
  readonly stop_reason: string | null;
  readonly needs: readonly string[];
  readonly child_needs: readonly string[];
  readonly title: string | null;
  readonly parent_session_id: string | null;
  readonly root_session_id: string | null;
  readonly locale: string | null;
  readonly usage: { readonly input_tokens: number; readonly output_tokens: number } | null;
}

export const fence = (steps: readonly unknown[]) => `\`\`\`serai-script\n${JSON.stringify(steps)}\n\`\`\``;

export interface ChildrenWorld extends AsyncDisposable {
  readonly whole: WholeServer;
  readonly client: NativeClient;
  /** Makes an agent whose every session does as the steps say. */
  agent(name: string, steps: readonly unknown[], more?: object): Promise<string>;
  /** A session of the agent with a first message. */
  start(agentId: string, more?: object): Promise<string>;
  say(id: string, words: string): Promise<void>;
  session(id: string): Promise<WireSession>;
  children(parentId: string): Promise<readonly WireSession[]>;
  events(id: string): Promise<readonly WireEvent[]>;
  /** Asks until it is so; the server has no door that a wait for a fact could hang on. */
  until<T>(look: () => Promise<T | undefined | false>): Promise<T>;
  idle(id: string): Promise<WireSession>;
}

const PATIENCE_MS = 15_000;

export async function until<T>(look: () => Promise<T | undefined | false>): Promise<T> {
  for (const since = performance.now(); performance.now() - since < PATIENCE_MS;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
  throw new Error(`It did not come to be so within ${PATIENCE_MS} ms`);
}

export async function openChildrenWorld(limits: Partial<Limits> = {}): Promise<ChildrenWorld> {
  const whole = await openWholeServer({ limits });
  const client = whole.as.owner;
  const say = async (id: string, words: string) => {
    const message = { content: [{ type: "text", text: words }] };
    const sent = await client.post(`/sessions/${id}/messages`, { message });
    if (sent.status !== 201) throw new Error(JSON.stringify(sent.body));
  };
  const session = async (id: string) => (await client.get<WireSession>(`/sessions/${id}`)).body;
  return {
    whole,
    client,
    async agent(name, steps, more = {}) {
      const body = { name, system_prompt: fence(steps), ...more };
      const made = await client.post<{ id: string }>("/agents", body);
      if (made.status !== 201) throw new Error(JSON.stringify(made.body));
      return made.body.id;
    },
    async start(agentId, more = {}) {
      const { id } = await client.session({ agent_id: agentId, ...more });
      await say(id, "Begin");
      return id;
    },
    say,
    session,
    async children(parentId) {
      return (await client.get<{ data: WireSession[] }>(`/sessions?parent_id=${parentId}`)).body.data;
    },
    async events(id) {
      return (await client.get<{ data: WireEvent[] }>(`/sessions/${id}/events?after_seq=0&limit=1000`)).body.data;
    },
    until,
    idle: (id) =>
      until(async () => {
        const now = await session(id);
        return now.status === "idle" && now.stop_reason !== null ? now : undefined;
      }),
    [Symbol.asyncDispose]: () => whole[Symbol.asyncDispose](),
  };
}

export const orchestrating = (config?: object) => ({
  capabilities: [{ ref: "agents", ...(config ? { config } : {}) }],
});

export const startOf = (agent: string, more: object = {}) => ({
  name: "start_session",
  input: { agent, prompt: `Work as ${agent}`, ...more },
});

export const awaitAll = { name: "await_session", input: {} };
