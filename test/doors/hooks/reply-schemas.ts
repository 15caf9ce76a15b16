/**
 * What each IDE takes for a hook's answer, as strict schemas: a key it does not know fails them (hooks.md §2.4, 3.4, 4.3,
 * 5). Written from what the IDEs do, and not from what the dialects give.
 */
import { z } from "zod";
import type { IdeName } from "../../../src/doors/hooks/dialects/dialect.ts";

const text = z.string().min(1);
/** Beyond about 10,000 characters it is cut, dropped, or written to a file. */
const context = z.string().min(1).max(9_500);

const claudeDenial = z.strictObject({
  hookEventName: z.literal("PreToolUse"),
  permissionDecision: z.literal("deny"),
  permissionDecisionReason: text,
});
const codexContext = z.strictObject({
  hookEventName: z.enum(["SessionStart", "UserPromptSubmit", "PreToolUse", "PostToolUse"]),
  additionalContext: context,
});
const claudeContext = codexContext.extend({
  hookEventName: z.enum([
    ...codexContext.shape.hookEventName.options,
    ...(["PostToolUseFailure", "SubagentStart"] as const),
  ]),
});
const block = z.strictObject({ decision: z.literal("block"), reason: text });
const nothing = z.strictObject({});

const claude = z.union([
  nothing,
  block,
  z.strictObject({ hookSpecificOutput: claudeDenial }),
  z.strictObject({ hookSpecificOutput: claudeContext, systemMessage: text.optional() }),
  z.strictObject({ systemMessage: text }),
]);
const codex = z.union([
  nothing,
  block,
  z.strictObject({ hookSpecificOutput: claudeDenial }),
  z.strictObject({ hookSpecificOutput: codexContext }),
]);
const cursor = z.union([
  nothing,
  z.strictObject({
    permission: z.literal("allow"),
    additional_context: context.optional(),
    agent_message: context.optional(),
  }),
  z
    .strictObject({ permission: z.literal("deny"), user_message: text, agent_message: text })
    .refine((reply) => reply.user_message === reply.agent_message, "one text in both fields"),
  z.strictObject({ continue: z.literal(true), additional_context: context.optional() }),
  z.strictObject({ continue: z.literal(false), user_message: text }),
  z.strictObject({ additional_context: context }),
]);
const gemini = z.union([
  nothing,
  z.strictObject({ decision: z.literal("deny"), reason: text }),
  z.strictObject({
    hookSpecificOutput: z.strictObject({
      hookEventName: z.enum(["SessionStart", "BeforeAgent", "AfterTool"]),
      additionalContext: context,
    }),
    systemMessage: text.optional(),
  }),
  z.strictObject({ systemMessage: text }),
]);
const denial = { permissionDecision: z.literal("deny"), permissionDecisionReason: text };
const inside = { hookEventName: z.string().regex(/^[A-Z]/) };
const copilot = z.union([
  nothing,
  z.strictObject(denial),
  z.strictObject({ additionalContext: context }),
  z.strictObject({ ...denial, hookSpecificOutput: z.strictObject({ ...inside, ...denial }) }),
  z.strictObject({
    additionalContext: context,
    hookSpecificOutput: z.strictObject({ ...inside, additionalContext: context }),
  }),
]);
const plugin = z.union([
  z.strictObject({ permission: z.literal("allow"), context: context.optional(), note: text.optional() }),
  z.strictObject({ permission: z.literal("deny"), reason: text }),
  z.strictObject({ context: context.optional(), note: text.optional() }),
]);

export const replySchemas = {
  "claude-code": claude,
  codex,
  cursor,
  gemini,
  copilot,
  opencode: plugin,
  pi: plugin,
} as const satisfies Record<Exclude<IdeName, "windsurf">, z.ZodType>;
