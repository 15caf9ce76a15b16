/**
 * The examples of the guide, in its order, each with what has to be there before it can be played. Everything that an
 * example runs stands in `curl/`; the transcripts of all of them are the golden files of the native door.
 */
import { files, makingSessions, managing } from "./examples-sessions.ts";
import { cancelling, patterns, sendingMessages, trackingExecution } from "./examples-turns.ts";
import { openSession, openTold, says, SHORT_AGENT } from "./scenes.ts";
import type { Example } from "./scenes.ts";

export type { Example } from "./scenes.ts";

const pitfalls: readonly Example[] = [
  {
    name: "24-concurrent-turns",
    title: "Concurrent turns: a message to an active session is a 400",
    async play(player) {
      await openSession(player, [{ text: "One moment.", chunks: 1, hang: true }]);
      await player.run("send-message");
      await player.run("send-message");
      await player.run("get-session");
    },
  },
  {
    name: "25-agent-required",
    title: "Agent ID required: neither agent nor harness is a 400",
    play: async (player) => void (await player.run("create-without-agent")),
  },
  {
    name: "26-unknown-model",
    title: "Model override validation: an unknown model is a 404",
    async play(player) {
      player.stage.stands(SHORT_AGENT, await player.stage.agent("analyst", []));
      player.stage.stands("mod_faster_model", "mod_01933b5a000070008000000000000042");
      await player.run("create-with-model");
    },
  },
  {
    name: "27-connection-cycling",
    title: "SSE connection cycling: disconnecting, and back with since_id",
    async play(player, { skip }) {
      await openTold(player, [says("Revenue grew.")]);
      await using stream = await player.open("follow");
      player.stage.stands("evt_01933b5a", await stream.until("turn.started"));
      await stream.until("session.idled");
      skip(6 * 60_000);
      await stream.untilEnd();
      await using again = await player.open("resume");
      await again.until("session.idled");
    },
  },
];

export const examples: readonly Example[] = [
  ...makingSessions,
  ...sendingMessages,
  ...trackingExecution,
  ...cancelling,
  ...files,
  ...managing,
  ...patterns,
  ...pitfalls,
];
