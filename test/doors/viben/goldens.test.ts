/** Golden transcripts of Viben's door (D3): every example of its page, with only address and key changed. */
import { join } from "node:path";
import { describeGoldens } from "../../guide/describe-goldens.ts";
import type { Player } from "../../guide/play.ts";
import type { Example } from "../../guide/scenes.ts";
import { rested, spawnedEnvironment } from "../../guide/spawned.ts";

const SESSION = "session-abc123";

async function create({ stage, run }: Player, name: string): Promise<string> {
  const { id } = await run(name);
  stage.stands(SESSION, id);
  return id;
}

const examples: readonly Example[] = [
  {
    name: "01-create-session",
    title: "Create a session",
    async play(player) {
      await rested(player.stage, await create(player, "create-session"));
      await player.run("create-without-agent");
    },
  },
  {
    name: "02-list-sessions",
    title: "List sessions by task, agent and status",
    async play(player) {
      await rested(player.stage, await create(player, "create-session"));
      await player.stage.ask("POST", "/sessions", { harness: "claude-code", task_id: "task-xyz" });
      await player.run("list-sessions");
      await player.run("list-page");
    },
  },
  {
    name: "03-get-session",
    title: "Get session details",
    async play(player) {
      await rested(player.stage, await create(player, "create-session"));
      await player.run("get-session");
    },
  },
  {
    name: "04-update-session",
    title: "Update a session: paused, with data; and a status that it cannot have",
    async play(player) {
      await create(player, "create-without-prompt");
      await player.run("update-session");
      await player.run("update-to-created");
    },
  },
  {
    name: "05-send-message",
    title: "Send a message",
    async play(player) {
      const id = await create(player, "create-without-prompt");
      await player.run("send-message");
      await rested(player.stage, id);
      await player.run("get-session");
    },
  },
  {
    name: "06-delete-session",
    title: "Delete a session",
    async play(player) {
      await create(player, "create-without-prompt");
      for (const name of ["delete-session", "get-session"]) await player.run(name);
    },
  },
];

describeGoldens({
  of: "Viben's page",
  examples,
  folder: join(import.meta.dirname, "goldens"),
  curl: join(import.meta.dirname, "curl"),
  theatre: { bases: { "http://localhost:18790": "" }, environment: spawnedEnvironment },
});
