/** Merging into files that people have written: any JSON with any comments, and back again to the byte. */
import fc from "fast-check";
import { parse } from "jsonc-parser";
import { describe, expect, it } from "vitest";
import { entriesOf } from "../../src/install/hook-commands.ts";
import type { HookSite } from "../../src/install/hook-commands.ts";
import { fileOf, IDES } from "../../src/install/ides.ts";
import type { HookFile, Ide } from "../../src/install/ides.ts";
import { findHooks, hasExactly, mergeHooks, removeHooks } from "../../src/install/merge-hooks.ts";
import { applyEdits } from "../../src/install/text-edits.ts";

const HOOK_IDES = IDES.filter((ide) => fileOf(ide).kind === "hooks");

function siteOf(ide: Ide, more: Partial<HookSite> = {}): HookSite {
  const server = { name: "s", url: "http://127.0.0.1:7080", key: "srk_k", hostId: "hst_h" };
  return {
    ide,
    folder: "/home/me/.config/serai/hooks",
    server,
    isStrict: false,
    usesHttp: true,
    platform: "linux",
    ...more,
  };
}

function hookFileOf(ide: Ide): HookFile {
  const file = fileOf(ide);
  if (file.kind !== "hooks") throw new Error(`${ide} has no file of hooks`);
  return file;
}

function merged(ide: Ide, text: string, more: Partial<HookSite> = {}) {
  const file = hookFileOf(ide);
  const done = mergeHooks(text, file, entriesOf(file, siteOf(ide, more)));
  if (!done.ok) throw new Error(done.reason);
  return done.value;
}

function valueOf(text: string): unknown {
  return parse(text.replace("\uFEFF", ""), undefined, { allowTrailingComma: true }) as unknown;
}

const space = fc.constantFrom("", " ", "\n", "\n  ", "\t", "\r\n", " // note {}[],\n", '/* a, "b": [1] */', "\n\n    ");
/** Written as people write: comments anywhere, commas at the end, odd spaces. */
function written(value: unknown, pick: () => string, comma: () => boolean): string {
  if (Array.isArray(value))
    return list(
      "[",
      value.map((item) => pick() + written(item, pick, comma) + pick()),
      "]",
      pick,
      comma,
    );
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(
    ([name, item]) => `${pick()}${JSON.stringify(name)}${pick()}:${pick()}${written(item, pick, comma)}${pick()}`,
  );
  return list("{", members, "}", pick, comma);
}

function list(open: string, parts: readonly string[], close: string, pick: () => string, comma: () => boolean): string {
  const end = parts.length > 0 && comma() ? "," : "";
  return `${open}${parts.length === 0 ? pick() : ""}${parts.join(",")}${end}${pick()}${close}`;
}

const foreignHandler = fc.record({
  type: fc.constant("command"),
  command: fc.constantFrom("./mine.sh", "serai hooks", "node x.mjs"),
});
const foreignList = fc.array(
  fc.oneof(
    foreignHandler,
    fc.record({ matcher: fc.constant("Bash"), hooks: fc.array(foreignHandler, { maxLength: 2 }) }),
  ),
  { maxLength: 3 },
);
const anyEvent = fc.constantFrom(
  "PreToolUse",
  "preToolUse",
  "Stop",
  "stop",
  "SessionStart",
  "Notification",
  "pre_write_code",
  "BeforeTool",
);
const foreign = fc.record(
  {
    version: fc.constant(1),
    hooks: fc.dictionary(anyEvent, foreignList, { maxKeys: 4 }),
    permissions: fc.jsonValue({ maxDepth: 2 }),
    'ü "odd" key': fc.jsonValue({ maxDepth: 1 }),
  },
  { requiredKeys: [] },
);
const anyFile = fc
  .tuple(
    foreign,
    fc.array(space, { minLength: 1, maxLength: 40 }),
    fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }),
    fc.boolean(),
  )
  .map(([value, spaces, commas, hasMark]) => {
    let at = 0;
    const text = written(
      value,
      () => spaces[at++ % spaces.length] ?? "",
      () => commas[at++ % commas.length] ?? false,
    );
    return `${hasMark ? "\uFEFF" : ""}${spaces[0] ?? ""}${text}${spaces.at(-1) ?? ""}`;
  });

