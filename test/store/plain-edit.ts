/** What is said of a session about which nothing is said. No test framework: programs of their own use it, too. */
import type { EditFacts } from "../../src/core/session.ts";

export const plainEdit: EditFacts = {
  title: null,
  tags: [],
  agentId: null,
  harnessId: null,
  modelId: null,
  projectId: null,
  taskId: null,
  settings: {},
};
