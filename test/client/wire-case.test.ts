import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromWire, toWire } from "../../src/client/wire-case.ts";

describe("names on the wire and in TypeScript", () => {
  it("renames what is ours, at any depth", () => {
    expect(fromWire({ last_event_seq: 3, usage: { input_tokens: 1 }, data: [{ created_at: "x" }] })).toEqual({
      lastEventSeq: 3,
      usage: { inputTokens: 1 },
      data: [{ createdAt: "x" }],
    });
  });

  it("leaves alone what somebody else has named", () => {
    const wire = {
      capabilities: [{ ref: "session_file_system", config: { max_file_size_mb: 10 } }],
      message: {
        content: [
          { type: "tool_call", id: "call_1", name: "f", arguments: { path_pattern: "/a", deep: { a_b: 1 } } },
          { type: "tool_result", tool_call_id: "call_1", result: { line_count: 2 } },
        ],
        metadata: { ticket_id: 7 },
      },
    };
    const here = fromWire(wire) as Record<string, never>;
    expect(here).toEqual({
      capabilities: wire.capabilities,
      message: {
        content: [wire.message.content[0], { type: "tool_result", toolCallId: "call_1", result: { line_count: 2 } }],
        metadata: { ticket_id: 7 },
      },
    });
    expect(toWire(here)).toEqual(wire);
  });

  it("leaves alone names of tools, hints, and what a client's tool came to", () => {
    const wire = {
      tool_policies: { write_file: "approve" },
      tools: [{ display_name: "Ask", hints: { long_running: true } }],
      tool_results: [{ tool_call_id: "call_1", result: { line_count: 2 } }],
      event: { tool_call_id: "call_1", tool_name: "f", result: [{ type: "image", media_type: "image/png" }] },
    };
    expect(fromWire(wire)).toEqual({
      toolPolicies: { write_file: "approve" },
      tools: [{ displayName: "Ask", hints: { long_running: true } }],
      toolResults: [{ toolCallId: "call_1", result: { line_count: 2 } }],
      event: { toolCallId: "call_1", toolName: "f", result: [{ type: "image", mediaType: "image/png" }] },
    });
    expect(toWire(fromWire(wire))).toEqual(wire);
  });

  it("renames what the log says of a model call, whose metadata is ours", () => {
    const wire = {
      type: "llm.generation",
      data: { metadata: { time_to_first_token_ms: 4, retry: { total_wait_ms: 2 } } },
    };
    expect(fromWire(wire)).toEqual({
      type: "llm.generation",
      data: { metadata: { timeToFirstTokenMs: 4, retry: { totalWaitMs: 2 } } },
    });
    expect(toWire(fromWire(wire))).toEqual(wire);
  });

  it("comes back to the same names", () => {
    const part = fc.stringMatching(/^[a-z][a-z]{0,4}$/);
    const key = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("_"));
    const { wire } = fc.letrec((tie) => ({
      wire: fc.oneof(
        { depthSize: "small" },
        fc.string(),
        fc.integer(),
        fc.constant(null),
        fc.array(tie("wire"), { maxLength: 3 }),
        fc.dictionary(fc.oneof(key, fc.constantFrom("config", "metadata", "content", "result", "type")), tie("wire"), {
          maxKeys: 4,
        }),
      ),
    }));
    fc.assert(
      fc.property(wire, (value) => {
        expect(toWire(fromWire(value))).toEqual(value);
      }),
    );
  });
});