describe.each(HOOK_IDES)("the hooks of %s in a file of somebody's", (ide) => {
  it("leave every character of it where it was, and are undone to the byte", () => {
    fc.assert(
      fc.property(anyFile, (text) => {
        const { text: after, undo } = merged(ide, text);
        expect(applyEdits(after, undo)).toBe(text);
        // Only what they add stands between what was there: nothing is out of order, nothing is gone.
        let at = 0;
        for (const sign of text) {
          at = after.indexOf(sign, at);
          expect(at).toBeGreaterThanOrEqual(0);
          at += sign.length;
        }
        expect(undo.every(({ content }) => content === "")).toBe(true);
      }),
    );
  });

  it("are all there beside all the others, and once however often they are merged", () => {
    fc.assert(
      fc.property(anyFile, (text) => {
        const { text: after } = merged(ide, text);
        const entries = entriesOf(hookFileOf(ide), siteOf(ide));
        expect(hasExactly(after, entries)).toBe(true);
        const faults: unknown[] = [];
        parse(after.replace("\uFEFF", ""), faults as never, { allowTrailingComma: true });
        expect(faults).toEqual([]);
        const left = removeHooks(after);
        expect(left.ok && withoutEmpty(valueOf(left.value))).toEqual(
          withoutEmpty({ ...hookFileOf(ide).root, ...(valueOf(text) as object) }),
        );
      }),
    );
  });
});

/** Events without a hook, which one way back leaves and the other takes. */
function withoutEmpty(value: unknown): unknown {
  const { hooks, ...rest } = value as { readonly hooks?: Readonly<Record<string, readonly unknown[]>> };
  const kept = Object.entries(hooks ?? {}).filter(([, list]) => list.length > 0);
  return { ...rest, hooks: Object.fromEntries(kept) };
}

