import { describe, expect, it } from "vitest";
import { GENERIC_HARNESS_ID } from "../../../src/app/records/built-in-harnesses.ts";
import { mergePatch } from "../../../src/app/records/merge-patch.ts";
import { digitsOf, formatId } from "../../../src/core/ids.ts";
import type { AgentId } from "../../../src/core/ids.ts";
import { codeOf, member, openRecordsWorld, owner, stranger, valueOf, viewer } from "./records-world.ts";

const body = { system_prompt: "Help" };

describe("plain resources", () => {
  it("are made, read, listed newest first, changed and archived", async () => {
    const { records } = await openRecordsWorld();
    const { agents } = records;
    const first = valueOf(await agents.create(member, { name: " first ", body }));
    const second = valueOf(await agents.create(member, { name: "second", body }));
    expect(first).toMatchObject({ name: "first", version: 1, archivedAt: null, isVirtual: false });
    expect(first.body).toEqual({
      system_prompt: "Help",
      tools: [],
      tool_policies: {},
      tags: [],
      capabilities: [],
      default_model_id: null,
      harness_id: null,
    });
    expect((await agents.list(viewer, { limit: 10 })).items.map(({ id }) => id)).toEqual([second.id, first.id]);

    const changed = valueOf(await agents.update(member, { id: first.id, patch: { description: "Kind" } }));
    expect(changed).toMatchObject({ version: 2, body: { system_prompt: "Help", description: "Kind" } });

    valueOf(await agents.remove(member, first.id));
    expect((await agents.list(viewer, { limit: 10 })).total).toBe(1);
    expect((await agents.list(viewer, { limit: 10, includeArchived: true })).total).toBe(2);
    expect(valueOf(await agents.get(viewer, first.id)).archivedAt).not.toBeNull();
  });

  it("look the same whether they are another workspace's or not there", async () => {
    const { records } = await openRecordsWorld();
    const { agents } = records;
    const { id } = valueOf(await agents.create(owner, { name: "mine", body }));
    const absent = formatId("agent", 5, "5".repeat(20));
    for (const each of [id, absent, "agt_1", "", `mod_${digitsOf(absent)}`]) {
      const answers = [
        await agents.get(stranger, each),
        await agents.update(stranger, { id: each, patch: {} }),
        await agents.remove(stranger, each),
      ];
      for (const answer of answers) {
        expect(answer).toEqual({ ok: false, refusal: { code: "not_found", kind: "agent", id: each } });
      }
    }
    expect((await agents.list(stranger, { limit: 10 })).total).toBe(0);
    expect(await agents.find(stranger, "mine")).toBeUndefined();
  });

  it("are found under the long spelling of their id", async () => {
    const { records } = await openRecordsWorld();
    const { id } = valueOf(await records.agents.create(owner, { name: "mine", body }));
    const long = `agent_${digitsOf(id as AgentId)}`;
    expect(valueOf(await records.agents.get(owner, long)).id).toBe(id);
  });

  it("have a name of their own until they are archived", async () => {
    const { records } = await openRecordsWorld();
    const { agents } = records;
    const one = valueOf(await agents.create(member, { name: "bot", body }));
    const taken = { ok: false, refusal: { code: "already_exists", kind: "agent", name: "bot" } };
    expect(await agents.create(member, { name: "bot", body })).toEqual(taken);
    expect(codeOf(await agents.create(stranger, { name: "bot", body }))).toBe("accepted");
    const two = valueOf(await agents.create(member, { name: "other", body }));
    expect(await agents.update(member, { id: two.id, name: "bot" })).toEqual(taken);
    valueOf(await agents.remove(member, one.id));
    valueOf(await agents.create(member, { name: "bot", body }));
    expect(await agents.update(member, { id: one.id, isArchived: false })).toEqual(taken);
  });

  it.each([[undefined], [""], ["  "], ["a\u0007b"], ["a\u202eb"], ["x".repeat(201)], [7]])(
    "refuse the name %j",
    async (name) => {
      const { records } = await openRecordsWorld();
      const answer = await records.agents.create(member, { name, body });
      expect(answer).toMatchObject({ ok: false, refusal: { code: "invalid_input", path: "/name" } });
    },
  );

  it("take names that look the same for the same", async () => {
    const { records } = await openRecordsWorld();
    valueOf(await records.agents.create(member, { name: "Zoe\u0308", body }));
    expect(codeOf(await records.agents.create(member, { name: "Zo\u00eb", body }))).toBe("already_exists");
  });

  it("say where a body does not fit", async () => {
    const { records } = await openRecordsWorld();
    const answer = await records.agents.create(member, { name: "a", body: { ...body, capabilities: [{ ref: 1 }] } });
    expect(answer).toMatchObject({ ok: false, refusal: { code: "invalid_input", path: "/capabilities/0/ref" } });
    expect(codeOf(await records.agents.create(member, { name: "a", body: {} }))).toBe("invalid_input");
    expect(codeOf(await records.agents.create(member, { name: "a", body: null }))).toBe("invalid_input");
  });

  it("are written by members and owners, and read by everybody", async () => {
    const { records } = await openRecordsWorld();
    const { agents } = records;
    const { id } = valueOf(await agents.create(member, { name: "a", body }));
    const answers = [
      await agents.create(viewer, { name: "b", body }),
      await agents.update(viewer, { id, patch: {} }),
      await agents.apply(viewer, { name: "a", body }),
      await agents.apply(viewer, { name: "c", body }),
      await agents.remove(viewer, id),
    ];
    expect(answers.map(codeOf)).toEqual(answers.map(() => "forbidden"));
    expect(codeOf(await agents.get(viewer, id))).toBe("accepted");
  });

  it("refuse a change that was made from an older version", async () => {
    const { records } = await openRecordsWorld();
    const { id } = valueOf(await records.agents.create(member, { name: "a", body }));
    valueOf(await records.agents.update(member, { id, version: 1, patch: { description: "one" } }));
    const late = await records.agents.update(member, { id, version: 1, patch: { description: "two" } });
    expect(late).toEqual({ ok: false, refusal: { code: "version_conflict", kind: "agent", name: "a" } });
  });

  it("keep both of two patches that overtake each other", async () => {
    const { records, store } = await openRecordsWorld();
    const { agents } = records;
    const { id } = valueOf(await agents.create(member, { name: "a", body }));
    const read = store.readRecord.bind(store);
    let isFirst = true;
    store.readRecord = async (...of) => {
      const row = await read(...of);
      if (isFirst) {
        isFirst = false;
        valueOf(await agents.update(member, { id, patch: { description: "from another" } }));
      }
      return row;
    };
    const after = valueOf(await agents.update(member, { id, patch: { display_name: "Mine" } }));
    expect(after.body).toMatchObject({ description: "from another", display_name: "Mine" });
    expect(after.version).toBe(3);
  });

  it("keep what a newer program wrote into a body", async () => {
    const { records, store } = await openRecordsWorld();
    const { id } = valueOf(await records.agents.create(member, { name: "a", body }));
    const of = { kind: "agent", id, workspaceId: member.workspaceId } as const;
    await store.writeRecord({ kind: "update", of, body: JSON.stringify({ ...body, mood: "bright" }) });
    valueOf(await records.agents.update(member, { id, patch: { description: "x" } }));
    expect(JSON.parse((await store.readRecord("agent", id))?.body ?? "")).toMatchObject({
      mood: "bright",
      description: "x",
    });
  });

  it("are applied by name: made once, then replaced as a whole", async () => {
    const { records } = await openRecordsWorld();
    const made = valueOf(await records.agents.apply(member, { name: "bot", body: { ...body, description: "x" } }));
    const again = valueOf(await records.agents.apply(member, { name: "bot", body: { system_prompt: "New" } }));
    expect([made.isNew, again.isNew]).toEqual([true, false]);
    expect(again.resource).toMatchObject({ id: made.resource.id, version: 2, body: { system_prompt: "New" } });
    expect(again.resource.body).not.toHaveProperty("description");
  });

  it("are counted and paged together with those that are built in", async () => {
    const { records } = await openRecordsWorld();
    for (const name of ["a", "b", "c"])
      valueOf(await records.harnesses.create(member, { name, body: { kind: "hosted" } }));
    const pages = [];
    for (let offset = 0; offset < 6; offset += 2) {
      const { items, total } = await records.harnesses.list(viewer, { offset, limit: 2 });
      expect(total).toBe(5);
      pages.push(items.map(({ name }) => name));
    }
    expect(pages).toEqual([["c", "b"], ["a", "generic"], ["platform-chat"]]);
    expect((await records.harnesses.list(viewer, { search: "PLAT", limit: 5 })).items).toHaveLength(1);
  });
});

