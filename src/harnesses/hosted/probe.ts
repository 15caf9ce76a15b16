/** One tiny call to a provider, to see whether it works (`POST /providers/{id}/test`). No retries: what is, is said. */
import type { ModelAccess, ProviderProbe } from "../../core/ports/model.ts";
import { withDeadline } from "../../lib/deadline.ts";
import { readFault } from "./faults/read-fault.ts";
import { openModel } from "./providers.ts";

const DEADLINE_MS = 30_000;
/** The least that every vendor accepts. */
const OUTPUT_TOKENS = 16;

async function callOnce(access: ModelAccess, signal: AbortSignal): Promise<unknown> {
  const model = await openModel(access);
  const { stream } = await model.doStream({
    prompt: [{ role: "user", content: [{ type: "text", text: "Say OK." }] }],
    maxOutputTokens: OUTPUT_TOKENS,
    abortSignal: signal,
  });
  for await (const part of stream) if (part.type === "error") return part.error;
  return undefined;
}

export function makeProviderProbe(): ProviderProbe {
  return {
    probe: async (access, signal) => {
      using deadline = withDeadline(signal, DEADLINE_MS);
      const error = await callOnce(access, deadline.signal).catch((fault: unknown) => fault ?? new Error("It failed"));
      if (error === undefined) return { ok: true };
      if (deadline.signal.aborted) return { ok: false, error: `No answer within ${DEADLINE_MS / 1_000} seconds` };
      // The time only serves dates in Retry-After, which nobody waits for here.
      const { code, detail } = readFault(error, { nowMs: 0, apiKey: access.apiKey });
      return { ok: false, error: `${code}: ${detail}` };
    },
  };
}
