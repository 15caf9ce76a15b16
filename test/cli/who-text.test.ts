/** Who works on what, as terminals of all kinds show it. */
import { describe, expect, it } from "vitest";
import { textWidth } from "../../src/cli/text-width.ts";
import type { WhoRow } from "../../src/cli/who-data.ts";
import { whoText } from "../../src/cli/who-text.ts";
import { makeFakeScreen } from "./fake-screen.ts";

const NOW = Date.parse("2026-01-01T12:00:00.000Z");
const inMinutes = (minutes: number) => new Date(NOW + minutes * 60_000).toISOString();

const row: WhoRow = {
  sessionId: "ses_1",
  userName: "Boğdan Ωmega",
  agentName: "Claude Code",
  task: "Build the parser\nof all parsers, which takes a while",
  repository: "github.com/acme/app",
  branch: "feature/a-rather-long-branch-name",
  currentFile: null,
  needs: ["approval"],
  isWorking: true,
  heardAt: inMinutes(-2),
  held: [
    {
      reservationId: "rsv_1",
      path: "src/漢字/very/deep/index.ts",
      mode: "exclusive",
      expiresAt: inMinutes(6),
      openUntil: null,
    },
    { reservationId: "rsv_2", path: "b.ts", mode: "shared", expiresAt: inMinutes(-1), openUntil: inMinutes(40) },
  ],
};

describe("serai who on a screen", () => {
  it("is the plain text where it is piped into something", () => {
    const { screen } = makeFakeScreen();
    expect(whoText([row], screen, NOW)).toBe(
      [
        "! Boğdan Ωmega · Claude Code · feature/a-rather-long-branch-name · 2 min ago",
        "  Build the parser of all parsers, which takes a while",
        "  src/漢字/very/deep/index.ts  6 min",
        "  b.ts  until its tool call ends, shared",
        "  needs your word: serai approvals",
        "",
      ].join("\n"),
    );
  });

  it.each([24, 30, 40, 80])("fits a terminal of %i columns", (columns) => {
    const { screen } = makeFakeScreen({ isTerminal: true, columns });
    const lines = whoText([row], screen, NOW)
      .split("\n")
      .filter((line) => !line.includes("tool call"));
    expect(Math.max(...lines.map((line) => textWidth(line)))).toBeLessThanOrEqual(columns);
    expect(lines.join("\n")).toContain("index.ts");
  });

  it("has colours on a terminal, and none where nobody wants them", () => {
    const colour = makeFakeScreen({ isTerminal: true });
    expect(whoText([row], colour.screen, NOW)).toContain("\u001B[");
    const { screen } = makeFakeScreen({ isTerminal: true, environment: { NO_COLOR: "1" } });
    expect(whoText([row], screen, NOW)).not.toContain("\u001B[");
  });

  it("lets nobody's task move the cursor", () => {
    const { screen } = makeFakeScreen({ isTerminal: true, environment: { NO_COLOR: "1" } });
    const text = whoText([{ ...row, task: "\u001B[2Jgone\u0007" }], screen, NOW);
    expect(text).toContain("  [2Jgone\n");
    expect(text).not.toContain("\u001B");
  });

  it("says what to do when nobody is there", () => {
    expect(whoText([], makeFakeScreen().screen, NOW)).toMatch(/^Nobody is at work\..*serai hooks install/);
  });
});
