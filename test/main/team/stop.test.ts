/** A server that stops has recorded what it answered: what runs behind an answer is waited for before the store closes. */
import { expect, it, onTestFinished } from "vitest";
import { openWholeServer } from "../whole-server.ts";
import { tellTree } from "./team-server.ts";

it("keeps every refusal that it gave, and logs no fault, when it is stopped right after the answers", async () => {
  const whole = await openWholeServer();
  onTestFinished(() => whole[Symbol.asyncDispose]());
  const root = "/home/dev/stops";
  const send = async (session_id: string, hook_event_name: string, use: string) => {
    const tool = { tool_name: "Write", tool_input: { file_path: `${root}/a.ts` }, tool_use_id: use };
    const base = { session_id, cwd: root, transcript_path: "/x/.claude/projects/y/z.jsonl", hook_event_name };
    const body = JSON.stringify({ ...base, ...tool });
    const init = { method: "POST", body, headers: tellTree(root) };
    return (await whole.as.owner.fetch("/hooks/claude-code", init)).text();
  };
  await send("holder", "PreToolUse", "1");
  await send("asks", "PreToolUse", "0");
  const uses = Array.from({ length: 40 }, (_, use) => `use-${use}`);
  const replies = await Promise.all(uses.map((use) => send("asks", "PreToolUse", use)));
  await whole.restart();
  for (const reply of replies) expect(reply).toContain('"permissionDecision":"deny"');
  const { body } = await whole.as.owner.get<{ readonly data: readonly { readonly id: string }[] }>("/sessions");
  const logs = body.data.map(({ id }) =>
    whole.as.owner.get<{ readonly data: readonly { readonly type: string }[] }>(`/sessions/${id}/events`),
  );
  const types = (await Promise.all(logs)).flatMap((log) => log.body.data.map(({ type }) => type));
  expect(types.filter((type) => type === "reservation.denied")).toHaveLength(uses.length + 1);
  expect(whole.faults).toEqual([]);
});
