/* oxlint-disable typescript/no-unsafe-assignment, typescript/no-unsafe-member-access, typescript/no-unsafe-call, typescript/no-unsafe-argument, typescript/no-unsafe-return -- loaded as it is by its host, which brings the types */
/**
 * Serai inside opencode: a call that would write into what another agent holds is refused with who holds it, and what the
 * team does is put before the model. Without the server everything goes on as without this file.
 */
import { openClient } from "./plugin-client.js";

const settings = {};

const READING = new Set(["read", "grep", "glob", "list", "webfetch", "websearch", "todoread", "todowrite", "question"]);

export const Serai = async ({ directory, worktree }) => {
  const client = openClient({ ide: "opencode", ...settings, cwd: directory ?? worktree ?? process.cwd() });
  const memory = { parents: new Map(), briefings: new Map(), news: new Map() };
  return { ...talkHooks(client, memory), ...toolHooks(client, memory) };
};

function about({ parents }, conversation, more) {
  const parent = parents.get(conversation);
  return {
    conversation_id: conversation,
    ...(parent === undefined ? {} : { parent_conversation_id: parent }),
    ...more,
  };
}

function keep(place, conversation, answer) {
  if (typeof answer?.context === "string") place.set(conversation, answer.context);
}

function talkHooks(client, memory) {
  const { parents, briefings, news } = memory;
  const events = {
    "session.created": async ({ info }) => {
      if (info.parentID) parents.set(info.id, info.parentID);
      const started = about(memory, info.id, { event: "session.created", cwd: info.directory });
      keep(briefings, info.id, await client.ask(started));
    },
    "session.idle": ({ sessionID }) => client.end(about(memory, sessionID, { event: "session.idle" })),
    "session.deleted": async ({ info }) => {
      await client.end(about(memory, info.id, { event: "session.deleted" }));
      for (const place of [parents, briefings, news]) place.delete(info.id);
      client.forget(info.id);
    },
  };
  return {
    event: async ({ event }) => {
      await events[event.type]?.(event.properties);
    },
    "chat.message": async ({ sessionID }, { parts }) => {
      const prompt = (parts ?? []).flatMap(({ type, text }) => (type === "text" ? [text] : [])).join("\n");
      keep(news, sessionID, await client.ask(about(memory, sessionID, { event: "chat.message", prompt })));
    },
    "experimental.chat.system.transform": async ({ sessionID }, { system }) => {
      for (const place of [briefings, news]) if (place.has(sessionID)) system.push(place.get(sessionID));
    },
    dispose: async () => {
      client.close();
      await Promise.all(client.conversations().map((id) => client.end(about(memory, id, { event: "dispose" }))));
    },
  };
}

function toolHooks(client, memory) {
  return {
    "tool.execute.before": async ({ tool, sessionID, callID }, { args }) => {
      if (READING.has(tool)) return;
      const call = { event: "tool.execute.before", tool_name: tool, tool_input: args, tool_use_id: callID };
      const { reason, context } = await client.decide(about(memory, sessionID, call));
      if (reason !== undefined) throw new Error(reason);
      keep(memory.news, sessionID, { context });
    },
    "tool.execute.after": async ({ tool, sessionID, callID, args }, output) => {
      if (READING.has(tool)) return;
      const call = { event: "tool.execute.after", tool_name: tool, tool_input: args, tool_use_id: callID };
      const answer = await client.ask(about(memory, sessionID, call));
      const isText = typeof answer?.context === "string" && typeof output?.output === "string";
      if (isText) output.output += `\n\n${answer.context}`;
    },
  };
}
