/** The examples of the guide that send messages, follow turns and cancel them. */
import { calls, followTurn, openSession, openTold, says, saysInTwo, SESSION } from "./scenes.ts";
import type { Example } from "./scenes.ts";

export const sendingMessages: readonly Example[] = [
  {
    name: "06-send-message",
    title: "Sending messages",
    async play(player) {
      await openSession(player, [says("Revenue grew by 4 percent.")]);
      await player.run("send-message");
    },
  },
  {
    name: "07-message-with-images",
    title: "Message with images",
    async play(player) {
      await openSession(player, [says("A red rectangle.")]);
      player.stage.stands("img_01933b5a", (await player.run("upload-image")).id);
      await followTurn(player, "send-image");
    },
  },
  {
    name: "08-message-controls",
    title: "Message controls",
    async play(player) {
      await openSession(player, [says("In detail: it grew.")]);
      await followTurn(player, "send-with-controls");
    },
  },
];

export const trackingExecution: readonly Example[] = [
  {
    name: "09-connect-to-sse",
    title: "Connecting to SSE: text as it grows, to the end of the turn",
    async play(player) {
      await openSession(player, [saysInTwo("Revenue grew by 4 percent.")]);
      await followTurn(player, "send-message");
    },
  },
  {
    name: "10-key-events",
    title: "Key events: a turn with a tool",
    async play(player) {
      const steps = [calls("list_directory", { path: "/" }, "Let me look."), says("There is no sales.csv.")];
      await openSession(player, steps, { capabilities: [{ ref: "session_file_system" }] });
      await followTurn(player, "send-message");
    },
  },
  {
    name: "11-turn-failed",
    title: "Key events: a turn that fails",
    async play(player) {
      await openSession(player, [{ status: 400, errorMessage: "This model is not available" }]);
      await followTurn(player, "send-message");
    },
  },
  {
    name: "12-resume",
    title: "Resuming from the last event",
    async play(player) {
      const id = await openTold(player, [says("Revenue grew.")]);
      const { data } = await player.stage.ask<{ readonly data: readonly { id: string; type: string }[] }>(
        "GET",
        `/sessions/${id}/events`,
      );
      player.stage.stands("evt_01933b5a", data.find(({ type }) => type === "output.message.completed")?.id ?? "");
      await using stream = await player.open("resume");
      await stream.until("session.idled");
    },
  },
  {
    name: "13-only-some-types",
    title: "Event filtering: only turn lifecycle events",
    async play(player) {
      await openSession(player, [says("Revenue grew.")]);
      await using stream = await player.open("filter-types");
      await player.run("send-message");
      await stream.until("turn.completed");
    },
  },
  {
    name: "14-all-but-some-types",
    title: "Event filtering: everything except streaming deltas",
    async play(player) {
      await openSession(player, [saysInTwo("Revenue grew by 4 percent.")]);
      await using stream = await player.open("filter-exclude");
      await player.run("send-message");
      await stream.until("session.idled");
    },
  },
];

export const cancelling: readonly Example[] = [
  {
    name: "15-cancel",
    title: "Cancellation flow",
    async play(player) {
      await openSession(player, [{ text: "It is going to take a while.", chunks: 1, hang: true }]);
      await using stream = await player.open("follow");
      await player.run("send-message");
      await stream.until("output.message.delta");
      await player.run("cancel");
      await stream.until("session.idled");
      await player.run("get-session");
      await player.run("cancel");
    },
  },
];

export const patterns: readonly Example[] = [
  {
    name: "22-multi-turn-conversation",
    title: "Multi-turn conversation",
    async play(player) {
      const answers = ["Which error do they see?", "Good to hear.", "Rate limiting was the cause; it is fixed."];
      player.stage.stands("agt_support", await player.stage.agent("support", answers.map(says)));
      player.stage.stands(SESSION, (await player.run("create-for-support")).id);
      await using stream = await player.open("filter-types");
      for (const turn of [1, 2, 3]) {
        await player.run(`send-turn-${turn}`);
        await stream.until("turn.completed");
      }
      await player.run("list-messages");
    },
  },
  {
    name: "23-long-running-analysis",
    title: "Long-running analysis",
    async play(player) {
      const steps = [
        calls("read_file", { path: "/sales.csv" }),
        calls("write_file", { path: "/report.md", content: "# Sales\n\n7 units in 2 regions.\n" }),
        says("The report is in report.md."),
      ];
      player.stage.stands("agt_analyst", await player.stage.agent("analyst", steps));
      player.stage.stands(SESSION, (await player.run("create-for-analysis")).id);
      await player.run("upload-sales");
      await followTurn(player, "send-analysis");
      await player.run("read-report");
    },
  },
];
