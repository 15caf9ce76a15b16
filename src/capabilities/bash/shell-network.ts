/**
 * The network of a command: what `curl` asks for goes the way of every other fetch, and only where it may. Secrets are
 * filled in as it leaves, and taken out of what comes back.
 */
import type { ToolContext } from "../../core/ports/tools.ts";
import { isHostIn } from "../../lib/fetch/host-rules.ts";
import type { SafeFetch } from "../../lib/fetch/safe-fetch.ts";
import { makeRedactor } from "../../lib/redact.ts";
import type { FetchAnswer, ShellFetch } from "../../lib/shell/shell.ts";
import { fillSecrets } from "../secret-placeholders.ts";

const MAX_BYTES = 32_000_000;
const MAX_TIMEOUT_MS = 60_000;
const MAX_REDIRECTS = 5;

export function makeShellFetch(
  fetch: SafeFetch,
  allowed: readonly string[] | undefined,
  { ports: { network, secrets } }: ToolContext,
): ShellFetch {
  const isAllowed = (hostname: string) =>
    (allowed === undefined || isHostIn(allowed, hostname)) && network?.isAllowed(hostname) !== false;

  return async ({ url, method, headers, body, maxRedirects, timeoutMs }, signal) => {
    const filled = await fillSecrets({ url, headers, body }, secrets);
    if (filled.kind === "refused") return { kind: "refused", detail: `${url} was not fetched: ${filled.detail}` };
    const outcome = await fetch({
      ...(filled.kind === "plain" ? { url, headers, body } : filled.request),
      method,
      signal,
      maxBytes: MAX_BYTES,
      // Where a redirect leads nobody has allowed: what was sent with a secret is not sent on.
      maxRedirects: filled.kind === "plain" ? Math.min(maxRedirects, MAX_REDIRECTS) : 0,
      timeoutMs: Math.min(timeoutMs ?? MAX_TIMEOUT_MS, MAX_TIMEOUT_MS),
      isAllowed,
    });
    const answer = answerOf(url, outcome);
    return filled.kind === "plain" ? answer : withoutValues(answer, { url, values: filled.values });
  };
}

function answerOf(url: string, outcome: Awaited<ReturnType<SafeFetch>>): FetchAnswer {
  if (outcome.kind === "refused") return { kind: "refused", detail: outcome.detail };
  const { isCut, ...answer } = outcome;
  // A program would take a part for the whole.
  return isCut ? { kind: "refused", detail: `${url} has more than ${MAX_BYTES} bytes` } : answer;
}

/** Before a command has it, which could write it in another way. */
function withoutValues(
  answer: FetchAnswer,
  { url, values }: { readonly url: string; readonly values: readonly string[] },
): FetchAnswer {
  const clean = makeRedactor(values);
  if (answer.kind === "refused") return { kind: "refused", detail: clean.text(answer.detail) };
  const headers = Object.fromEntries(Object.entries(answer.headers).map(([name, text]) => [name, clean.text(text)]));
  const { status, statusText, body } = answer;
  return { kind: "fetched", url, status, statusText: clean.text(statusText), headers, body: clean.bytes(body) };
}
