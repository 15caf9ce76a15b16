/**
 * `fetch` for clients that read an answer as it comes: as `safe-fetch`, it never reaches a place that is not public.
 *
 * Invariant: every address is looked at when it is dialled, and a redirect is an answer, not followed by itself. An
 * answer that grows past its limit is broken off.
 */
import type { LookupFunction } from "node:net";
import { isIPv6 } from "node:net";
import { callbackify } from "node:util";

import { parseTarget, reachOf } from "./reach.ts";
import type { ReachRules } from "./reach.ts";

export type StreamFetch = AsyncDisposable & {
  fetch(url: string | URL, init?: RequestInit): Promise<Response>;
};

export type StreamFetchOptions = Omit<ReachRules, "isAllowed"> & {
  /** Of the body of one answer. */
  readonly maxBytes: number;
};

/** The other side, or our own rules, did not let a request through. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";
}

export async function openStreamFetch({ maxBytes, ...rules }: StreamFetchOptions): Promise<StreamFetch> {
  // Loaded by the first who fetches: it takes longer than everything else that a server loads at its start.
  const { Agent, fetch } = await import("undici");
  const agent = new Agent({ connect: { lookup: checkedLookup(rules) }, bodyTimeout: 0 });
  return {
    async fetch(url, init) {
      const target = parseTarget(String(url));
      if ("kind" in target) throw new Unreachable(target.detail);
      // An address in the URL itself is never looked up, so it is looked at here.
      const reach = await reachOf(target, rules);
      if ("kind" in reach) throw new Unreachable(reach.detail);
      const options = { ...init, redirect: "manual", dispatcher: agent } as Parameters<typeof fetch>[1];
      const answer = await fetch(target, options);
      return limited(answer, maxBytes);
    },
    [Symbol.asyncDispose]: () => agent.destroy(),
  };
}

function checkedLookup(rules: ReachRules): LookupFunction {
  const find = callbackify((hostname: string) => reachOf(new URL(`http://${hostname}`), rules));
  return (hostname, { all }, done) =>
    find(hostname, (cause, reach) => {
      if (cause !== null) return done(new Error(`Cannot look up "${hostname}"`, { cause }), []);
      if ("kind" in reach) return done(new Unreachable(reach.detail), []);
      const addresses = reach.addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }));
      const [first] = addresses;
      return all === true || first === undefined ? done(null, addresses) : done(null, first.address, first.family);
    });
}

function limited(answer: Response, maxBytes: number): Response {
  if (answer.body === null) return answer;
  let bytes = 0;
  const body = answer.body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        bytes += chunk.byteLength;
        if (bytes <= maxBytes) controller.enqueue(chunk);
        else controller.error(new Unreachable(`The answer is larger than ${maxBytes} bytes`));
      },
    }),
  );
  const { status, statusText, headers } = answer;
  return new Response(body, { status, statusText, headers });
}
