/** A workspace's skills as its sessions meet them: a line about each, and the whole of one when it is activated. */
import type { WorkspaceId } from "../ids.ts";
import type { HeldContent } from "./tools.ts";

export interface SkillLine {
  readonly id: string;
  readonly name: string;
  readonly description: string;
}

export interface OpenedSkill {
  readonly name: string;
  /** Its instructions: SKILL.md without what stands before them. */
  readonly text: string;
  /** SKILL.md among them; relative paths. */
  readonly files: readonly (HeldContent & { readonly path: string })[];
}

export interface Skills {
  /** Contract: `named` is a skill's name or id. */
  find(workspaceId: WorkspaceId, named: string): Promise<SkillLine | undefined>;
  list(workspaceId: WorkspaceId): Promise<readonly SkillLine[]>;
  /** Contract: the contents stay for long enough to be named by somebody else; nothing when it is gone. */
  open(workspaceId: WorkspaceId, id: string): Promise<OpenedSkill | undefined>;
}
