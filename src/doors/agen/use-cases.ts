/** What the Agen door may call. */
import type { BeginSession } from "../../app/begin-session.ts";
import type { CancelTurn } from "../../app/cancel-turn.ts";
import type { GetSession } from "../../app/get-session.ts";
import type { ListSessions } from "../../app/list-sessions.ts";
import type { FindModelByCode } from "../../app/model-by-code.ts";
import type { ReadModelCodes } from "../../app/model-codes.ts";
import type { SendText } from "../../app/send-text.ts";
import type { ReadSessionDefaults } from "../../app/session-defaults.ts";

import type { WorkUses } from "../../app/project-work/work-uses.ts";

export interface AgenUseCases {
  readonly beginSession: BeginSession;
  readonly listSessions: ListSessions;
  readonly getSession: GetSession;
  readonly sendText: SendText;
  readonly cancelTurn: CancelTurn;
  readonly readSessionDefaults: ReadSessionDefaults;
  readonly findModelByCode: FindModelByCode;
  readonly readModelCodes: ReadModelCodes;
  readonly mergeCheckout: WorkUses["mergeCheckout"];
}
