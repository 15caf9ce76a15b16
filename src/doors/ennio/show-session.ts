/** Sessions in an answer, each with the slug of its project. */
import type { z } from "zod";
import type { Principal } from "../../app/principal.ts";
import type { SessionRecord } from "../../core/session.ts";
import type { session } from "./schema.ts";
import { ennioActivityOf, ennioStatusOf } from "./statuses.ts";
import type { EnnioUseCases } from "./use-cases.ts";

export interface ShowDeps {
  readonly uses: Pick<EnnioUseCases, "projects">;
  readonly now: () => number;
}

export type ShownSession = z.infer<typeof session>;

export async function showSessions(
  { uses, now }: ShowDeps,
  principal: Principal,
  records: readonly SessionRecord[],
): Promise<ShownSession[]> {
  const slugs = await uses.projects.slugs(
    principal,
    records.flatMap(({ edit }) => edit.projectId ?? []),
  );
  return records.map((record) => ({
    id: record.id,
    project_id: slugs.get(record.edit.projectId ?? "") ?? null,
    status: ennioStatusOf(record),
    activity: ennioActivityOf(record, now()),
    branch: branchOf(record),
    pr_url: record.work.delivery?.pr?.url ?? null,
    agent_name: record.harness,
  }));
}

/** The one it has, the one it had, the one that it wished for. */
function branchOf({ work, edit }: SessionRecord): string | null {
  return work.checkout?.branch ?? work.delivery?.branch ?? edit.settings.branchName ?? null;
}
