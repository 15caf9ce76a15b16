/** What a call asks of a budget, what it sends when it gets less, and what it says it has used when nobody else will (E2). */
import { describe, expect, it } from "vitest";
import type { AdmitCall, CallUse, WishedCall } from "../../../src/core/ports/harness.ts";
import { fenced, openModelServer } from "../../model-server/server.ts";
import type { ModelServer, Step } from "../../model-server/server.ts";
import { picture } from "../../lib/pictures.ts";
import { drive, Log } from "./drive.ts";
import type { DriveOptions } from "./drive.ts";
import { accessTo, chat, vendors } from "./vendors.ts";

interface Asked {
  readonly calls: readonly WishedCall[];
  readonly admitCall: AdmitCall;
}

/** Grants at most so much of the answer. */
function granting(most: number): Asked {
  const calls: WishedCall[] = [];
  const admitCall: AdmitCall = (call) => {
    calls.push(call);
    return Promise.resolve({ kind: "admitted", outputTokens: Math.min(most, call.outputTokens) });
  };
  return { calls, admitCall };
}

const limitOf = (body: unknown): unknown => /"(?:max_\w*tokens|maxOutputTokens)":(\d+)/.exec(JSON.stringify(body))?.[1];
const say = (steps: readonly Step[]) => `Please\n${fenced(steps)}`;

interface Wish extends Omit<DriveOptions, "model"> {
  readonly vendor?: (typeof vendors)[number];
  readonly model?: NonNullable<Parameters<typeof accessTo>[2]>;
  readonly controls?: NonNullable<Parameters<typeof Log.begin>[1]>;
}

async function play(
  steps: readonly Step[],
  { vendor = chat, model = {}, controls = {}, ...options }: Wish = {},
): Promise<ModelServer["requests"]> {
  await using server = await openModelServer();
  const log = Log.begin(say(steps), controls);
  await drive(log, { ...options, model: accessTo(vendor, server.url, model) });
  return server.requests;
}

describe("what a call asks of a budget", () => {
  it("is its prompt by bytes and its answer at the longest", async () => {
    const asked = granting(10_000);
    await play([{ text: "Hi" }], { admitCall: asked.admitCall, instructions: "x".repeat(10_000) });
    expect(asked.calls).toHaveLength(1);
    expect(asked.calls[0]?.inputTokens).toBeGreaterThan(5_000);
    expect(asked.calls[0]?.inputTokens).toBeLessThan(5_200);
    expect(asked.calls[0]?.outputTokens).toBe(8_192);
  });

  it("counts a picture as one, however many bytes it has", async () => {
    const bytes = Buffer.concat([await picture("png"), Buffer.alloc(2_000_000)]);
    const asked = granting(10_000);
    await using server = await openModelServer();
    server.setScript([{ text: "A picture" }]);
    const parts = [
      { type: "text" as const, text: "See" },
      { type: "image_file" as const, image_id: "img_1" },
      {
        type: "image" as const,
        base64: bytes.subarray(0, 150_000).toString("base64"),
        media_type: "image/png" as const,
      },
    ];
    const loadImage = () => Promise.resolve({ bytes, mediaType: "image/png" });
    await drive(Log.begin(parts), { model: accessTo(chat, server.url), loadImage, admitCall: asked.admitCall });
    expect(server.requests[0]?.outcome).toBe("answered");
    expect(asked.calls[0]?.inputTokens).toBeGreaterThan(10_000);
    expect(asked.calls[0]?.inputTokens).toBeLessThan(11_000);
  });

  it.each(vendors)("is what $name is sent when it gets less", async (vendor) => {
    const asked = granting(1_500);
    const [request] = await play([{ text: "Hi" }], { vendor, admitCall: asked.admitCall });
    expect(limitOf(request?.body)).toBe("1500");
  });
});