describe("a file of hooks", () => {
  it("keeps its comments, its indentation and its line ends", () => {
    const text =
      '{\r\n\t// mine\r\n\t"hooks": {\r\n\t\t"stop": [\r\n\t\t\t{ "command": "./mine.sh" } // last\r\n\t\t]\r\n\t}\r\n}\r\n';
    const { text: after } = merged("cursor", text);
    expect(after).toContain('\t\t\t{ "command": "./mine.sh" }, // last\r\n\t\t\t{\r\n\t\t\t\t"command": "sh -c ');
    expect(after).toContain("\t// mine\r\n");
    expect(after.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
  });

  it("is made from nothing, with what the agent needs in it", () => {
    const { text } = merged("cursor", "");
    expect(JSON.parse(text)).toMatchObject({ version: 1, hooks: { preToolUse: [{ timeout: 5 }] } });
    expect(text.endsWith("}\n")).toBe(true);
  });

  it.each([
    ['{\n  "hooks": {,\n}', "it is no JSON: value expected at line 2, column 13"],
    ['{"a": 1', "close brace expected at line 1, column 8"],
    ["[1]", "it holds a JSON array where an object belongs"],
    ['{"hooks": []}', '"hooks" in it is no object but of the type array'],
    ['{"hooks": {"preToolUse": {}}}', '"hooks.preToolUse" in it is no array but of the type object'],
    ['{"hooks": {},\n "hooks": {}}', '"hooks" is in it twice, again at line 2, column 2'],
  ])("is refused with the place when it cannot be read: %s", (text, reason) => {
    const file = hookFileOf("cursor");
    const done = mergeHooks(text, file, entriesOf(file, siteOf("cursor")));
    expect(done.ok ? "" : done.reason).toContain(reason);
  });

  it("loses only our handler where somebody has put another one beside it", () => {
    const { text } = merged("claude-code", "{}");
    const mixed = text.replace(
      '"hooks": [\n          {\n            "type": "command"',
      '"hooks": [\n          { "type": "command", "command": "mine" },\n          {\n            "type": "command"',
    );
    const left = removeHooks(mixed);
    expect(left.ok && valueOf(left.value)).toEqual({
      hooks: { SessionStart: [{ hooks: [{ type: "command", command: "mine" }] }] },
    });
  });

  it("does not take another's hooks for ours", () => {
    const text = JSON.stringify({
      hooks: { stop: [{ command: "serai hooks" }, { url: "https://x.example/hooks/other" }, { command: "hook.sh" }] },
    });
    const found = findHooks(text);
    expect(found.ok && found.value).toEqual([]);
  });

  it("of Cursor names only events that Cursor knows, or Cursor would not read it at all (hooks.md 3.1)", () => {
    const known = new Set([
      ...["sessionStart", "sessionEnd", "beforeSubmitPrompt", "preToolUse", "postToolUse", "postToolUseFailure"],
      ...["beforeShellExecution", "beforeMCPExecution", "beforeReadFile", "beforeTabFileRead", "afterShellExecution"],
      ...["afterMCPExecution", "afterFileEdit", "afterTabFileEdit", "afterAgentResponse", "afterAgentThought", "stop"],
      ...["subagentStart", "subagentStop", "preCompact", "workspaceOpen"],
    ]);
    const { hooks } = JSON.parse(merged("cursor", "").text) as { readonly hooks: Readonly<Record<string, unknown>> };
    expect(Object.keys(hooks).filter((name) => !known.has(name))).toEqual([]);
  });

  it("of Codex has no request, which would make it throw the file away (hooks.md 4.1)", () => {
    expect(merged("codex", "").text).not.toContain('"http"');
  });

  it("of Codex asks for no more time at an end than Codex gives, which it would call an error", () => {
    const { hooks } = JSON.parse(merged("codex", "").text) as {
      readonly hooks: Readonly<Record<string, readonly { readonly hooks: readonly { readonly timeout: number }[] }[]>>;
    };
    const seconds = Object.entries(hooks).map(([event, groups]) => [event, groups[0]?.hooks[0]?.timeout]);
    expect(Object.fromEntries(seconds)).toMatchObject({ SessionEnd: 3, Interrupt: 3, PreToolUse: 5 });
  });

  it("of Gemini counts in milliseconds (hooks.md 5.1)", () => {
    expect(merged("gemini", "").text.match(/"timeout": (\d+)/g)).toEqual(Array(6).fill('"timeout": 5000'));
  });

  it("of Claude Code asks by request for tools, and by a program for the start of a session (hooks.md 2.5)", () => {
    type Groups = Readonly<Record<string, readonly { readonly hooks: readonly { readonly type: string }[] }[]>>;
    const { hooks } = JSON.parse(merged("claude-code", "").text) as { readonly hooks: Groups };
    expect(hooks["SessionStart"]?.[0]?.hooks[0]).toMatchObject({ type: "command", timeout: 5 });
    expect(hooks["PreToolUse"]?.[0]?.hooks[0]).toEqual({
      type: "http",
      url: "http://127.0.0.1:7080/hooks/claude-code",
      headers: { Authorization: "Bearer srk_k", "X-Serai-Agent": "claude-code", "X-Serai-Host": "hst_h" },
      timeout: 3,
    });
    expect(merged("claude-code", "", { usesHttp: false }).text).not.toContain("srk_k");
  });

  it("is closed to failure by each agent's own means when it is strict (R9)", () => {
    expect(merged("claude-code", "", { isStrict: true }).text.match(/"onFailure": "block"/g)).toHaveLength(1);
    expect(merged("cursor", "", { isStrict: true }).text.match(/"failClosed": true/g)).toHaveLength(1);
    expect(merged("codex", "", { isStrict: true }).text).toContain("PreToolUse s strict");
  });

  it("has nothing of one machine in it, and no key, when others get it with the repository", () => {
    for (const ide of HOOK_IDES.filter((name) => name !== "claude-code")) {
      const { text } = merged(ide, "", { folder: null });
      expect(text).not.toContain("/home/me");
      expect(text).not.toContain("srk_k");
    }
  });
});
