/** What a session may name of projects, in a world that has none. */
import { refuse } from "../../src/core/refusal.ts";

export const noProjects = {
  harnessKind: () => Promise.resolve("hosted" as const),
  findProject: (_: unknown, id: string) => Promise.resolve(refuse({ code: "not_found", kind: "project", id })),
  findDefaultAgent: () => Promise.resolve(null),
};
