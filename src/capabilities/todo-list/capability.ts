/** A plan that the model writes down and people can follow. */
import { z } from "zod";

import { defineCapability } from "../define-capability.ts";
import { writeTodos } from "./write-todos.ts";

export const todoList = defineCapability({
  id: "todo_list",
  name: "To-do list",
  description: "Lets the agent write down the steps of its work and mark them done.",
  risk: "low",
  features: ["todo_list"],
  prompt: "For work of several steps, write the plan with write_todos and keep it up to date.",
  config: z.strictObject({}),
  tools: () => [writeTodos],
});
