/**
 * A whole server for the doors of other products: their own keys, agents that say what a script says, and every answer held
 * against the document.
 */
import type { CheckedFetch } from "../http/checked-fetch.ts";
import { until } from "../main/children-world.ts";
import { openWholeServer } from "../main/whole-server.ts";
import type { Caller, WholeOptions, WholeServer } from "../main/whole-server.ts";

export interface Answer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

/** Asks one door: the path is below its prefix. */
export type Ask = <T = Record<string, unknown>>(
  method: string,
  path: string,
  body?: unknown,
  caller?: Caller,
) => Promise<Answer<T>>;

export interface DialectWorld extends AsyncDisposable {
  readonly whole: WholeServer;
  door(prefix: string): Ask;
  /** An agent that does as the steps say, one for each call of its model. */
  agent(name: string, steps?: readonly object[], more?: object): Promise<string>;
  /** Until the session has this native status. */
  settled(id: string, status?: string): Promise<void>;
}

export async function openDialectWorld(options: WholeOptions = {}): Promise<DialectWorld> {
  const whole = await openWholeServer(options);
  return {
    whole,
    door:
      (prefix) =>
      (method, path, body, caller = "member") =>
        ask(whole.as[caller].fetch, { method, path: `${prefix}${path}`, body }),
    async agent(name, steps = [], more = {}) {
      const system_prompt = `Do as the script says.\n\`\`\`serai-script\n${JSON.stringify(steps)}\n\`\`\``;
      return (await whole.as.owner.post<{ id: string }>("/agents", { name, system_prompt, ...more })).body.id;
    },
    settled: async (id, status = "idle") => {
      await until(async () => (await whole.as.owner.get<{ status: string }>(`/sessions/${id}`)).body.status === status);
    },
    [Symbol.asyncDispose]: () => whole[Symbol.asyncDispose](),
  };
}

async function ask<T>(
  fetch: CheckedFetch,
  { method, path, body }: { readonly method: string; readonly path: string; readonly body: unknown },
): Promise<Answer<T>> {
  const init =
    body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
  const response = await fetch(path, { method, ...init });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    // What the test expects; the document is what holds the answer to it.
    body: (text === "" ? undefined : JSON.parse(text)) as T,
  };
}
