/** What the native door may call of plain resources and keys. */
import type { Keys } from "../../app/keys/keys.ts";
import type { SignIn } from "../../app/keys/sign-in.ts";
import type { PreviewAgent } from "../../app/preview-agent.ts";
import type { Records } from "../../app/records/records.ts";
import type { CapabilityReads } from "../../app/list-capabilities.ts";
import type { SkillRecords } from "../../app/skills/skills.ts";

export interface RecordUseCases extends Pick<
  Records,
  | "agents"
  | "agentFiles"
  | "harnesses"
  | "providers"
  | "models"
  | "users"
  | "workspaces"
  | "mcpServers"
  | "sessionStorage"
  | "projects"
> {
  readonly keys: Pick<Keys, "mint" | "list" | "get" | "revoke" | "userRoles">;
  readonly previewAgent: PreviewAgent;
  readonly signIn: Pick<SignIn, "redeem">;
  readonly capabilities: CapabilityReads;
  readonly skills: SkillRecords;
}
