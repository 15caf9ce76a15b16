/** Who is asked, when, and what becomes of the answer. */
import { describe, expect, it } from "vitest";
import { argumentLines, readAnswer } from "../../src/cli/approval-words.ts";
import { openApprovalDesk } from "../../src/cli/ask-approvals.ts";
import { SeraiError } from "../../src/client/errors.ts";
import type { AnswerApproval, Approval, StreamItem } from "../../src/client/shapes.ts";
import { makeFakeScreen } from "./fake-screen.ts";

interface Prompt {
  readonly type: (text: string | null) => void;
  readonly taken: AbortSignal;
}

/** A person who types when the test says so, and a server that knows what was said. */
function open({ isThere = true, refusal }: { readonly isThere?: boolean; readonly refusal?: SeraiError } = {}) {
  const { screen, err } = makeFakeScreen();
  const settled = new Set<string>();
  const answers: (readonly [string, AnswerApproval])[] = [];
  const refusals = refusal === undefined ? [] : [refusal];
  const approvals = {
    get: (sessionId: string, id: string) => {
      const toolCall = { name: "write_file", arguments: { path: `/${id}` } };
      const status = settled.has(id) ? "answered" : "pending";
      return Promise.resolve({ id, sessionId, status, question: "May it?", toolCall } as unknown as Approval);
    },
    answer: (_: string, id: string, answer: AnswerApproval) => {
      const refused = refusals.pop();
      if (refused !== undefined) return Promise.reject(refused);
      answers.push([id, answer]);
      settled.add(id);
      return Promise.resolve({} as Approval);
    },
  };
  const prompts: Prompt[] = [];
  const askLine = (_: string, taken: AbortSignal) =>
    new Promise<string | null>((resolve) => {
      taken.addEventListener("abort", () => resolve(null));
      prompts.push({ type: resolve, taken });
    });
  const desk = openApprovalDesk({
    serai: { approvals } as unknown as Parameters<typeof openApprovalDesk>[0]["serai"],
    view: { note: (line) => screen.note(line) },
    screen,
    askLine: isThere ? askLine : null,
  });
  const prompt = async (at: number): Promise<Prompt> => {
    await expect.poll(() => prompts.length).toBeGreaterThan(at);
    const found = prompts[at];
    if (found === undefined) throw new Error("Nothing was asked");
    return found;
  };
  return { desk, prompts, prompt, answers, settled, said: err };
}

function event(type: string, approvalId: string): StreamItem {
  return { seq: 1, type, sessionId: "ses_1", context: {}, data: { approvalId } } as unknown as StreamItem;
}

const requested = (id: string) => event("approval.requested", id);