describe("thinking that a vendor counts beside the answer", () => {
  const anthropic = vendors.find(({ name }) => name === "anthropic") ?? chat;
  const controls = { reasoning: { effort: "high" } } as const;
  const room = { contextTokens: 200_000, maxOutputTokens: 64_000 };

  it.each(["claude-sonnet-4-5", "claude-opus-4-1", "claude-sonnet-4-20250514", "a-model-of-a-router"])(
    "is asked for with it, and left out where less is granted: %s",
    async (vendorModel) => {
      const wish = { vendor: anthropic, model: { ...room, vendorModel }, controls };
      const whole = granting(1_000_000);
      const [free] = await play([{ text: "Hi" }], { ...wish, admitCall: whole.admitCall });
      expect(JSON.stringify(free?.body)).toContain('"budget_tokens"');
      expect(Number(limitOf(free?.body))).toBeLessThanOrEqual(whole.calls[0]?.outputTokens ?? 0);
      const [cut] = await play([{ text: "Hi" }], { ...wish, admitCall: granting(3_000).admitCall });
      expect(limitOf(cut?.body)).toBe("3000");
      expect(JSON.stringify(cut?.body)).not.toContain('"budget_tokens"');
    },
  );

  it.each(["claude-sonnet-4-6", "claude-opus-4-7", "claude-opus-5-5", "claude-haiku-5-5"])(
    "is part of the answer of later models, which go on thinking: %s",
    async (vendorModel) => {
      const asked = granting(3_000);
      const wish = { vendor: anthropic, model: { ...room, vendorModel }, controls };
      const [cut] = await play([{ text: "Hi" }], { ...wish, admitCall: asked.admitCall });
      expect(asked.calls[0]?.outputTokens).toBe(64_000);
      expect(limitOf(cut?.body)).toBe("3000");
      expect(JSON.stringify(cut?.body)).toMatch(/"effort":"high"/);
    },
  );
});

describe("what a call says it has used", () => {
  const nothing = { inputTokens: 0, outputTokens: 0 };
  const long = "word ".repeat(200);
  const usedBy = async (steps: readonly Step[], options: Wish = {}): Promise<CallUse> => {
    const asked = granting(10_000);
    await play(steps, { ...options, admitCall: asked.admitCall });
    return asked.calls[0]?.used() ?? { now: nothing, lost: nothing };
  };

  it("is what its provider has counted, once it was answered", async () => {
    const used = await usedBy([{ text: "Hi", usage: { input: 321, output: 12 } }]);
    expect(used).toEqual({ now: { inputTokens: 321, outputTokens: 12 }, lost: nothing });
  });

  it("is nothing for requests that were refused", async () => {
    const { lost } = await usedBy([{ status: 503, times: 2, text: "Hi" }]);
    expect(lost).toEqual(nothing);
  });

  it("is the prompt and what had come, for each try that broke off", async () => {
    const cut = await usedBy([{ text: long, chunks: 10, cutAfterChunks: 5, times: 2 }]);
    expect(cut.lost.outputTokens).toBeGreaterThan(200);
    expect(cut.lost.outputTokens).toBeLessThan(400);
    expect(cut.lost.inputTokens).toBeGreaterThan(2 * 200);
  });

  it("is the prompt and what had come, of a call that is cut short", async () => {
    const stop = new AbortController();
    const onItem = () => stop.abort(new Error("Cancelled"));
    const { now, lost } = await usedBy([{ text: long, chunks: 2, hang: true }], { signal: stop.signal, onItem });
    expect(lost).toEqual(nothing);
    expect(now.inputTokens).toBeGreaterThan(200);
    expect(now.outputTokens).toBeGreaterThan(50);
  });

  it("is the prompt alone while the model has not begun, and nothing before it is asked", async () => {
    const asked = granting(10_000);
    const stop = new AbortController();
    await using server = await openModelServer();
    const before: CallUse[] = [];
    const driven = drive(Log.begin(say([{ hang: true }])), {
      model: accessTo(chat, server.url),
      signal: stop.signal,
      admitCall: (call, signal) => {
        before.push(call.used());
        return asked.admitCall(call, signal);
      },
    });
    await server.waitFor(() => true);
    stop.abort(new Error("Cancelled"));
    await driven;
    expect(before).toEqual([{ now: nothing, lost: nothing }]);
    expect(asked.calls[0]?.used().now).toEqual({ inputTokens: expect.any(Number), outputTokens: 0 });
    expect(asked.calls[0]?.used().now.inputTokens).toBeGreaterThan(10);
  });
});
