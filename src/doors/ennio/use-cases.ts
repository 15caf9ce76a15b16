/** What the Ennio door may call. */
import type { ControlSession } from "../../app/control-session.ts";
import type { GetSession } from "../../app/get-session.ts";
import type { ListSessions } from "../../app/list-sessions.ts";
import type { Projects } from "../../app/records/projects.ts";
import type { SendText } from "../../app/send-text.ts";
import type { SpawnSession } from "../../app/spawn-session.ts";

export interface EnnioUseCases {
  readonly listSessions: ListSessions;
  readonly getSession: GetSession;
  readonly spawnSession: SpawnSession;
  readonly controlSession: ControlSession;
  readonly sendText: SendText;
  readonly projects: Pick<Projects, "get" | "slugs">;
}
