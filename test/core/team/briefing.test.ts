/** The text of a briefing: its layout, and what is left out when there is too much. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { agoWords, MAX_BRIEFING, noFacts, renderBriefing, renderNews } from "../../../src/core/team/briefing.ts";
import type { BriefingFacts } from "../../../src/core/team/briefing.ts";

const minute = 60_000;
const developer = { name: "Developer B", agent: "Cursor", branch: null, task: "Build JWT auth flow" };
const example: BriefingFacts = {
  ...noFacts,
  agents: [developer],
  locked: [{ path: "src/auth/login.ts", holder: "Developer B", branch: null }],
  decisions: [{ title: "Use JWT for auth", by: "Developer B", ageMs: 5 * minute, isStale: false }],
};

describe("a briefing", () => {
  it("has the layout of the page's example, to the letter", () => {
    expect(renderBriefing(example)).toBe(
      "Team briefing:\n\nActive agents:\n - Developer B (Cursor): Build JWT auth flow\n\n" +
        "Locked files:\n - src/auth/login.ts (Developer B)\n\n" +
        "Recent decisions:\n - Use JWT for auth (Developer B, 5 min ago)",
    );
  });

  it("says that nobody is there when there is nothing to say, and leaves out what is empty", () => {
    expect(renderBriefing(noFacts)).toBe("No other agents are active.");
    const musts = [{ title: "No any", rationale: "", globs: [] }];
    expect(renderBriefing({ ...noFacts, musts })).toBe("Team briefing:\n\nConventions that are a must:\n - No any");
  });

  it("goes on with what else there is, and says branches where they are known", () => {
    const text = renderBriefing({
      agents: [
        { ...developer, branch: "feature/jwt" },
        { ...developer, task: null },
      ],
      locked: [{ path: "src/", holder: "Developer C", branch: "main" }],
      decisions: [{ title: "Use JWT", by: "Developer B", ageMs: 3 * 24 * 60 * minute, isStale: true }],
      musts: [{ title: "No any", rationale: "It hides\nmistakes", globs: ["src/**", "*.ts"] }],
      leftovers: [{ path: "src/a.ts", leftMs: 5.5 * minute }],
      conflicts: [{ path: "src/b.ts", holders: ["Developer B on x", "Developer C"] }],
      messages: ["src/c.ts is free again"],
    });
    expect(text.split("\n\n").slice(1)).toEqual([
      "Active agents:\n - Developer B (Cursor) on feature/jwt: Build JWT auth flow\n - Developer B (Cursor)",
      "Locked files:\n - src/ (Developer C, on main)",
      "Recent decisions:\n - Use JWT (Developer B, 3 days ago; its files have changed much since)",
      "Conventions that are a must:\n - No any (src/**, *.ts): It hides mistakes",
      "Still locked by your earlier work:\n - src/a.ts (6 min remaining)",
      "Held on several branches at once:\n - src/b.ts (Developer B on x; Developer C)",
      "Messages:\n - src/c.ts is free again",
    ]);
  });

  it("is never too long: whole lines go, of the longest section first, and are counted", () => {
    const locked = Array.from({ length: 500 }, (_, n) => ({ path: `src/file-${n}.ts`, holder: "B", branch: null }));
    const text = renderBriefing({ ...example, locked });
    expect(text.length).toBeLessThanOrEqual(MAX_BRIEFING);
    expect(text.length).toBeGreaterThan(MAX_BRIEFING - 100);
    expect(text).toContain("Use JWT for auth (Developer B, 5 min ago)");
    const shown = text.split("\n").filter((line) => line.includes("src/file-")).length;
    expect(text).toContain(`\n - … and ${500 - shown} more\n`);
  });

  it("holds its bound, its layout and its counts for any facts", () => {
    const words = fc.string({ maxLength: 900 });
    const some = <T>(one: fc.Arbitrary<T>) => fc.array(one, { maxLength: 60 });
    const facts = fc.record({
      agents: some(fc.record({ name: words, agent: words, branch: fc.option(words), task: fc.option(words) })),
      locked: some(fc.record({ path: words, holder: words, branch: fc.option(words) })),
      decisions: some(fc.record({ title: words, by: words, ageMs: fc.nat(), isStale: fc.boolean() })),
      musts: some(fc.record({ title: words, rationale: words, globs: fc.array(words, { maxLength: 3 }) })),
      leftovers: some(fc.record({ path: words, leftMs: fc.nat() })),
      conflicts: some(fc.record({ path: words, holders: fc.array(words, { maxLength: 3 }) })),
      messages: some(words),
    });
    const property = fc.property(facts, (given) => {
      const text = renderBriefing(given);
      expect(text.length).toBeLessThanOrEqual(MAX_BRIEFING);
      const shown = text.split("\n").filter((line) => line.startsWith(" - ") && !/^ - … and \d+ more$/.test(line));
      const leftOut = [...text.matchAll(/^ - … and (\d+) more$/gm)].reduce((sum, [, n]) => sum + Number(n), 0);
      const all = Object.values(given).reduce((sum, list) => sum + list.length, 0);
      expect(shown.length + leftOut).toBe(all);
    });
    fc.assert(property, { numRuns: 60 });
  });
});

describe("news", () => {
  it("are a list under one heading, and nothing when there are none", () => {
    expect(renderNews([])).toBeNull();
    expect(renderNews(["Locked: a.ts (B)"])).toBe("Team news:\n\nSince you were last told:\n - Locked: a.ts (B)");
  });

  it.each([
    [0, "just now"],
    [59_999, "just now"],
    [5 * minute, "5 min ago"],
    [60 * minute, "1 h ago"],
    [47.9 * 60 * minute, "47 h ago"],
    [48 * 60 * minute, "2 days ago"],
  ])("%i ms are %s", (ms, words) => {
    expect(agoWords(ms)).toBe(words);
  });
});