describe("a person at the terminal", () => {
  it("is asked one question after the other, and each answer is sent", async () => {
    const { desk, prompt, prompts, answers, said } = open();
    desk.take(requested("apr_1"));
    desk.take(requested("apr_2"));
    (await prompt(0)).type("y");
    (await prompt(1)).type("no use the copy");
    await expect.poll(() => answers.length).toBe(2);
    expect(answers).toEqual([
      ["apr_1", { answer: "allow" }],
      ["apr_2", { answer: "deny", reason: "use the copy" }],
    ]);
    expect(prompts).toHaveLength(2);
    expect(said()).toBe(
      "? May the agent call write_file /apr_1?\n  path: /apr_1\n? May the agent call write_file /apr_2?\n  path: /apr_2\n",
    );
  });

  it("is told what can be said when it was something else, and asked again", async () => {
    const { desk, prompt, answers, said } = open();
    desk.take(requested("apr_1"));
    (await prompt(0)).type("perhaps");
    (await prompt(1)).type("a");
    await expect.poll(() => answers).toEqual([["apr_1", { answer: "allow", scope: "always" }]]);
    expect(said()).toContain("deny it");
  });

  it("is not asked about what is settled meanwhile", async () => {
    const { desk, prompt, prompts, settled } = open();
    desk.take(requested("apr_1"));
    desk.take(requested("apr_2"));
    desk.take(requested("apr_3"));
    const { type } = await prompt(0);
    settled.add("apr_2");
    desk.take(event("approval.answered", "apr_3"));
    type("s");
    await desk.close();
    expect(prompts).toHaveLength(1);
  });

  it.each(["approval.answered", "approval.expired"])(
    "has the question taken back when it is settled: %s",
    async (how) => {
      const { desk, prompt, answers, said } = open();
      desk.take(requested("apr_1"));
      const { taken } = await prompt(0);
      desk.take(event(how, "apr_1"));
      expect(taken.aborted).toBe(true);
      await desk.close();
      expect(answers).toEqual([]);
      expect(said()).not.toContain("serai approve");
    },
  );

  it("is asked again when the answer is one that cannot be, and told why", async () => {
    const problem = { detail: "scope: can be always only for your own" };
    const refusal = new SeraiError({ status: 400, problem, asked: "", retryAfterMs: null });
    const { desk, prompt, answers, said } = open({ refusal });
    desk.take(requested("apr_1"));
    (await prompt(0)).type("a");
    (await prompt(1)).type("s");
    await expect.poll(() => answers).toEqual([["apr_1", { answer: "allow", scope: "session" }]]);
    expect(said()).toContain("✗ scope: can be always only for your own");
  });

  it("is not asked again when somebody else was faster", async () => {
    const problem = { detail: "The approval was answered deny" };
    const refusal = new SeraiError({ status: 409, problem, asked: "", retryAfterMs: null });
    const { desk, prompt, prompts, said } = open({ refusal });
    desk.take(requested("apr_1"));
    (await prompt(0)).type("y");
    await expect.poll(said).toContain("was answered deny");
    await desk.close();
    expect(prompts).toHaveLength(1);
  });

  it("is asked nothing more once they have closed the input", async () => {
    const { desk, prompt, prompts, said } = open();
    desk.take(requested("apr_1"));
    desk.take(requested("apr_2"));
    (await prompt(0)).type(null);
    await expect.poll(said).toContain("serai deny apr_2");
    expect(said()).toContain("serai approve apr_1");
    expect(prompts).toHaveLength(1);
  });
});

describe("where nobody can be asked", () => {
  it("the command is named that answers", async () => {
    const { desk, said, prompts } = open({ isThere: false });
    desk.take(requested("apr_1"));
    await expect.poll(said).toContain("serai approve apr_1  or  serai deny apr_1");
    expect(prompts).toEqual([]);
  });
});

describe("what a person types", () => {
  it.each([
    ["y", { answer: "allow" }],
    [" YES ", { answer: "allow" }],
    ["s", { answer: "allow", scope: "session" }],
    ["always", { answer: "allow", scope: "always" }],
    ["n", { answer: "deny" }],
    ["n  use /tmp, not / ", { answer: "deny", reason: "use /tmp, not /" }],
    ["", null],
    ["yeah", null],
    ["y but carefully", null],
  ] as const)("%j", (text, answer) => {
    expect(readAnswer(text)).toEqual(answer);
  });
});

describe("what a call was given", () => {
  const linesOf = (given: unknown, columns = 40) =>
    argumentLines({ question: "", toolCall: { name: "x", arguments: given } }, columns);

  it("is shown whole as far as it fits, and says what is left out", () => {
    const content = Array.from({ length: 12 }, (_, at) => `line ${at}`).join("\n");
    expect(linesOf({ path: "/a", mode: { deep: true }, content })).toEqual([
      "  path: /a",
      '  mode: {"deep":true}',
      "  content: line 0",
      ...[1, 2, 3, 4, 5, 6, 7].map((at) => `    line ${at}`),
      "    … 4 more lines",
    ]);
  });

  it("cannot steer the terminal or run over its edge", () => {
    expect(linesOf({ command: `\u001B[2Jrm -rf ${"x".repeat(60)}` })).toEqual([
      `  command: [2Jrm -rf ${"x".repeat(17)}…`,
    ]);
    expect(linesOf("no object")).toEqual([]);
  });
});
