/** The network of a command: what `curl` asks for goes the way of every other fetch, and only where it may. */
import type { ToolContext } from "../../core/ports/tools.ts";
import { isHostIn } from "../../lib/fetch/host-rules.ts";
import type { SafeFetch } from "../../lib/fetch/safe-fetch.ts";
import type { ShellFetch } from "../../lib/shell/shell.ts";

const MAX_BYTES = 32_000_000;
const MAX_TIMEOUT_MS = 60_000;
const MAX_REDIRECTS = 5;

export function makeShellFetch(
  fetch: SafeFetch,
  allowed: readonly string[] | undefined,
  { ports: { network } }: ToolContext,
): ShellFetch {
  return async ({ url, method, headers, body, maxRedirects, timeoutMs }, signal) => {
    const outcome = await fetch({
      url,
      method,
      headers,
      body,
      signal,
      maxBytes: MAX_BYTES,
      maxRedirects: Math.min(maxRedirects, MAX_REDIRECTS),
      timeoutMs: Math.min(timeoutMs ?? MAX_TIMEOUT_MS, MAX_TIMEOUT_MS),
      isAllowed: (hostname) =>
        (allowed === undefined || isHostIn(allowed, hostname)) && network?.isAllowed(hostname) !== false,
    });
    if (outcome.kind === "refused") return { kind: "refused", detail: outcome.detail };
    const { isCut, ...answer } = outcome;
    // A program would take a part for the whole.
    return isCut ? { kind: "refused", detail: `${url} has more than ${MAX_BYTES} bytes` } : answer;
  };
}
