/** Where each agent reads its hooks, where its user has moved its folder. */
import { describe, expect, it } from "vitest";
import type { Ide } from "../../src/install/ides.ts";
import { targetOf } from "../../src/install/places.ts";

function userFile(ide: Ide, environment: Readonly<Record<string, string>>): string {
  return targetOf(ide, "user", { environment, home: "/home/ada", projectRoot: "/repo", platform: "linux" }).path;
}

describe("the hooks of a user", () => {
  it.each([
    ["claude-code", "CLAUDE_CONFIG_DIR", "/home/ada/.claude/settings.json", "/moved/settings.json"],
    ["codex", "CODEX_HOME", "/home/ada/.codex/hooks.json", "/moved/hooks.json"],
    ["copilot", "COPILOT_HOME", "/home/ada/.copilot/hooks/serai.json", "/moved/hooks/serai.json"],
    ["pi", "PI_CODING_AGENT_DIR", "/home/ada/.pi/agent/extensions/serai.js", "/moved/extensions/serai.js"],
  ] as const)("are where %s has its folder, as %s says", (ide, name, usual, moved) => {
    expect(userFile(ide, {})).toBe(usual);
    expect(userFile(ide, { [name]: " " })).toBe(usual);
    expect(userFile(ide, { [name]: "/moved" })).toBe(moved);
  });
});
