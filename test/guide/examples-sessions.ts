/** The examples of the guide that make, configure and manage sessions, and their files. */
import { addModel, followTurn, LONG_AGENT, openSession, openTold, says, SESSION, SHORT_AGENT } from "./scenes.ts";
import type { Example } from "./scenes.ts";

export const makingSessions: readonly Example[] = [
  {
    name: "01-create-session",
    title: "Choose your harness or agent",
    async play(player) {
      player.stage.stands(LONG_AGENT, await player.stage.agent("analyst", []));
      player.stage.stands("mod_01933b5a00007000800000000042", await addModel(player));
      await player.run("create-session");
    },
  },
  {
    name: "02-agent-id",
    title: "Agent ID (required)",
    async play(player) {
      player.stage.stands(LONG_AGENT, await player.stage.agent("analyst", []));
      await player.run("create-with-agent");
    },
  },
  {
    name: "03-title-and-tags",
    title: "Title and tags, and sessions by agent",
    async play(player) {
      player.stage.stands(SHORT_AGENT, await player.stage.agent("support", []));
      const other = await player.stage.agent("another", []);
      await player.stage.ask("POST", "/sessions", { agent_id: other });
      await player.run("create-with-metadata");
      await player.run("list-by-agent");
    },
  },
  {
    name: "04-model-override",
    title: "Model override",
    async play(player) {
      player.stage.stands(SHORT_AGENT, await player.stage.agent("analyst", []));
      player.stage.stands("mod_faster_model", await addModel(player));
      await player.run("create-with-model");
    },
  },
  {
    name: "05-session-capabilities",
    title: "Session-level capabilities: those of the agent stay and are not had twice",
    async play(player) {
      const capabilities = [{ ref: "session_file_system" }, { ref: "current_time" }];
      player.stage.stands(SHORT_AGENT, await player.stage.agent("analyst", [says("Done.")], { capabilities }));
      player.stage.stands(SESSION, (await player.run("create-with-capabilities")).id);
      // `llm.generation` names the tools that the model was given.
      await followTurn(player, "send-message");
    },
  },
];

export const files: readonly Example[] = [
  {
    name: "16-session-files",
    title: "Session filesystem",
    async play(player) {
      await openSession(player, []);
      for (const name of ["files-upload", "files-list", "files-read", "files-stat", "files-copy"])
        await player.run(name);
      for (const name of ["files-move", "files-grep", "files-upload", "files-delete", "files-read"])
        await player.run(name);
    },
  },
];

export const managing: readonly Example[] = [
  {
    name: "17-list-sessions",
    title: "List sessions: pages by offset and limit, at most 100",
    async play(player) {
      const agentId = await player.stage.agent("analyst", []);
      for (const title of ["First", "Second", "Third"]) {
        await player.stage.ask("POST", "/sessions", { agent_id: agentId, title });
      }
      await player.run("list-sessions");
      await player.run("list-second-page");
      await player.run("list-more-than-100");
    },
  },
  {
    name: "18-get-session",
    title: "Get session details, after a turn",
    async play(player) {
      await openTold(player, [says("Revenue grew.")]);
      await player.run("get-session");
    },
  },
  {
    name: "19-update-session",
    title: "Update title and tags",
    async play(player) {
      await openSession(player, []);
      await player.run("update-session");
      await using stream = await player.open("follow");
      await stream.until("session.updated");
    },
  },
  {
    name: "20-delete-session",
    title: "Delete session",
    async play(player) {
      await openSession(player, []);
      await player.run("delete-session");
      await player.run("get-session");
    },
  },
  {
    name: "21-global-chat",
    title: "Global chat session: the same one each time",
    async play(player) {
      await player.run("global-chat");
      await player.run("global-chat");
    },
  },
];
