/** Tables, widths, figures, places: the small parts of what is shown. */
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatAge, formatBytes, formatMs, formatUsd } from "../../src/cli/figures.ts";
import { placeIn } from "../../src/cli/local-files.ts";
import { plain, plainLine } from "../../src/cli/screen.ts";
import { formatFacts, formatTable } from "../../src/cli/table.ts";
import { cutText, textWidth } from "../../src/cli/text-width.ts";
import { describeCall } from "../../src/cli/tool-words.ts";
import { makeFakeScreen } from "./fake-screen.ts";

describe("tables", () => {
  const columns = [{ title: "ID" }, { title: "TITLE", isFlexible: true }, { title: "N", align: "right" }] as const;

  it("are aligned, also with wide letters in them", () => {
    const rows = [
      ["a", "short", "1"],
      ["bbb", "日本", "1,234"],
    ];
    expect(formatTable(columns, rows, makeFakeScreen().screen)).toBe(
      ["ID   TITLE      N", "a    short      1", "bbb  日本   1,234", ""].join("\n"),
    );
  });

  it("cut the flexible column and no other to what a terminal has", () => {
    const { screen } = makeFakeScreen({ isTerminal: true, columns: 30, environment: { NO_COLOR: "1" } });
    const text = formatTable(columns, [["ses_0123456789", "a title that is far too long", "12"]], screen);
    expect(text.split("\n")[1]).toBe("ses_0123456789  a title t…  12");
  });

  it("are never cut when they go into a file", () => {
    const long = "x".repeat(500);
    expect(formatTable(columns, [["a", long, "1"]], makeFakeScreen().screen)).toContain(long);
  });

  it("leave out facts that are not known", () => {
    const facts = [
      ["id", "ses_1"],
      ["title", null],
      ["status", "idle"],
    ] as const;
    expect(formatFacts(facts, makeFakeScreen().screen)).toBe("id      ses_1\nstatus  idle\n");
  });
});

describe("the width of a text", () => {
  it.each([
    ["abc", 3],
    ["é", 1],
    ["e\u0301", 1],
    ["日本", 4],
    ["\u{1F3D4}\uFE0F", 1],
    ["\u{1F600}", 2],
    ["\u001B[2mdim\u001B[22m", 3],
    ["", 0],
  ])("of %j is %i", (text, width) => {
    expect(textWidth(text)).toBe(width);
  });

  it("is never more than what it is cut to", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 1, max: 20 }), (text, width) => {
        expect(textWidth(cutText(text, width))).toBeLessThanOrEqual(width);
      }),
    );
  });
});

describe("texts from elsewhere", () => {
  it("lose what could steer a terminal and nothing else", () => {
    expect(plain("a\u001B]0;title\u0007b\r\n\tc\u0085\u009Bd é日\u{1F600}")).toBe("a]0;titleb\n\tcd é日\u{1F600}");
    expect(plainLine("  two\n lines\t")).toBe("two lines");
  });
});

describe("figures", () => {
  it.each([
    [formatMs(12.4), "12 ms"],
    [formatMs(3_240), "3.2 s"],
    [formatMs(125_000), "2 min 5 s"],
    [formatUsd(0.01234), "$0.0123"],
    [formatUsd(12.3), "$12.30"],
    [formatUsd(0), "$0.00"],
    [formatBytes(0), "0 B"],
    [formatBytes(999), "999 B"],
    [formatBytes(745_814), "746 kB"],
    [formatBytes(1_500_000), "1.5 MB"],
    [formatAge("2026-01-01T00:00:00Z", Date.UTC(2026, 0, 1, 0, 3)), "3 min ago"],
    [formatAge("2026-01-01T00:00:00Z", Date.UTC(2026, 0, 5)), "4 d ago"],
    [formatAge("2026-01-01T00:00:00Z", Date.UTC(2025, 0, 1)), "now"],
  ])("read %s", (shown, expected) => {
    expect(shown).toBe(expected);
  });
});

describe("a tool call in a few words", () => {
  it.each([
    ["read_file", { path: "/a.csv", offset: 2 }, "read_file /a.csv"],
    ["grep_files", { pattern: "x", path_pattern: "/*.ts" }, "grep_files x in /*.ts"],
    ["bash", { command: "ls\n-la" }, "bash ls -la"],
    ["get_current_time", {}, "get_current_time"],
    ["odd", "not an object", "odd"],
    ["odd", null, "odd"],
    ["edit", { title: "Edit a.ts" }, "Edit a.ts"],
    ["execute", { title: "executed" }, "execute executed"],
  ])("%s %j", (name, input, words) => {
    expect(describeCall(name, input)).toBe(words);
  });
});

describe("a file of a session in a folder of this machine", () => {
  it("keeps its path below the folder", () => {
    expect(placeIn("/tmp/out", "/deep/report.md")).toBe(join("/tmp/out", "deep", "report.md"));
  });

  it.each(["/../x", "/a/../../x", "/..", "/", "//"])("is not written for the path %s", (path) => {
    expect(() => placeIn("/tmp/out", path)).toThrow("would be written outside");
  });
});
