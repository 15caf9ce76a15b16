/** Golden transcripts of Ennio's door (D3): every example of its page, with only address and token changed. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { parseId } from "../../../src/core/ids.ts";
import type { WorkUses } from "../../../src/app/project-work/work-uses.ts";
import { makeRepository, put } from "../../checkouts/repository.ts";
import { describeGoldens } from "../../guide/describe-goldens.ts";
import type { Player } from "../../guide/play.ts";
import type { Example } from "../../guide/scenes.ts";
import { rested, spawnedEnvironment } from "../../guide/spawned.ts";
import type { Theatre } from "../../guide/stage.ts";

const base = await mkdtemp(join(tmpdir(), "serai-ennio-page-"));
afterAll(() => rm(base, { recursive: true, force: true }));

async function openProject({ stage }: Player): Promise<void> {
  stage.stands("<token>", stage.key);
  const path = await mkdtemp(join(base, "my-app-"));
  await makeRepository(path, { "README.md": "# My app\n" });
  await put(path, { "issues/42.md": "# Validate the form\n\nIt takes anything.\n" });
  const tracker = { kind: "folder", path: "issues" };
  await stage.ask("POST", "/projects", { name: "my-app", path, default_harness: "claude-code", tracker });
}

async function spawn(player: Player): Promise<string> {
  await openProject(player);
  const { id } = await player.run("spawn-session");
  player.stage.stands("myapp-abc123", id);
  await rested(player.stage, id);
  return id;
}

/** As a forge would say it. */
async function deliver({ server }: Theatre, id: string, change: Parameters<WorkUses["setDelivery"]>[2]) {
  const session = parseId("session", id);
  const record = session === undefined ? undefined : await server.store.readSession(session);
  const userId = record?.createdBy ?? null;
  if (session === undefined || record === undefined || userId === null) throw new Error(`There is no session ${id}`);
  const owner = { workspaceId: record.workspaceId, userId, keyId: null, role: "owner" } as const;
  await server.engine.work.uses.setDelivery(owner, session, change);
}

const pr = { number: 42, url: "https://github.com/org/repo/pull/42", state: "open", draft: false } as const;

const examples: readonly Example[] = [
  {
    name: "01-health",
    title: "Health check, without a token",
    async play({ run }) {
      for (const name of ["health", "list-without-token"]) await run(name);
    },
  },
  {
    name: "02-spawn-session",
    title: "Spawn session",
    async play(player) {
      await spawn(player);
      for (const name of ["spawn-session", "spawn-without-work", "spawn-nowhere"]) await player.run(name);
    },
  },
  {
    name: "03-list-sessions",
    title: "List sessions of a project",
    async play(player) {
      await spawn(player);
      await player.run("list-sessions");
    },
  },
  {
    name: "04-get-session",
    title: "Get session: with a pull request whose checks pass; unknown; and by what is no id",
    async play(player, theatre) {
      const id = await spawn(player);
      await deliver(theatre, id, { pr, checks: "passing" });
      for (const name of ["get-session", "get-unknown", "get-invalid"]) await player.run(name);
    },
  },
  {
    name: "05-send-message",
    title: "Send message to session",
    async play(player) {
      await spawn(player);
      await player.run("send-message");
    },
  },
  {
    name: "06-kill-session",
    title: "Kill session, twice",
    async play(player) {
      await spawn(player);
      for (const name of ["kill-session", "kill-session", "get-session", "send-message"]) await player.run(name);
    },
  },
  {
    name: "07-preflight",
    title: "CORS: no origins are configured, so no headers are sent",
    play: async ({ run }) => void (await run("preflight")),
  },
];

describeGoldens({
  of: "Ennio's page",
  examples,
  folder: join(import.meta.dirname, "goldens"),
  curl: join(import.meta.dirname, "curl"),
  theatre: { bases: { "http://localhost:3000": "/ennio" }, environment: spawnedEnvironment },
});
