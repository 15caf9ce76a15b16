/**
 * Ours: a node of the engine with the harness of spawned agents, and a viewer that follows the log with its hints.
 * Sessions are kept in memory; what a commit costs is another bench's matter.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { formatId } from "../../src/core/ids.ts";
import type { NodeId, SessionId } from "../../src/core/ids.ts";
import { openAcpHarness } from "../../src/harnesses/acp/harness.ts";
import { HeldNames } from "../../src/lib/held-names.ts";
import { openEngine, principal, resolveNothing } from "../../test/app/engine-world.ts";
import type { Engine } from "../../test/app/engine-world.ts";
import { openMemoryStore } from "../../test/store/memory-store.ts";
import { verify } from "../bench.ts";
import { mint } from "../data-folder.ts";

export interface Ours extends AsyncDisposable {
  readonly engine: Engine;
  session(): Promise<SessionId>;
  /** Follows one turn; gives the live text whenever it grew. */
  turn(
    id: SessionId,
    text: string,
    see: { readonly type?: (type: string) => void; readonly text?: (text: string) => void },
  ): Promise<void>;
}

export async function openOurs(agent: string, folder: string, isIsolated: boolean): Promise<Ours> {
  const node = formatId("node", 1, "1".repeat(20)) as NodeId;
  const clock = { now: () => Date.now(), monotonic: () => performance.now() };
  const harness = openAcpHarness({
    clock,
    random: Math.random,
    environment: process.env,
    names: new HeldNames(join(folder, "held-names")),
    hasSandbox: isIsolated,
  });
  // Whether there is a sandbox is found out once a server, not once a session.
  const { kind } = await harness.isolation();
  verify(!isIsolated || kind === "bubblewrap", "There is no sandbox here");
  const store = await openMemoryStore({ clock, node });
  const engine = openEngine({
    store,
    clock,
    node,
    mint,
    harness,
    async resolveTurn(id, ...rest) {
      const resolved = await resolveNothing(id, ...rest);
      if (resolved.kind === "refused") return resolved;
      const own = join(folder, id);
      await Promise.all(["tree", "state"].map((name) => mkdir(join(own, name), { recursive: true })));
      const spawned = {
        harness: "claude-code" as const,
        folder: join(own, "tree"),
        stateFolder: join(own, "state"),
        program: { command: process.execPath, args: [agent], env: {} },
        resume: null,
        model: null,
        mcpServers: [],
        isIsolated,
      };
      return { ...resolved, input: { ...resolved.input, spawned } };
    },
  });
  return {
    engine,
    async session() {
      const made = await engine.createSession(principal, { origin: "api", agentId: "agt" });
      if (!made.ok) throw new Error(made.refusal.code);
      return made.value.id;
    },
    async turn(id, text, { type: onType, text: onText }) {
      const opened = await engine.openFollow(principal, id, { cursor: { kind: "tail" } });
      if (!opened.ok) throw new Error(opened.refusal.code);
      using follower = opened.value;
      const sent = await engine.sendMessage(principal, id, { message: { content: [{ type: "text", text }] } });
      if (!sent.ok) throw new Error(sent.refusal.code);
      for (;;) {
        const { lines } = follower.readTail() ?? (await follower.read());
        for (const { type } of lines) onType?.(type);
        if (lines.some(({ type }) => type === "session.idled")) return;
        for (const live of follower.live()) onText?.(live.text);
        await follower.grown();
      }
    },
    async [Symbol.asyncDispose]() {
      await engine[Symbol.asyncDispose]();
      await harness[Symbol.asyncDispose]();
    },
  };
}