describe("merging (RFC 7396)", () => {
  // The table of the RFC's appendix A.
  it.each([
    [{ a: "b" }, { a: "c" }, { a: "c" }],
    [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
    [{ a: "b" }, { a: null }, {}],
    [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
    [{ a: ["b"] }, { a: "c" }, { a: "c" }],
    [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
    [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
    [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
    [
      ["a", "b"],
      ["c", "d"],
      ["c", "d"],
    ],
    [{ a: "b" }, ["c"], ["c"]],
    [{ a: "foo" }, null, null],
    [{ a: "foo" }, "bar", "bar"],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: "b", c: null }, { a: "b" }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])("%j and %j make %j", (target, patch, merged) => {
    expect(mergePatch(target, patch)).toEqual(merged);
  });

  it("gives a member named __proto__ no power", () => {
    const merged = mergePatch({}, JSON.parse('{"__proto__": {"isAdmin": true}}'));
    expect((merged as { isAdmin?: boolean }).isAdmin).toBeUndefined();
  });
});

describe("agents", () => {
  it("name a model and a harness that are there", async () => {
    const { records } = await openRecordsWorld();
    const absent = formatId("model", 5, "5".repeat(20));
    const model = await records.agents.create(member, { name: "a", body: { ...body, default_model_id: absent } });
    expect(model).toEqual({ ok: false, refusal: { code: "not_found", kind: "model", id: absent } });
    const harness = await records.agents.create(member, { name: "a", body: { ...body, harness_id: "nonsense" } });
    expect(harness).toEqual({ ok: false, refusal: { code: "not_found", kind: "harness", id: "nonsense" } });
  });

  it("keep an id that was given in its long spelling in ours", async () => {
    const { records } = await openRecordsWorld();
    const harness_id = `harness_${digitsOf(GENERIC_HARNESS_ID)}`;
    const agent = valueOf(await records.agents.create(member, { name: "a", body: { ...body, harness_id } }));
    expect(agent.body.harness_id).toBe(GENERIC_HARNESS_ID);
  });

  it("can be changed although what they name has gone since", async () => {
    const { records } = await openRecordsWorld();
    const harness = valueOf(await records.harnesses.create(member, { name: "h", body: { kind: "hosted" } }));
    const agent = valueOf(
      await records.agents.create(member, { name: "a", body: { ...body, harness_id: harness.id } }),
    );
    valueOf(await records.harnesses.remove(member, harness.id));
    expect(codeOf(await records.agents.update(member, { id: agent.id, patch: { description: "x" } }))).toBe("accepted");
    const other = await records.agents.create(member, { name: "b", body: { ...body, harness_id: harness.id } });
    expect(codeOf(other)).toBe("not_found");
  });

  it("take only capabilities that are there and configured well", async () => {
    const { records } = await openRecordsWorld();
    const answer = await records.agents.create(member, {
      name: "a",
      body: { ...body, capabilities: [{ ref: "fly" }] },
    });
    expect(answer).toEqual({
      ok: false,
      refusal: { code: "invalid_input", path: "/capabilities/0/ref", reason: "is not known" },
    });
  });

  it.each([
    ["systemPromptBytes", { system_prompt: "é".repeat(600_000) }],
    ["capabilities", { ...body, capabilities: Array.from({ length: 251 }, () => ({ ref: "session" })) }],
    ["tags", { ...body, tags: Array.from({ length: 26 }, (_, index) => `t${index}`) }],
    ["tagLength", { ...body, tags: ["x".repeat(101)] }],
  ])("stay within %s", async (setting, tooMuch) => {
    const { records } = await openRecordsWorld();
    const answer = await records.agents.create(member, { name: "a", body: tooMuch });
    expect(answer).toMatchObject({ ok: false, refusal: { code: "too_large", setting } });
  });
});

describe("harnesses", () => {
  it("that are built in are the same everywhere and cannot be changed", async () => {
    const { records } = await openRecordsWorld();
    for (const who of [owner, stranger]) {
      const generic = valueOf(await records.harnesses.get(who, GENERIC_HARNESS_ID));
      expect(generic).toMatchObject({ name: "generic", isVirtual: true, workspaceId: who.workspaceId });
      expect(generic.body).toMatchObject({ kind: "hosted", is_built_in: true });
    }
    const id = GENERIC_HARNESS_ID;
    expect(codeOf(await records.harnesses.update(owner, { id, patch: { description: "x" } }))).toBe("read_only");
    expect(codeOf(await records.harnesses.remove(owner, id))).toBe("read_only");
    expect(codeOf(await records.harnesses.create(owner, { name: "generic", body: { kind: "hosted" } }))).toBe(
      "already_exists",
    );
    expect(codeOf(await records.harnesses.apply(owner, { name: "generic", body: { kind: "hosted" } }))).toBe(
      "read_only",
    );
  });

  it("cannot be said to be built in", async () => {
    const { records } = await openRecordsWorld();
    const made = await records.harnesses.create(owner, { name: "mine", body: { kind: "hosted", is_built_in: true } });
    expect(valueOf(made).body.is_built_in).toBe(false);
  });

  it("have a kind that this program knows", async () => {
    const { records } = await openRecordsWorld();
    const answer = await records.harnesses.create(owner, { name: "mine", body: { kind: "emacs" } });
    expect(answer).toMatchObject({ ok: false, refusal: { code: "invalid_input", path: "/kind" } });
  });

  it("add to their parent, root first", async () => {
    const { records } = await openRecordsWorld();
    const { harnesses } = records;
    const root = { kind: "hosted", system_prompt: "Root", capabilities: [{ ref: "session" }], parent: "generic" };
    const middle = valueOf(await harnesses.create(owner, { name: "middle", body: root }));
    const leafBody = {
      kind: "hosted",
      system_prompt: "Leaf",
      capabilities: [{ ref: "session", config: { a: 1 } }],
      parent: middle.id,
    };
    const leaf = valueOf(await harnesses.create(owner, { name: "leaf", body: leafBody }));
    const effective = valueOf(await harnesses.effective(viewer, leaf.id));
    expect(effective.systemPrompts.slice(1)).toEqual(["Root", "Leaf"]);
    expect(effective.capabilities.slice(-2)).toEqual([{ ref: "session" }, { ref: "session", config: { a: 1 } }]);
    expect(effective).toMatchObject({ kind: "hosted", defaultModelId: null });
    expect(middle.body.parent).toBe(GENERIC_HARNESS_ID);
  });

  it("never build on themselves, nor too many on one another", async () => {
    const { records } = await openRecordsWorld();
    const { harnesses } = records;
    const ids: string[] = [];
    for (let depth = 0; depth < 8; depth++) {
      const parent = ids.at(-1) ?? null;
      ids.push(valueOf(await harnesses.create(owner, { name: `h${depth}`, body: { kind: "hosted", parent } })).id);
    }
    const [first = "", last = ""] = [ids[0], ids.at(-1)];
    const circle = await harnesses.update(owner, { id: first, patch: { parent: last } });
    expect(circle).toMatchObject({ ok: false, refusal: { code: "invalid_input", path: "/parent" } });
    const own = await harnesses.update(owner, { id: first, patch: { parent: first } });
    expect(own).toMatchObject({ ok: false, refusal: { code: "invalid_input", path: "/parent" } });
    const deep = await harnesses.create(owner, { name: "deep", body: { kind: "hosted", parent: last } });
    expect(deep).toMatchObject({ ok: false, refusal: { code: "invalid_input", path: "/parent" } });
  });
});
