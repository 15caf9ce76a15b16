/**
 * Projects: git repositories with what sessions in them begin with. Owners say what they are: a project names a folder of
 * the server's machine and commands that are run there. A slug is never used twice at a time, and may be used like an id.
 */
import type { CheckoutOutcome, RepositorySource } from "../../core/ports/checkouts.ts";
import type { ProjectBody } from "../../core/records/project.ts";
import { accept, refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import { requireRole } from "../keys/require-role.ts";
import type { BudgetStore } from "../../core/ports/budgets.ts";
import { makeSpentOf } from "../project-work/spent-of.ts";
import type { SpentOf } from "../project-work/spent-of.ts";
import { refusalOfCheckout } from "../project-work/checkout-refusals.ts";
import { checkSlug } from "./check-name.ts";
import type { CreateRecord } from "./create-record.ts";
import { findProject } from "./find-project.ts";
import type { Project } from "./find-project.ts";
import type { Kinds } from "./kinds.ts";
import type { RecordListQuery, RecordPage } from "./list-records.ts";
import { checkReference } from "./references.ts";
import type { Reader, Writer } from "./resource.ts";
import { makeResources } from "./resources.ts";
import type { UpdateRecord } from "./update-record.ts";

export type CheckRepository = (
  source: RepositorySource,
) => Promise<CheckoutOutcome<{ readonly defaultBranch: string | null }>>;

export interface ProjectsDeps {
  readonly store: Pick<BudgetStore, "readBudget">;
  readonly kinds: Pick<Kinds, "project" | "agent" | "model">;
  readonly checkRepository: CheckRepository;
}

export interface Projects {
  create(writer: Writer, command: CreateRecord): Promise<Outcome<Project>>;
  /** By id or slug; a removed one only by its id. */
  get(reader: Reader, idOrSlug: string): Promise<Outcome<Project>>;
  list(reader: Reader, query: RecordListQuery): Promise<RecordPage<ProjectBody>>;
  update(writer: Writer, change: UpdateRecord & { readonly id: string }): Promise<Outcome<Project>>;
  /** Its sessions go on; new ones are refused, and its slug is free. */
  remove(writer: Writer, idOrSlug: string): Promise<Outcome<Project>>;
  spentOf: SpentOf;
  /** The slugs of these; what is unknown is left out. */
  slugs(reader: Reader, ids: readonly string[]): Promise<ReadonlyMap<string, string>>;
}

export function makeProjects(deps: ProjectsDeps): Projects {
  const { project } = deps.kinds;
  const resources = makeResources({
    ...project,
    kind: { ...project.kind, admit: (body, reader, before) => admitProject(deps, reader, { body, before }) },
  });
  const get = async (reader: Reader, idOrSlug: string) => {
    const found = await findProject(project, reader, idOrSlug);
    return found.ok ? found : resources.get(reader, idOrSlug);
  };
  const own = async <T>(writer: Writer, id: string, act: (found: Project) => Promise<Outcome<T>>) => {
    const role = requireRole(writer, "owner");
    if (!role.ok) return role;
    const found = await get(writer, id);
    return found.ok ? act(found.value) : found;
  };
  return {
    get,
    async create(writer, { name, body }) {
      const role = requireRole(writer, "owner");
      if (!role.ok) return role;
      const slug = checkSlug(name);
      return slug.ok ? resources.create(writer, { name: slug.value, body }) : slug;
    },
    list: (reader, query) => resources.list(reader, query),
    update: (writer, { id, ...change }) =>
      own(writer, id, async (found) => {
        const slug = change.name === undefined ? accept(null) : checkSlug(change.name);
        return slug.ok ? resources.update(writer, { ...change, id: found.id }) : slug;
      }),
    remove: (writer, id) => own(writer, id, (found) => resources.remove(writer, found.id)),
    spentOf: makeSpentOf(deps.store),
    async slugs(reader, ids) {
      const found = await Promise.all([...new Set(ids)].map((id) => resources.get(reader, id)));
      return new Map(found.flatMap((one) => (one.ok ? [[one.value.id, one.value.name] as const] : [])));
    },
  };
}

interface Admission {
  readonly body: ProjectBody;
  readonly before: Project | undefined;
}

async function admitProject(
  { kinds, checkRepository }: ProjectsDeps,
  reader: Reader,
  { body, before }: Admission,
): Promise<Outcome<ProjectBody>> {
  const agentBefore = before?.body.default_agent_id;
  const agent = await checkReference(kinds.agent, reader, { id: body.default_agent_id, before: agentBefore });
  if (!agent.ok) return agent;
  const modelBefore = before?.body.default_model_id;
  const model = await checkReference(kinds.model, reader, { id: body.default_model_id, before: modelBefore });
  if (!model.ok) return model;
  const source = sourceOf(body);
  if (!source.ok) return source;
  const known = { ...body, default_agent_id: agent.value, default_model_id: model.value };
  if (before !== undefined && before.body.path === body.path && before.body.url === body.url) return accept(known);
  const checked = await checkRepository(source.value);
  if (!checked.ok) return refuse(refusalOfCheckout(checked.refusal, null));
  return accept({ ...known, default_branch: body.default_branch ?? checked.value.defaultBranch });
}

/** Where its repository is. */
export function sourceOf({ path, url }: Pick<ProjectBody, "path" | "url">): Outcome<RepositorySource> {
  const [hasPath, hasUrl] = [(path ?? null) !== null, (url ?? null) !== null];
  if (hasPath === hasUrl) return wrong("/path", "give path (a folder on the server) or url, one of the two");
  if (url !== null && url !== undefined) return accept({ kind: "url", url });
  const folder = path ?? "";
  if (!folder.startsWith("/")) return wrong("/path", "must be absolute");
  return accept({ kind: "path", path: folder });
}

function wrong(path: string, reason: string) {
  return refuse({ code: "invalid_input", path, reason });
}
