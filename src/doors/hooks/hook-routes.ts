/** `POST /hooks/{ide}`: the IDE's own JSON in, the IDE's own JSON out. */
import { z } from "zod";
import { route } from "../../http/route.ts";
import type { Route } from "../../http/route.ts";
import { answerHook } from "./answer-hook.ts";
import type { AnswerHookDeps } from "./answer-hook.ts";
import { ideNames } from "./dialects/dialect.ts";
import type { IdeName } from "./dialects/dialect.ts";

const NAMES: Readonly<Record<IdeName, string>> = {
  "claude-code": "Claude Code",
  cursor: "Cursor",
  codex: "Codex",
  gemini: "Gemini CLI",
  copilot: "GitHub Copilot and VS Code",
  windsurf: "Windsurf",
  opencode: "opencode",
  pi: "pi",
};

const payload = z
  .looseObject({})
  .meta({ id: "HookPayload", description: "What the IDE gives its hooks, as it gives it" });
const reply = z.looseObject({}).meta({ id: "HookReply", description: "What that IDE takes from a hook" });

export function hookRoutes(deps: AnswerHookDeps): readonly Route[] {
  return ideNames.map((ide) => hookRoute(ide, deps));
}

function hookRoute(ide: IdeName, deps: AnswerHookDeps): Route {
  const pascal = ide.replaceAll(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
  return route(
    {
      method: "post",
      path: `/${ide}`,
      id: `answer${pascal}Hook`,
      group: "hooks",
      summary: `A hook of ${NAMES[ide]}`,
      description:
        "Facts of the working tree stand in headers (X-Serai-Cwd, -Root, -Common-Dir, -Origin, -Branch, -Head, " +
        "-Ignore-Case, -Host), percent-encoded; an agent that Serai has started names its session in X-Serai-Session. A " +
        "caller without a good key is told to go on, with a note in X-Serai-Note; with ?strict=1 it is refused if it is " +
        "about to write.",
      answersKeyless: true,
      takesBoundKeys: true,
      body: { kind: "any", schema: payload, description: "The hook's payload, as JSON of whatever media type" },
      responses: {
        200: {
          description: "In the IDE's own words; X-Serai-Exit says with which code its hook is to end, 0 unless said",
          schema: reply,
          content: "text/plain",
        },
        400: {
          description: "Strict, and nothing could be read; X-Serai-Exit is 2",
          schema: reply,
          content: "text/plain",
        },
      },
    },
    async ({ body, header, search, admission }) => {
      const hook = { ide, body, header, admission, isStrict: isStrict(search) };
      return { kind: "raw", ...(await answerHook(hook, deps)) };
    },
  );
}

/** Any way of saying yes; a query that cannot be read must not leave an editor unanswered. */
function isStrict(search: string): boolean {
  const said = new URLSearchParams(search).get("strict");
  return said !== null && said !== "0" && said !== "false";
}
