/** The plan of the work. It is kept nowhere but in the log, as this tool's result: the newest one is the plan. */
import { z } from "zod";

import { defineTool } from "../define-tool.ts";
import { say } from "../tool-results.ts";

const MARKS = { pending: "[ ]", in_progress: "[~]", completed: "[x]" } as const;

export const writeTodos = defineTool({
  name: "write_todos",
  description:
    "Writes down the plan of the work as a list, in place of the list before. Use it for work of several steps: keep one " +
    "step in progress, and mark each step completed as soon as it is.",
  input: z.object({
    todos: z
      .array(
        z.object({
          content: z.string().min(1).max(1000).describe("What is to be done"),
          status: z.enum(["pending", "in_progress", "completed"]),
        }),
      )
      .max(100)
      .describe("The whole list, in order"),
  }),
  hints: { isRepeatable: true, isReadonly: true },
  async run({ todos }) {
    const done = todos.filter(({ status }) => status === "completed").length;
    const lines = todos.map(({ content, status }) => `${MARKS[status]} ${content}`);
    return say([`${done} of ${todos.length} done`, ...lines].join("\n"));
  },
});
