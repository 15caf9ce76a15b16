/**
 * What models are told of the tools for working beside others: the one table of them. The MCP door shows all of it; hosted
 * agents get those that are `forHosted` (they have tools of their own for other sessions). What a tool does is the
 * matter of `app/team/tools`.
 */
import { decisionTypes } from "../records/team.ts";
import { WAIT_TOOL } from "./hold-text.ts";

export interface TeamToolWords {
  readonly title: string;
  readonly description: string;
  /** JSON Schema of the arguments object. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly isReadonly: boolean;
  readonly forHosted: boolean;
}

export const MOST_DECISIONS = 20;
export const LONGEST_WAIT_S = 120;

function object(
  properties: Readonly<Record<string, unknown>>,
  required: readonly string[] = [],
): Readonly<Record<string, unknown>> {
  return { type: "object", properties, required, additionalProperties: false };
}

const text = (description: string) => ({ type: "string", description });
const texts = (description: string) => ({ type: "array", items: { type: "string" }, description });

const paths = texts("Paths relative to the top of the repository, or absolute; a directory ends in a slash");
const repository = text("The repository, by its URL; left out: the one that you work in");

export const teamTools = {
  brief: {
    title: "Team briefing",
    description:
      "Who else is at work and on what, which files are reserved, recent decisions and binding conventions, and what waits " +
      "for you. Read it before you begin.",
    parameters: object({}),
    isReadonly: true,
    forHosted: true,
  },
  reserve: {
    title: "Reserve files",
    description:
      "Reserve files or directories before you edit them, so that no other agent writes them meanwhile. All of them are " +
      "taken or none; if somebody else has one, you are told who, for which task and for how long.",
    parameters: object(
      {
        paths,
        minutes: {
          type: "number",
          description: "How long, from the last edit on; 10 unless you say more, 120 at most",
        },
        shared: { type: "boolean", description: "Others may hold them shared, too; nobody may write them alone" },
        repository,
      },
      ["paths"],
    ),
    isReadonly: false,
    forHosted: true,
  },
  release: {
    title: "Release files",
    description:
      "Give back files that you have reserved, as soon as you are done with them; without paths, all of them.",
    parameters: object({ paths, repository }),
    isReadonly: false,
    forHosted: true,
  },
  who_holds: {
    title: "Who holds files",
    description: "Who has reserved these files, or, without paths, all reservations of the team. Takes nothing.",
    parameters: object({ paths, repository }),
    isReadonly: true,
    forHosted: true,
  },
  [WAIT_TOOL]: {
    title: "Ask to be told when files are free",
    description:
      "Ask to be told when files that somebody else has reserved are free. It returns at once: go on with something " +
      "else, and you are told with your next prompt or tool call.",
    parameters: object({ paths, repository }, ["paths"]),
    isReadonly: false,
    forHosted: true,
  },
  record_decision: {
    title: "Record a decision",
    description:
      "Record a decision that other agents of the team should know: one sentence, why, and the files that it is about.",
    parameters: object(
      {
        title: text("The decision in one sentence"),
        rationale: text("Why it was made, and what else was considered"),
        type: { type: "string", enum: decisionTypes },
        files: texts("The files that it is about, relative to the top of the repository"),
        tags: texts("Words to find it by"),
        supersedes: text("The id of an earlier decision that this one takes the place of"),
      },
      ["title"],
    ),
    isReadonly: false,
    forHosted: true,
  },
  search_decisions: {
    title: "Search decisions",
    description: "Find decisions of the team by words, by file or by tag; without any, the newest.",
    parameters: object({
      query: text("Words to look for"),
      file: text("About this file or directory"),
      tag: text("With this tag"),
      limit: { type: "number", description: `How many; 10 unless you say more, ${MOST_DECISIONS} at most` },
    }),
    isReadonly: true,
    forHosted: true,
  },
  list_sessions: {
    title: "List sessions",
    description: "The agents of the team that are at work now: who, on what, on which branch, and with which files.",
    parameters: object({}),
    isReadonly: true,
    forHosted: false,
  },
  send_message: {
    title: "Send a message",
    description:
      "Send a message to another session's agent. One in an editor reads it with its next prompt or tool call, one that " +
      "runs on the server as its next input.",
    parameters: object({ session_id: text("Its id, from list_sessions"), message: text("What to tell it") }, [
      "session_id",
      "message",
    ]),
    isReadonly: false,
    forHosted: false,
  },
  start_session: {
    title: "Start a session",
    description:
      "Start another agent on the server, in a session of its own. It knows nothing of this conversation, so the prompt " +
      "must say everything it needs. Returns at once; wait_for_session tells what came of it.",
    parameters: object(
      {
        agent: text("The agent's name or id"),
        prompt: text("What it is to do"),
        title: text("A few words for lists"),
      },
      ["agent", "prompt"],
    ),
    isReadonly: false,
    forHosted: false,
  },
  wait_for_session: {
    title: "Wait for a session",
    description:
      "Wait until a session has done what it was last told, and read what it said. If time is up it goes on working; " +
      "wait again.",
    parameters: object(
      {
        session_id: text("Its id, from start_session or list_sessions"),
        timeout_seconds: {
          type: "number",
          description: `How long to wait; 45 unless you say more, ${LONGEST_WAIT_S} at most`,
        },
      },
      ["session_id"],
    ),
    isReadonly: true,
    forHosted: false,
  },
} as const satisfies Readonly<Record<string, TeamToolWords>>;

export type TeamToolName = keyof typeof teamTools;

export interface TeamTool extends TeamToolWords {
  readonly name: TeamToolName;
}

export function listTeamTools(): readonly TeamTool[] {
  // The keys of the table are the names.
  return (Object.keys(teamTools) as TeamToolName[]).map((name) => ({ name, ...teamTools[name] }));
}
