/** Golden transcripts of Agen's door (D3): the example of its page, and the routes in its style (ruling 24). */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { makeRepository, put } from "../../checkouts/repository.ts";
import { describeGoldens } from "../../guide/describe-goldens.ts";
import type { Player } from "../../guide/play.ts";
import type { Example } from "../../guide/scenes.ts";
import { rested } from "../../guide/spawned.ts";

const base = await mkdtemp(join(tmpdir(), "serai-agen-page-"));
afterAll(() => rm(base, { recursive: true, force: true }));

async function create({ stage, run }: Player, name = "create-session"): Promise<string> {
  stage.stands("<api-key>", stage.key);
  const { id } = await run(name);
  stage.stands("SESSION_ID", id);
  return id;
}

/** The workspace's one project, in a repository of this example. */
async function openProject({ stage }: Player): Promise<void> {
  const path = await mkdtemp(join(base, "app-"));
  await makeRepository(path, { "README.md": "# App\n" });
  const agent = await stage.agent("writer", [{ text: "Done." }]);
  await stage.ask("POST", "/projects", { name: "app", path, default_agent_id: agent });
}

const examples: readonly Example[] = [
  {
    name: "01-create-session",
    title: "Create sessions",
    async play(player) {
      await create(player);
      for (const name of ["create-with-null", "create-without-branch"]) await player.run(name);
    },
  },
  {
    name: "02-list-and-get",
    title: "List and get sessions",
    async play(player) {
      await create(player);
      for (const name of ["list-sessions", "get-session"]) await player.run(name);
    },
  },
  {
    name: "03-message-and-cancel",
    title: "Send a message, cancel a turn",
    async play(player) {
      const id = await create(player, "create-with-null");
      await player.run("cancel-turn");
      await player.run("send-message");
      await rested(player.stage, id);
      await player.run("get-session");
    },
  },
  {
    name: "04-merge",
    title: "Branch and tree with the first turn, a commit after it, and the merge",
    async play(player) {
      await openProject(player);
      const id = await create(player, "create-with-null");
      await player.run("send-message");
      await rested(player.stage, id);
      await player.run("get-session");
      const { stage } = player;
      const { checkout } = await stage.ask<{ checkout: { path: string } }>("GET", `/sessions/${id}`);
      await put(checkout.path, { "hello.txt": "Hello\n" });
      const message = { content: [{ type: "text", text: "Commit it" }] };
      await stage.ask("POST", `/sessions/${id}/messages?wait=true`, { message });
      await rested(stage, id);
      await player.run("merge-session");
    },
  },
];

describeGoldens({
  of: "Agen's page",
  examples,
  folder: join(import.meta.dirname, "goldens"),
  curl: join(import.meta.dirname, "curl"),
  theatre: { bases: { "https://api.agenhq.com": "/agen" } },
});
