import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatFrontMatter, parseFrontMatter } from "../../src/lib/front-matter.ts";
import { seed } from "../store/suite/setting.ts";

fc.configureGlobal({ seed });

describe("front matter", () => {
  it("is YAML between two lines of ---, with the text below", async () => {
    const whole = "---\nname: a\ntags: [x, 'y z']\n---\n\n# Title\n\n---\nmore\n";
    expect(await parseFrontMatter(whole)).toEqual({
      kind: "parsed",
      fields: { name: "a", tags: ["x", "y z"] },
      text: "# Title\n\n---\nmore\n",
    });
  });

  it.each([
    ["lines that end as on Windows", "---\r\nname: a\r\n---\r\n\r\ntext"],
    ["a mark before it", "\uFEFF---\nname: a\n---\ntext"],
    ["spaces behind the lines", "---  \nname: a\n---\t\ntext"],
  ])("bears %s", async (_, whole) => {
    expect(await parseFrontMatter(whole)).toMatchObject({ kind: "parsed", fields: { name: "a" }, text: "text" });
  });

  it("may have no text", async () => {
    expect(await parseFrontMatter("---\nname: a\n---")).toMatchObject({ fields: { name: "a" }, text: "" });
  });

  it.each([
    ["nothing", ""],
    ["text alone", "# Title"],
    ["no end", "---\nname: a\n"],
    ["no fields", "---\n---\ntext"],
    ["a list", "---\n- a\n---\n"],
    ["a key twice", "---\na: 1\na: 2\n---\n"],
    ["an alias", "---\na: &x [1]\nb: *x\n---\n"],
    ["a type of its own", "---\na: !!js/function 1\n---\n"],
    ["broken YAML", "---\na: [1\n---\n"],
    ["NUL", '---\na: "\\0"\n---\n'],
    ["half a surrogate pair", '---\na: "\\ud800"\n---\n'],
    ["__proto__", "---\n__proto__: {x: 1}\n---\n"],
  ])("is refused with a sentence: %s", async (_, whole) => {
    const refused = await parseFrontMatter(whole);
    expect(refused.kind).toBe("refused");
    expect(refused.kind === "refused" && refused.detail.length).toBeGreaterThan(5);
  });

  it.each([
    ["brackets", "[".repeat(30_000)],
    ["braces", "{".repeat(30_000)],
    ["keys", "? ".repeat(15_000)],
    ["dashes", "- ".repeat(15_000)],
    ["lines", Array.from({ length: 200 }, (_, n) => `${" ".repeat(n)}k:`).join("\n")],
    ["aliases of aliases", "a: &a [x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]"],
    ["much", "a: b\n".repeat(10_000)],
  ])("is refused before it takes long: nested %s", async (_, yaml) => {
    expect((await parseFrontMatter(`---\n${yaml}\n---\n`)).kind).toBe("refused");
  });

  it("gives back what was formatted", async () => {
    const name = fc.stringMatching(/^[a-z_]{1,12}$/);
    const leaf = fc.oneof(
      fc.string({ unit: "grapheme" }),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.constantFrom("yes", "---", "2024-01-01", "0x1", "~", "<<", "# x", "a: b"),
    );
    const value = fc.oneof(leaf, fc.array(leaf, { maxLength: 4 }), fc.dictionary(name, leaf, { maxKeys: 4 }));
    const fields = fc.dictionary(name, value, { minKeys: 1, maxKeys: 6 });
    const isPlain = (text: string) => !/[\0\r\uFEFF]/.test(text) && text.isWellFormed();
    await fc.assert(
      fc.asyncProperty(fields, fc.string({ unit: "grapheme" }), async (made, text) => {
        fc.pre(isPlain(JSON.stringify(made).replaceAll("\\u0000", "\0")) && isPlain(text));
        const parsed = await parseFrontMatter(await formatFrontMatter(made, text));
        expect(parsed).toEqual({ kind: "parsed", fields: JSON.parse(JSON.stringify(made)), text });
      }),
    );
  });
});
