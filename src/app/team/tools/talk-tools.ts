/** What the team knows and who is there: the briefing, decisions, sessions, and messages between them. */
import { parseId } from "../../../core/ids.ts";
import { decisionTypes } from "../../../core/records/team.ts";
import type { SendMessage } from "../../send-message.ts";
import type { Principal } from "../../principal.ts";
import type { Outcome } from "../../../core/refusal.ts";
import type { Briefs } from "../brief.ts";
import type { Decisions } from "../decisions.ts";
import type { Decision } from "../describe-decisions.ts";
import { object, said, textField, textsField } from "./team-tool.ts";
import type { SayRefusal, TeamAnswer, TeamCaller, TeamTool, ToolInput } from "./team-tool.ts";

/** Of who is at work: what another agent wants to know before it speaks to it. */
export interface ListedAgent {
  readonly sessionId: string;
  readonly userName: string;
  readonly agentName: string;
  readonly task: string | null;
  readonly branch: string | null;
  readonly currentFile: string | null;
  readonly heldPaths: readonly string[];
}

export interface TalkToolsDeps {
  readonly briefs: Pick<Briefs, "brief">;
  readonly decisions: Pick<Decisions, "record" | "list">;
  readonly listAgents: (principal: Principal) => Promise<Outcome<readonly ListedAgent[]>>;
  readonly sendMessage: SendMessage;
  readonly sayRefusal: SayRefusal;
}

const MOST_FOUND = 20;

export function makeTalkTools(deps: TalkToolsDeps): readonly TeamTool[] {
  return [briefTool(deps), recordTool(deps), searchTool(deps), listTool(deps), sendTool(deps)];
}

function briefTool({ briefs, sayRefusal }: TalkToolsDeps): TeamTool {
  return {
    name: "brief",
    title: "Team briefing",
    description:
      "Who else is at work and on what, which files are reserved, recent decisions and binding conventions, and what waits " +
      "for you. Read it before you begin.",
    parameters: object({}),
    isReadonly: true,
    async run({ principal, knownSessionId }) {
      const options = knownSessionId === null ? {} : { sessionId: knownSessionId, withMessages: true };
      const brief = await briefs.brief(principal, options);
      return brief.ok ? said(brief.value) : { text: sayRefusal(brief.refusal), isError: true };
    },
  };
}

function recordTool({ decisions, sayRefusal }: TalkToolsDeps): TeamTool {
  return {
    name: "record_decision",
    title: "Record a decision",
    description:
      "Record a decision that other agents of the team should know: one sentence, why, and the files that it is about.",
    parameters: object(
      {
        title: textField("The decision in one sentence"),
        rationale: textField("Why it was made, and what else was considered"),
        type: { type: "string", enum: decisionTypes },
        files: textsField("The files that it is about, relative to the top of the repository"),
        tags: textsField("Words to find it by"),
        supersedes: textField("The id of an earlier decision that this one takes the place of"),
      },
      ["title"],
    ),
    isReadonly: false,
    async run(caller, input) {
      const recorded = await decisions.record(caller.principal, await commandOf(caller, input));
      return recorded.ok
        ? said(`Recorded as ${recorded.value.id}: ${recorded.value.body.title}`)
        : { text: sayRefusal(recorded.refusal), isError: true };
    },
  };
}

async function commandOf(caller: TeamCaller, input: ToolInput) {
  const type = input.oneOf("type", decisionTypes);
  const [rationale, supersedes] = [input.optionalText("rationale"), input.optionalText("supersedes")];
  return {
    title: input.text("title"),
    files: input.texts("files"),
    tags: input.texts("tags"),
    sessionId: await caller.sessionId(),
    ...(rationale === undefined ? {} : { rationale }),
    ...(type === undefined ? {} : { type }),
    ...(supersedes === undefined ? {} : { supersedes }),
  };
}

