/** Skills over the native door: made, uploaded, checked, read, changed; and what is wrong with one, and where. */
import { zipSync } from "fflate";
import type { Zippable } from "fflate";
import { beforeAll, describe, expect, it } from "vitest";
import type { Skill, SkillContent, SkillValidity } from "../../../src/doors/native/schema/skill.ts";
import { openRecordDoor } from "./open-records.ts";
import type { Call, RecordDoor } from "./open-records.ts";

let door: RecordDoor;
let owner: Call;
beforeAll(async () => {
  door = await openRecordDoor();
  owner = door.as("owner");
});

const md = (name: string, more = "", body = "Do it well.") =>
  `---\nname: ${name}\ndescription: Does ${name}. Use it when asked to.\n${more}---\n\n${body}`;

async function upload(files: Zippable | Uint8Array, name = "skill.zip") {
  const form = new FormData();
  const bytes = files instanceof Uint8Array ? files : zipSync(files);
  form.append("file", new Blob([Buffer.from(bytes)]), name);
  const headers = { authorization: `Bearer ${door.texts.owner}` };
  const response = await door.fetchChecked("/api/v1/skills/upload", { method: "POST", headers, body: form });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const bytes = (words: string) => new TextEncoder().encode(words);

describe("a skill", () => {
  it("K1: is made of SKILL.md and files, shown, read back as it was, and deleted", async () => {
    const skill_md = md(
      "pdf-forms",
      "license: MIT\ncompatibility: any\nmetadata:\n  version: 1.5\nallowed-tools: Read, Bash(git add:*)\n",
    );
    const files = [
      { path: "scripts/fill.py", content: "print(1)\n" },
      { path: "assets/logo.bin", content: Buffer.from([0xff, 0, 1]).toString("base64"), encoding: "base64" },
    ];
    const made = await owner("POST", "/skills", { skill_md, files });
    expect(made.status).toBe(201);
    const shown = made.body as unknown as Skill;
    expect(shown).toMatchObject({
      name: "pdf-forms",
      description: "Does pdf-forms. Use it when asked to.",
      license: "MIT",
      metadata: { version: "1.5" },
      allowed_tools: ["Read", "Bash(git add:*)"],
      capability: "skill:pdf-forms",
      version: 1,
    });
    expect(shown.files.map(({ path }) => path)).toEqual(["SKILL.md", "scripts/fill.py", "assets/logo.bin"]);
    expect(made.headers.get("location")).toBe(`/api/v1/skills/${shown.id}`);
    const content = (await owner("GET", `/skills/${shown.id}/content`)).body as unknown as SkillContent;
    expect(content.skill_md).toBe(skill_md);
    expect(content.files).toEqual([
      { ...files[0], encoding: "text", size_bytes: 9 },
      { ...files[1], size_bytes: 3 },
    ]);
    expect((await owner("DELETE", `/skills/${shown.id}`)).status).toBe(204);
    expect((await owner("GET", `/skills/${shown.id}`)).status).toBe(404);
  });

  it("is listed by pages and found by its name", async () => {
    for (const name of ["list-one", "list-two", "other"]) await owner("POST", "/skills", { skill_md: md(name) });
    const page = await owner("GET", "/skills?search=list-&limit=1");
    expect(page.body).toMatchObject({ total: 2, has_more: true, data: [{ name: "list-two" }] });
  });

  it("has a name that no other has, also after a change", async () => {
    await owner("POST", "/skills", { skill_md: md("taken") });
    const again = await owner("POST", "/skills", { skill_md: md("taken") });
    expect(again).toMatchObject({ status: 409, body: { code: "already_exists" } });
    const { body } = await owner("POST", "/skills", { skill_md: md("free") });
    const renamed = await owner("PATCH", `/skills/${String(body["id"])}`, { skill_md: md("taken") });
    expect(renamed.status).toBe(409);
  });

  it("keeps its files when only SKILL.md is changed, and the other way round; a stale version is told", async () => {
    const files = [{ path: "a.txt", content: "a" }];
    const { body } = await owner("POST", "/skills", { skill_md: md("change"), files });
    const path = `/skills/${String(body["id"])}`;
    const renamed = await owner("PATCH", path, { skill_md: md("changed") });
    expect(renamed.body).toMatchObject({
      name: "changed",
      files: [{ path: "SKILL.md" }, { path: "a.txt" }],
      version: 2,
    });
    const replaced = await owner("PATCH", path, { files: [{ path: "b.txt", content: "b" }] });
    expect(replaced.body).toMatchObject({ name: "changed", files: [{ path: "SKILL.md" }, { path: "b.txt" }] });
    const stale = await owner("PATCH", path, { files: [] }, { "if-match": '"1"' });
    expect(stale).toMatchObject({ status: 409, body: { code: "version_conflict" } });
    const broken = await owner("PATCH", path, { skill_md: "nothing" });
    expect(broken).toMatchObject({ status: 422, body: { errors: [{ file: "SKILL.md" }] } });
  });

  it("K1: that is wrong is a 422 that names everything, and where it is", async () => {
    const skill_md = `---\nname: Not A Name\nlicense: MIT\n---\nx`;
    const files = [
      { path: "../out.txt", content: "" },
      { path: "/etc/passwd", content: "" },
      { path: "a\\b", content: "" },
      { path: "twice", content: "" },
      { path: "twice", content: "" },
      { path: "folder", content: "" },
      { path: "folder/x", content: "" },
      { path: "SKILL.md", content: "" },
      { path: "b64", content: "%%%", encoding: "base64" },
    ];
    const refused = await owner("POST", "/skills", { skill_md, files });
    expect(refused).toMatchObject({ status: 422, body: { code: "invalid_document" } });
    const checked = await owner("POST", "/skills/validate", { skill_md, files });
    expect(checked.status).toBe(200);
    const { valid, errors } = checked.body as unknown as SkillValidity;
    expect(valid).toBe(false);
    expect(refused.body["errors"]).toEqual(errors);
    expect(errors.map(({ file, path, line, message }) => [file, path, line, message])).toEqual([
      ["SKILL.md", "/name", 2, "must be lower-case letters and digits, with single hyphens between them"],
      ["SKILL.md", "/description", null, "is needed: what the skill does and when to use it"],
      ["../out.txt", "", null, expect.stringContaining('".."')],
      ["/etc/passwd", "", null, "is an absolute path; paths are relative to SKILL.md"],
      ["a\\b", "", null, expect.stringContaining("backslash")],
      ["twice", "", null, "is given twice"],
      ["SKILL.md", "", null, "is given as skill_md"],
      ["b64", "", null, "is not base64"],
      ["folder", "", null, "is a file and a folder"],
    ]);
  });

  it.each([
    ["without front matter", "# Hello", "does not begin with YAML"],
    ["with YAML that cannot be read", "---\nname: [\n---\n", "is no valid YAML"],
    ["with an empty description", "---\nname: a\ndescription: ' '\n---\n", "must not be empty"],
    ["with a long name", `---\nname: ${"a".repeat(65)}\ndescription: x\n---\n`, "64 characters"],
  ])("%s is not valid", async (_, skill_md, words) => {
    const { body } = await owner("POST", "/skills/validate", { skill_md });
    expect(body).toMatchObject({ valid: false });
    expect(JSON.stringify(body)).toContain(words);
  });

  it("that is right is valid, and nothing is made of it", async () => {
    const { body } = await owner("POST", "/skills/validate", { skill_md: md("only-looked-at") });
    expect(body).toEqual({ valid: true, errors: [] });
    expect((await owner("GET", "/skills?search=only-looked-at")).body).toMatchObject({ total: 0 });
  });

  it("that is too large is a 413 with the setting's name", async () => {
    const long = await owner("POST", "/skills", { skill_md: md("long", "", "x".repeat(300_000)) });
    expect(long).toMatchObject({ status: 413, body: { setting: "skillTextBytes" } });
    const files = Array.from({ length: 200 }, (_, index) => ({ path: `${index}`, content: "" }));
    const many = await owner("POST", "/skills", { skill_md: md("many"), files });
    expect(many).toMatchObject({ status: 413, body: { setting: "skillFiles" } });
  });
});

describe("an uploaded skill", () => {
  it("is taken from an archive's top, or from its one folder, without what systems leave there", async () => {
    const flat = await upload({ "SKILL.md": bytes(md("flat")), "a/b.txt": bytes("x") });
    expect(flat).toMatchObject({
      status: 201,
      body: { name: "flat", files: [{ path: "SKILL.md" }, { path: "a/b.txt" }] },
    });
    const folder = await upload({
      "in-folder": { "SKILL.md": bytes(md("in-folder")), "b.txt": bytes("x"), ".DS_Store": bytes("x") },
      __MACOSX: { "._b.txt": bytes("x") },
    });
    expect(folder).toMatchObject({ status: 201, body: { files: [{ path: "SKILL.md" }, { path: "b.txt" }] } });
    expect(await upload({ "SKILL.md": bytes(md("flat")) })).toMatchObject({ status: 409 });
  });

  it.each([
    ["../evil.txt", '".."'],
    ["skill/../../evil", '".."'],
    ["/etc/cron.d/x", "absolute"],
    ["a\\..\\b", "backslash"],
    ["nul\0.txt", "control"],
  ])("K2: with the entry %j is refused, and names it", async (path, words) => {
    const refused = await upload({ "SKILL.md": bytes(md("evil")), [path]: bytes("x") });
    expect(refused).toMatchObject({ status: 422, body: { errors: [{ file: path }] } });
    expect(JSON.stringify(refused.body["errors"])).toContain(JSON.stringify(words).slice(1, -1));
  });

  it("K2: with a link is refused, and names it", async () => {
    const link = [bytes("/etc/passwd"), { os: 3, attrs: 0o120777 << 16 }] as const;
    const refused = await upload({ "SKILL.md": bytes(md("linked")), passwd: [link[0], link[1]] });
    expect(refused).toMatchObject({ status: 422, body: { errors: [{ file: "passwd" }] } });
  });

  it("without a SKILL.md, with files outside of its folder, or that is no archive, is refused", async () => {
    expect(await upload({ "a.txt": bytes("x") })).toMatchObject({
      status: 422,
      body: { errors: [{ file: "SKILL.md" }] },
    });
    const outside = await upload({ one: { "SKILL.md": bytes(md("one")) }, "two.txt": bytes("x") });
    expect(outside).toMatchObject({ status: 422, body: { errors: [{ file: "two.txt" }] } });
    expect(await upload(bytes("no archive"))).toMatchObject({ status: 415, body: { code: "unsupported_content" } });
    const latin = await upload({ "SKILL.md": Buffer.from(md("latin", "", "\xff"), "latin1") });
    expect(latin).toMatchObject({ status: 422, body: { errors: [{ message: "is no text in UTF-8" }] } });
  });

  it("K2: that would unpack to too much is refused", async () => {
    const bomb = await upload({ "SKILL.md": bytes(md("bomb")), zeros: Buffer.alloc(9_000_000) });
    expect(bomb).toMatchObject({ status: 415 });
    const large = await upload({ "SKILL.md": bytes(md("large")), zeros: Buffer.alloc(11_000_000) });
    expect(large).toMatchObject({ status: 413, body: { setting: "skillBytes" } });
  });
});

describe("the capabilities of a workspace", () => {
  it("K4: have its skills among them, found and described by name or id; another's are not there", async () => {
    const { body } = await owner("POST", "/skills", { skill_md: md("shown") });
    const listed = await owner("GET", "/capabilities?search=skill:shown");
    expect(listed.body).toMatchObject({
      total: 1,
      data: [{ id: "skill:shown", is_skill: true, is_mcp: false, tool_definitions: [{ name: "activate_skill" }] }],
    });
    for (const ref of ["skill:shown", `skill:${String(body["id"])}`]) {
      expect((await owner("GET", `/capabilities/${ref}`)).body).toMatchObject({ id: ref, is_skill: true });
      expect((await door.as("other")("GET", `/capabilities/${ref}`)).status).toBe(404);
    }
    const agent = { name: "with a skill", system_prompt: "", capabilities: [{ ref: "skill:shown" }] };
    expect((await owner("POST", "/agents", agent)).status).toBe(201);
    expect((await door.as("other")("POST", "/agents", agent)).status).toBe(400);
  });
});
