/* oxlint-disable typescript/no-unsafe-assignment, typescript/no-unsafe-member-access, typescript/no-unsafe-call, typescript/no-unsafe-argument, typescript/no-unsafe-return -- loaded as it is by its host, which brings the types */
/**
 * Serai inside opencode: a call that would write into what another agent holds is refused with who holds it, and what the
 * team does is put before the model. Without the server everything goes on as without this file.
 *
 *   briefing → the system prompt;  news → the user's message;  warnings → the output of the tool they are about
 */
import { framed, openClient, openWaiting } from "./plugin-client.js";

const settings = {};

/** What changes no file by itself: a subagent's tools are asked for one by one. */
const HARMLESS = new Set([
  ...["read", "grep", "glob", "list", "lsp", "codesearch", "webfetch", "websearch", "todoread", "todowrite"],
  ...["question", "skill", "task", "plan_enter", "plan_exit", "invalid"],
]);
const LOOK_MS = 1_000;

export const Serai = async ({ client: host, directory, worktree }) => {
  const client = openClient({ ide: "opencode", ...settings, cwd: directory ?? worktree ?? process.cwd() });
  const family = openFamily(host);
  const lists = { waiting: openWaiting(), calls: new Map(), running: new Set() };
  const site = { client, family, ...openBriefings(client, family), ...lists };
  return { event: eventHook(site), ...talkHooks(site), ...toolHooks(site) };
};

/** A subagent's session is part of the one that all of it began with. */
function openFamily(host) {
  const parents = new Map();
  const known = new Set();
  const rootOf = (id) => (parents.has(id) ? rootOf(parents.get(id)) : id);
  return {
    rootOf,
    /** Parents that this process has not seen begin are asked for. */
    async join(id, told) {
      if (known.has(id)) return;
      known.add(id);
      const info = told ?? (await look(host, id));
      if (!info?.parentID) return;
      parents.set(id, info.parentID);
      await this.join(info.parentID);
    },
    about: (id, more) =>
      parents.has(id)
        ? { conversation_id: id, parent_conversation_id: rootOf(id), ...more }
        : { conversation_id: id, ...more },
    forget(id) {
      parents.delete(id);
      known.delete(id);
    },
  };
}

async function look(host, id) {
  try {
    const { data } = await host.session.get({ path: { id }, signal: AbortSignal.timeout(LOOK_MS) });
    return data;
  } catch {
    // What cannot be looked up is taken for a session of its own.
    return undefined;
  }
}

function openBriefings(client, family) {
  const met = new Map();
  const texts = new Map();
  async function begin(id, known) {
    await family.join(id, known);
    const source = known === undefined ? { event: "session_start", source: "resume" } : { event: "session.created" };
    const answer = await client.ask(family.about(id, source));
    if (typeof answer?.context === "string") texts.set(id, answer.context);
  }
  return {
    /** Once for each session of this process: one that goes on from an earlier process tells nothing of it. */
    meet(id, known) {
      if (!met.has(id)) met.set(id, begin(id, known));
      return met.get(id);
    },
    briefingOf: (id) => texts.get(family.rootOf(id)),
    part(id) {
      met.delete(id);
      texts.delete(id);
    },
  };
}

function eventHook({ client, family, waiting, calls, running, meet, part: leave }) {
  const events = {
    "session.created": ({ info }) => (client.isFirst(info) ? meet(info.id, info) : undefined),
    "session.idle": ({ sessionID }) => client.end(family.about(sessionID, { event: "session.idle" })),
    "session.deleted": async ({ info }) => {
      await client.end(family.about(info.id, { event: "session.deleted" }));
      leave(info.id);
      waiting.take(info.id);
      family.forget(info.id);
      client.forget(info.id);
    },
    /** Nothing else tells of a tool that has failed. */
    "message.part.updated": async ({ part: { type, callID, sessionID, state } }) => {
      if (type !== "tool" || state?.status !== "error" || !calls.has(callID)) return;
      const call = calls.get(callID);
      calls.delete(callID);
      waiting.add(sessionID, await client.ask(family.about(sessionID, { ...call, event: "tool_failed" })));
    },
  };
  // opencode does not wait for it, and what is rejected with nobody waiting may end a program.
  return ({ event }) => {
    const work = answer(event)
      .catch(() => undefined)
      .finally(() => running.delete(work));
    running.add(work);
    return work;
  };
  async function answer({ type, properties }) {
    await events[type]?.(properties);
  }
}

function talkHooks({ client, family, waiting, running, meet, briefingOf }) {
  return {
    "chat.message": async ({ sessionID }, { message, parts = [] }) => {
      if (message !== undefined && !client.isFirst(message)) return;
      await meet(sessionID);
      // What is synthetic are the files that the user has named, as opencode has read them.
      const said = parts.filter(({ type, synthetic }) => type === "text" && !synthetic);
      const prompt = said.map(({ text }) => text).join("\n");
      waiting.add(sessionID, await client.ask(family.about(sessionID, { event: "chat.message", prompt })));
      const text = message?.id === undefined ? null : waiting.take(sessionID);
      if (text !== null) parts.push(partOf(text, { message, parts, sessionID }));
    },
    "experimental.chat.system.transform": async ({ sessionID }, { system }) => {
      const briefing = briefingOf(sessionID);
      if (briefing !== undefined) system.push(briefing);
    },
    dispose: async () => {
      client.close();
      await Promise.all(running);
      await Promise.all(client.conversations().map((id) => client.end(family.about(id, { event: "dispose" }))));
    },
  };
}

/** It stays in the conversation, as the system prompt's end would not. Parts are kept in the order of their ids. */
function partOf(text, { message, parts, sessionID }) {
  const id = parts.at(-1)?.id === undefined ? `prt_${message.id.replace(/^msg_/, "")}` : `${parts.at(-1).id}0`;
  return { id, sessionID, messageID: message.id, type: "text", synthetic: true, text: framed(text) };
}

function toolHooks({ client, family, waiting, calls }) {
  return {
    "tool.execute.before": async ({ tool, sessionID, callID }, { args }) => {
      if (HARMLESS.has(tool)) return;
      await family.join(sessionID);
      const call = { tool_name: tool, tool_input: args, tool_use_id: callID };
      const answer = await client.decide(family.about(sessionID, { ...call, event: "tool.execute.before" }));
      if (answer.reason !== undefined) throw new Error(answer.reason);
      calls.set(callID, call);
      waiting.add(sessionID, answer);
    },
    "tool.execute.after": async ({ tool, sessionID, callID, args }, output) => {
      if (!HARMLESS.has(tool)) {
        calls.delete(callID);
        const call = { event: "tool.execute.after", tool_name: tool, tool_input: args, tool_use_id: callID };
        waiting.add(sessionID, await client.ask(family.about(sessionID, call)));
      }
      const text = typeof output?.output === "string" ? waiting.take(sessionID) : null;
      if (text !== null) output.output += `\n\n${text}`;
    },
  };
}
