/** Projects: git repositories with what sessions in them begin with. Ids and slugs name them alike. */
import type { Project as WireProject, ProjectList as WireProjectList } from "../doors/native/schema/project.ts";
import type { ListArchivable } from "./agents.ts";
import type { CreateProject, EditProject, Project, ProjectList } from "./shapes.ts";
import type { Transport } from "./transport.ts";

export interface Projects {
  list(query?: ListArchivable): Promise<ProjectList>;
  get(project: string): Promise<Project>;
  create(project: CreateProject): Promise<Project>;
  update(project: string, change: EditProject): Promise<Project>;
  /** The repository stays as it is, and so do its sessions. */
  delete(project: string): Promise<void>;
}

export function makeProjects({ json, empty }: Transport): Projects {
  const at = (project: string) => `/projects/${encodeURIComponent(project)}`;
  return {
    list: (query) => json<WireProjectList>({ method: "GET", path: "/projects", query: { ...query } }),
    get: (project) => json<WireProject>({ method: "GET", path: at(project) }),
    create: (project) => json<WireProject>({ method: "POST", path: "/projects", json: project }),
    update: (project, change) => json<WireProject>({ method: "PATCH", path: at(project), json: change }),
    delete: (project) => empty({ method: "DELETE", path: at(project) }),
  };
}
