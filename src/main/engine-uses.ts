/** The use cases of sessions over one engine, as one plain object for the doors. */
import { makeAnswerApproval } from "../app/answer-approval.ts";
import { makeCancelTurn } from "../app/cancel-turn.ts";
import { makeControlSession } from "../app/control-session.ts";
import { makeCreateSession } from "../app/create-session.ts";
import { makeEditSession } from "../app/edit-session.ts";
import { makeGiveToolResults } from "../app/give-tool-results.ts";
import { makeGetSession } from "../app/get-session.ts";
import { makeApprovalReads } from "../app/list-approvals.ts";
import { makeListMessages } from "../app/list-messages.ts";
import { makeModelOfSession } from "../app/model-of-session.ts";
import { makeQueue } from "../app/queue.ts";
import { makeReadEvents } from "../app/read-events.ts";
import { makeSharedPages } from "../app/shared-pages.ts";
import { makeSendMessage } from "../app/send-message.ts";
import { makeSummariseEvents } from "../app/summarise-events.ts";
import type { ApprovalUseCases } from "../doors/native/approvals.ts";
import type { SessionUseCases } from "../doors/native/use-cases.ts";
import type { TeamUseCases } from "../doors/native/use-cases-team.ts";
import { makeFollowFeed } from "../app/team/follow-feed.ts";
import { makeReadFeed } from "../app/team/read-feed.ts";
import { makeOpenFollow } from "../app/follow.ts";
import type { ReservationUseCases } from "../doors/native/use-cases-reservations.ts";
import type { EngineDeps, Machinery } from "./engine-parts.ts";
import { makeReservationUses } from "./reservation-uses.ts";
import { makeTeamUses } from "./team-uses.ts";

export type EngineUses = Omit<SessionUseCases, "listSessions"> &
  TeamUseCases &
  ReservationUseCases &
  Omit<ApprovalUseCases, "approvalRules">;

export function makeEngineUses(deps: EngineDeps, machinery: Machinery): EngineUses {
  const { store, bell, clock, mint, node, limits, records, blobs, images } = deps;
  const { commit, runners, tail, live, purge, onControl, onOwed, work } = machinery;
  const control = { store, commit, clock, mint, node, onControl, purge };
  const running = { ...control, runners, onOwed };
  const intake = { images, modelOf: makeModelOfSession({ records }), limits };
  const parts = records.sessionParts;
  return {
    createSession: makeCreateSession({ store, commit, mint, parts, limits, blobs }),
    getSession: makeGetSession({ store }),
    editSession: makeEditSession({ store, commit, mint, parts, queue: work.queue }),
    controlSession: makeControlSession(control),
    sendMessage: makeSendMessage({ ...running, ...intake, checkBudget: work.checkBudget }),
    listMessages: makeListMessages({ store }),
    queue: makeQueue({ ...control, ...intake }),
    cancelTurn: makeCancelTurn(control),
    approvals: makeApprovalReads({ store }),
    answerApproval: makeAnswerApproval({ ...running, rules: records.approvalRules }),
    giveToolResults: makeGiveToolResults({ ...running, limits }),
    readEvents: makeReadEvents({ store }),
    summariseEvents: makeSummariseEvents({ store }),
    openFollow: makeOpenFollow({ store: sharing(deps), bell, tail, live }),
    ...makeTeamUses({ ...deps, commit }),
    ...makeReservationUses({ ...deps, commit }),
    readFeed: makeReadFeed({ store }),
    followFeed: makeFollowFeed({ store, rings: machinery.feedRings }),
  };
}

/** Who follows reads what others who came back with them have read. */
function sharing({ store, clock }: Pick<EngineDeps, "store" | "clock">): Parameters<typeof makeOpenFollow>[0]["store"] {
  return {
    readSession: (id) => store.readSession(id),
    findEvent: (id, eventId) => store.findEvent(id, eventId),
    readLog: makeSharedPages({ store, monotonic: () => clock.monotonic() }),
  };
}
