/** What Codex is asked about its hooks, with a program that answers as `codex app-server` does. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readCodexTrust } from "../../src/install/codex-trust.ts";
import { HookWorld } from "./hook-world.ts";

let world: HookWorld;
beforeEach(() => {
  world = new HookWorld();
});
afterEach(() => world[Symbol.dispose]());

/** A `codex` on the path whose app-server does this with each message. */
function putCodex(body: string): NodeJS.ProcessEnv {
  const bin = join(world.root, "bin");
  mkdirSync(bin);
  const program = `#!${process.execPath}
if (process.argv[2] !== "app-server") process.exit(9);
const say = (message) => process.stdout.write(JSON.stringify(message) + "\\n");
let isReady = false;
require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method, params } = JSON.parse(line);
  ${body}
});
`;
  writeFileSync(join(bin, "codex"), program, { mode: 0o755 });
  return { PATH: `${bin}:${process.env["PATH"] ?? ""}` };
}

const ANSWERS = `
  if (method === "initialize") return say({ id, result: { userAgent: "codex" } });
  if (method === "initialized") { isReady = true; return say({ method: "some/notification", params: {} }); }
  if (method !== "hooks/list" || !isReady) return say({ id, error: { message: "not initialised" } });
  const hook = (eventName, trustStatus) => ({ key: "k", eventName, command: "sh -c hook.sh", currentHash: "sha256:1", trustStatus, timeoutSec: 5 });
  say({ id, result: { data: params.cwds.map((cwd) => ({ cwd, hooks: [hook("preToolUse", "untrusted"), hook("stop", "trusted")], errors: [] })) } });
`;

describe("Codex, asked about its hooks", () => {
  it("says which of them it trusts", async () => {
    expect(await readCodexTrust(world.project, putCodex(ANSWERS))).toEqual({
      kind: "known",
      hooks: [
        { event: "preToolUse", command: "sh -c hook.sh", trust: "untrusted" },
        { event: "stop", command: "sh -c hook.sh", trust: "trusted" },
      ],
    });
  });

  it("that does not know the question, ends or is not there is an answer too", async () => {
    const refusing = putCodex(`say({ id, error: { code: -32601, message: "unknown method" } });`);
    expect(await readCodexTrust(world.project, refusing)).toMatchObject({ kind: "unknown" });
    writeFileSync(join(world.root, "bin", "codex"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
    expect((await readCodexTrust(world.project, refusing)).kind).toBe("unknown");
    const missing = await readCodexTrust(world.project, { PATH: world.home });
    expect(missing.kind === "unknown" && missing.reason).toContain("codex");
  });
});
