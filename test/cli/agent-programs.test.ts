/** `serai agents` against a real server: which agents that are programs it has, and how to get the others. */
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openServedHome } from "./cli.ts";
import type { ServedHome } from "./cli.ts";

let served: ServedHome;
let installed: string;

beforeAll(async () => {
  installed = await mkdtemp(join(tmpdir(), "serai-installed-"));
  mkdirSync(join(installed, "bin"));
  writeFileSync(join(installed, "package.json"), JSON.stringify({ version: "0.61.0", bin: { gemini: "bin/gemini" } }));
  writeFileSync(join(installed, "bin/gemini"), "#!/bin/sh\n");
  chmodSync(join(installed, "bin/gemini"), 0o700);
  served = await openServedHome({
    PATH: `${join(installed, "bin")}:/usr/bin:/bin`,
    SERAI_AGENT_CODEX: "/opt/gone/codex-acp --of-nobody",
    SERAI_ISOLATION: "off",
  });
});
afterAll(async () => {
  await served[Symbol.asyncDispose]();
  await rm(installed, { recursive: true, force: true });
});

it("H3: shows which agents are installed, in which version, and how to install the others", async () => {
  const { code, stdout } = await served.run(["agents"]);
  expect(code).toBe(0);
  expect(stdout.split("\n")).toEqual([
    expect.stringMatching(/^HARNESS +AGENT +VERSION +PROGRAM$/),
    expect.stringMatching(/^claude-code +Claude Code +not installed; on the server: npm install -g @\S+$/),
    expect.stringMatching(/^codex +Codex +Codex is configured as "\/opt\/gone\/codex-acp", which is no program here$/),
    expect.stringMatching(new RegExp(`^gemini +Gemini CLI +0\\.61\\.0 +${join(installed, "bin/gemini")}$`)),
    expect.stringMatching(/^opencode +opencode +not installed; on the server: npm install -g opencode-ai$/),
    expect.stringMatching(/^pi +pi +not installed; /),
    "",
    "They run not isolated (SERAI_ISOLATION is off). Agents with a prompt of their own: serai agents list",
    "",
  ]);
});

it("says the same to programs, and never what a program is run with", async () => {
  const { stdout } = await served.run(["agents", "installed", "-o", "json"]);
  const { data, isolation } = JSON.parse(stdout) as { data: readonly object[]; isolation: object };
  expect(isolation).toEqual({ kind: "none", why: "SERAI_ISOLATION is off" });
  expect(data[2]).toEqual({
    harness: "gemini",
    title: "Gemini CLI",
    path: join(installed, "bin/gemini"),
    version: "0.61.0",
    configured: false,
    missing: null,
    install: "npm install -g @google/gemini-cli",
  });
  expect(data[0]).toMatchObject({ path: null, missing: expect.stringContaining("Claude Code is not installed") });
  expect(stdout).not.toContain("--of-nobody");
});

it("says so when a command of agents is not one", async () => {
  const { code, stderr } = await served.run(["agents", "instaled"]);
  expect([code, stderr]).toEqual([2, 'serai: There is no command "agents instaled"; see: serai agents --help\n']);
});
