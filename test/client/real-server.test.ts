/** The client against a real server: what a turn waits for, images, waiting for an answer, and what surrounds sessions. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Serai, SeraiError } from "../../src/client/index.ts";
import { picture } from "../lib/pictures.ts";
import { openTheatre } from "../guide/stage.ts";
import type { ScriptStep, Stage, Theatre } from "../guide/stage.ts";

let theatre: Theatre;
let stage: Stage;
let serai: Serai;
beforeAll(async () => {
  theatre = await openTheatre();
  stage = await theatre.openStage();
  serai = new Serai({ baseUrl: theatre.server.url, apiKey: stage.key });
});
afterAll(() => theatre[Symbol.asyncDispose]());

let count = 0;
async function open(steps: readonly ScriptStep[], more: object = {}): Promise<string> {
  const agentId = await stage.agent(`agent-${(count += 1)}`, steps, more);
  return (await serai.sessions.create({ agentId })).id;
}

const write = (path: string) => ({ tools: [{ name: "write_file", input: { path, content: "hello" } }] });
const careful = { capabilities: [{ ref: "session_file_system" }], tool_policies: { write_file: "approve" } };

describe("waiting for the answer to a message", () => {
  it("gives what the agent said", async () => {
    const id = await open([{ text: "Hello." }]);
    const answer = await serai.messages.create(id, "Hi", { wait: true });
    expect(answer).toMatchObject({ status: "completed", error: null, needs: [], message: { delivery: "started" } });
    expect(answer.messages.at(-1)?.content).toEqual([{ type: "text", text: "Hello." }]);
  });

  it("ends when time is up, and the turn goes on", async () => {
    const id = await open([{ text: "One moment.", hang: true }]);
    expect(await serai.messages.create(id, "Hi", { wait: true, timeoutMs: 50 })).toMatchObject({ status: "timeout" });
    expect(await serai.sessions.get(id)).toMatchObject({ status: "active" });
    await serai.sessions.cancel(id);
  });

  it("ends when the caller has enough, and the turn goes on", async () => {
    const id = await open([{ text: "One moment.", hang: true }]);
    const enough = new AbortController();
    const waiting = serai.messages.create(id, "Hi", { wait: true, signal: enough.signal });
    await expect.poll(async () => (await serai.sessions.get(id)).status).toBe("active");
    enough.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    expect(await serai.sessions.get(id)).toMatchObject({ status: "active" });
    await serai.sessions.cancel(id);
  });

  it("says for what the turn waits", async () => {
    const id = await open([write("/a.txt"), { text: "Done." }], careful);
    expect(await serai.messages.create(id, "Go", { wait: true })).toMatchObject({
      status: "waiting",
      needs: ["approval"],
    });
  });
});

describe("approvals", () => {
  it("are found over all sessions, answered once, and the turn goes on", async () => {
    const id = await open([write("/a.txt"), { text: "Done." }], careful);
    await serai.messages.create(id, "Go", { wait: true });
    const [approval] = (await serai.approvals.list({ sessionId: id })).data;
    if (approval === undefined) throw new Error("Nothing waits");
    expect(approval).toMatchObject({
      status: "pending",
      toolCall: { name: "write_file", arguments: { path: "/a.txt" } },
    });
    const everywhere: string[] = [];
    for await (const each of serai.approvals.all()) everywhere.push(each.id);
    expect(everywhere).toContain(approval.id);
    const answered = await serai.approvals.answer(id, approval.id, { answer: "allow", scope: "session" });
    expect(answered).toMatchObject({ status: "answered", answer: "allow", scope: "session" });
    for await (const event of serai.events.stream(id)) if (event.type === "session.idled") break;
    expect(await serai.sessionFs.read(id, "/a.txt")).toBe("hello");
    expect(await serai.approvals.get(id, approval.id)).toMatchObject({ status: "answered" });
    const again = serai.approvals.answer(id, approval.id, "deny");
    await expect(again).rejects.toBeInstanceOf(SeraiError);
    await expect(again).rejects.toMatchObject({ status: 409, code: "already_answered" });
  });

  it("leave a rule when they are for always, which can be revoked", async () => {
    const id = await open([write("/a.txt"), { text: "Done." }], careful);
    await serai.messages.create(id, "Go", { wait: true });
    const [approval] = (await serai.approvals.list({ sessionId: id })).data;
    await serai.approvals.answer(id, approval?.id ?? "", { answer: "allow", scope: "always" });
    const [rule] = (await serai.approvals.rules()).data;
    expect(rule).toMatchObject({ tool: "write_file" });
    await serai.approvals.revokeRule(rule?.id ?? "");
    expect((await serai.approvals.rules()).total).toBe(0);
  });
});

describe("results of the client's tools", () => {
  it("go to the turn that waits for them, under the names that the client gave", async () => {
    const tools = [{ type: "client_side", name: "ask_user", description: "Asks the user" }];
    const id = await open([{ tools: [{ name: "ask_user", input: { what_next: 1 } }] }, { text: "Thank you." }], {
      tools,
    });
    const waiting = await serai.messages.create(id, "Go", { wait: true });
    expect(waiting).toMatchObject({ status: "waiting", needs: ["tool_results"] });
    const call = waiting.messages.at(-1)?.content.find((part) => part.type === "tool_call");
    expect(call).toMatchObject({ name: "ask_user", arguments: { what_next: 1 } });
    const result = { the_choice: "b" };
    const given = await serai.toolResults.create(id, [{ toolCallId: call?.id ?? "", result }]);
    expect(given).toEqual({ accepted: 1, status: "active" });
    for await (const event of serai.events.stream(id)) if (event.type === "turn.completed") break;
    const { data } = await serai.messages.list(id);
    const said = data.flatMap(({ content }) => content).find((part) => part.type === "tool_result");
    expect(said).toMatchObject({ result: [{ type: "text", text: '{"the_choice":"b"}' }] });
  });
});

describe("images", () => {
  it("are uploaded, listed, read, shown in a message and deleted", async () => {
    const id = await open([{ text: "A red rectangle." }]);
    const bytes = Uint8Array.from(await picture("png"));
    const image = await serai.images.upload(new File([bytes], "screenshot.png"), { sessionId: id });
    expect(image).toMatchObject({ filename: "screenshot.png", contentType: "image/png", sizeBytes: bytes.length });
    const [listed] = await serai.images.list({ limit: 1 });
    expect(listed).toMatchObject({ id: image.id, metadata: { sessionId: id } });
    const read = await serai.images.get(image.id);
    expect(read.type).toBe("image/png");
    expect(new Uint8Array(await read.arrayBuffer())).toEqual(bytes);
    expect((await serai.images.thumbnail(image.id)).type).toBe("image/webp");
    const sent = await serai.messages.create(
      id,
      {
        content: [
          { type: "text", text: "What is in this screenshot?" },
          { type: "image_file", imageId: image.id, filename: "screenshot.png" },
        ],
      },
      { wait: true },
    );
    expect(sent.status).toBe("completed");
    await serai.images.delete(image.id);
    await expect(serai.images.get(image.id)).rejects.toMatchObject({ status: 404, code: "not_found" });
  });

  it("may be bytes with a name of their own", async () => {
    const bytes = Uint8Array.from(await picture("webp"));
    expect(await serai.images.upload(bytes, { filename: "x.webp" })).toMatchObject({ filename: "x.webp" });
    expect(await serai.images.upload(bytes)).toMatchObject({ filename: "image", contentType: "image/webp" });
    await expect(serai.images.upload(new Blob(["no image"]))).rejects.toMatchObject({ code: "unsupported_content" });
  });
});

describe("what surrounds a session", () => {
  it("forks, pins, counts, exports, ends and comes back", async () => {
    const id = await open([{ text: "Hello." }, { text: "Again." }]);
    await serai.messages.create(id, "Hi", { wait: true });
    const fork = await serai.sessions.fork(id, { title: "Another way" });
    expect(fork).toMatchObject({ forkedFromSessionId: id, title: "Another way" });
    await serai.sessions.pin(fork.id);
    expect((await serai.sessions.list({ pinned: true })).data.map((each) => each.id)).toEqual([fork.id]);
    await serai.sessions.unpin(fork.id);
    expect((await serai.sessions.stats()).total).toBeGreaterThan(1);
    const lines = (await new Response(await serai.sessions.export(id)).text()).trim().split("\n");
    expect(lines.map((line) => (JSON.parse(line) as { role: string }).role)).toEqual(["user", "agent"]);
    expect(await serai.sessions.pause(fork.id)).toMatchObject({ hold: "person" });
    expect(await serai.sessions.resume(fork.id)).toMatchObject({ hold: null });
    expect(await serai.sessions.complete(fork.id)).toMatchObject({ status: "completed" });
    expect(await serai.sessions.kill(fork.id)).toMatchObject({ status: "killed" });
    await serai.sessions.delete(fork.id);
    expect(await serai.sessions.restore(fork.id)).toMatchObject({ id: fork.id });
    expect((await serai.events.summary(id)).turnCount).toBe(1);
    expect((await serai.capabilities.list()).data.map((each) => each.id)).toContain("session_file_system");
    expect((await serai.models.list()).data.map((each) => each.modelId)).toContain("scripted");
  });

  it("greps files and brings an earlier version back", async () => {
    const id = await open([]);
    await serai.sessionFs.upload(id, "/a.csv", "North,3\nSouth,4\n");
    const found = await serai.sessionFs.grep(id, "North", "*.csv");
    expect(found.data).toEqual([{ path: "/a.csv", matches: [{ path: "/a.csv", lineNumber: 1, line: "North,3" }] }]);
    await serai.sessionFs.write(id, "/a.csv", "gone");
    await serai.sessionFs.restore(id, "/a.csv", 1);
    expect(await serai.sessionFs.read(id, "/a.csv")).toBe("North,3\nSouth,4\n");
  });
});