function searchTool({ decisions }: TalkToolsDeps): TeamTool {
  return {
    name: "search_decisions",
    title: "Search decisions",
    description: "Find decisions of the team by words, by file or by tag; without any, the newest.",
    parameters: object({
      query: textField("Words to look for"),
      file: textField("About this file or directory"),
      tag: textField("With this tag"),
      limit: { type: "number", description: `How many; 10 unless you say more, ${MOST_FOUND} at most` },
    }),
    isReadonly: true,
    async run({ principal }, input) {
      const [query, file, tag] = [input.optionalText("query"), input.optionalText("file"), input.optionalText("tag")];
      const found = await decisions.list(principal, {
        limit: input.integer("limit", { least: 1, most: MOST_FOUND, absent: 10 }),
        ...(query === undefined || query.trim() === "" ? {} : { match: { text: query, needs: "any" as const } }),
        ...(file === undefined ? {} : { file }),
        ...(tag === undefined ? {} : { tag }),
      });
      if (found.items.length === 0) return said("No decision fits.");
      return said(found.items.map(shownDecision).join("\n"));
    },
  };
}

function shownDecision({ id, body, isStale, supersededBy, madeByName }: Decision): string {
  const by = madeByName === null ? "" : ` (${madeByName})`;
  const state = supersededBy === null ? (isStale ? " [may be out of date]" : "") : ` [superseded by ${supersededBy}]`;
  const why =
    body.rationale === undefined || body.rationale === null || body.rationale === "" ? "" : ` — ${body.rationale}`;
  return `- ${body.title}${why}${by}${state} ${id}`;
}

function listTool({ listAgents, sayRefusal }: TalkToolsDeps): TeamTool {
  return {
    name: "list_sessions",
    title: "List sessions",
    description: "The agents of the team that are at work now: who, on what, on which branch, and with which files.",
    parameters: object({}),
    isReadonly: true,
    async run({ principal, knownSessionId }) {
      const agents = await listAgents(principal);
      if (!agents.ok) return { text: sayRefusal(agents.refusal), isError: true };
      if (agents.value.length === 0) return said("Nobody is at work.");
      return said(agents.value.map((agent) => shownAgent(agent, agent.sessionId === knownSessionId)).join("\n"));
    },
  };
}

function shownAgent(agent: ListedAgent, isOwn: boolean): string {
  const parts = [
    `${agent.userName} (${agent.agentName})${isOwn ? ", you" : ""}`,
    ...(agent.branch === null ? [] : [`on ${agent.branch}`]),
    ...(agent.task === null ? [] : [`'${agent.task}'`]),
    ...(agent.heldPaths.length === 0 ? [] : [`holds ${agent.heldPaths.join(", ")}`]),
  ];
  return `- ${agent.sessionId}: ${parts.join("; ")}`;
}

function sendTool({ sendMessage, sayRefusal }: TalkToolsDeps): TeamTool {
  return {
    name: "send_message",
    title: "Send a message",
    description:
      "Send a message to another session's agent. One in an editor reads it with its next prompt or tool call, one that " +
      "runs on the server as its next input.",
    parameters: object({ session_id: textField("Its id, from list_sessions"), message: textField("What to tell it") }, [
      "session_id",
      "message",
    ]),
    isReadonly: false,
    async run(caller, input): Promise<TeamAnswer> {
      const id = parseId("session", input.text("session_id"));
      if (id === undefined) return { text: "There is no session of that id; see list_sessions", isError: true };
      const from = caller.knownSessionId === null ? "another agent" : `the agent of session ${caller.knownSessionId}`;
      const text = `From ${from}: ${input.text("message")}`;
      const message = { content: [{ type: "text" as const, text }] };
      const sent = await sendMessage(caller.principal, id, { message, whenBusy: "queue" });
      if (!sent.ok) return { text: sayRefusal(sent.refusal), isError: true };
      return said(sent.value.delivery === "queued" ? "It will read it at its next chance." : "It reads it now.");
    },
  };
}
