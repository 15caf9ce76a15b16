/** What the Viben door may call. */
import type { BeginSession } from "../../app/begin-session.ts";
import type { ControlSession } from "../../app/control-session.ts";
import type { EditSession } from "../../app/edit-session.ts";
import type { GetSession } from "../../app/get-session.ts";
import type { ListSessions } from "../../app/list-sessions.ts";
import type { ReadModelCodes } from "../../app/model-codes.ts";
import type { SendText } from "../../app/send-text.ts";
import type { ReadSessionDefaults } from "../../app/session-defaults.ts";

export interface VibenUseCases {
  readonly beginSession: BeginSession;
  readonly getSession: GetSession;
  readonly listSessions: ListSessions;
  readonly editSession: EditSession;
  readonly controlSession: ControlSession;
  readonly sendText: SendText;
  readonly readSessionDefaults: ReadSessionDefaults;
  readonly readModelCodes: ReadModelCodes;
}
