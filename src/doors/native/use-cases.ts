/** Everything the native door may call, as one plain object that `main` hands in. */
import type { WorkUses } from "../../app/project-work/work-uses.ts";
import type { AwaitTurn } from "../../app/await-turn.ts";
import type { CancelTurn } from "../../app/cancel-turn.ts";
import type { ControlSession } from "../../app/control-session.ts";
import type { CreateSession } from "../../app/create-session.ts";
import type { EditSession } from "../../app/edit-session.ts";
import type { OpenFollow } from "../../app/follow.ts";
import type { GetSession } from "../../app/get-session.ts";
import type { ListMessages } from "../../app/list-messages.ts";
import type { ListSessions } from "../../app/list-sessions.ts";
import type { QueueUseCases } from "../../app/queue.ts";
import type { ReadEvents } from "../../app/read-events.ts";
import type { OpenedFile, ReadFileInput } from "../../app/read-session-file.ts";
import type { CreateFileInput } from "../../app/create-session-file.ts";
import type { GrepAnswer, GrepInput } from "../../app/grep-session-files.ts";
import type { ReplaceFileInput } from "../../app/replace-session-file.ts";
import type { FilePlace } from "../../app/session-files.ts";
import type { SendMessage } from "../../app/send-message.ts";
import type { SummariseEvents } from "../../app/summarise-events.ts";
import type { AgentProgramUseCases } from "./agent-programs.ts";
import type { ApprovalUseCases } from "./approvals.ts";
import type { ImageUseCases } from "./images.ts";
import type { RecordUseCases } from "./use-cases-records.ts";
import type { ReservationUseCases } from "./use-cases-reservations.ts";
import type { SurroundingUseCases } from "./use-cases-sessions.ts";
import type { TeamUseCases } from "./use-cases-team.ts";
import type { Principal } from "../../app/principal.ts";
import type { FileRow, FileVersion } from "../../core/ports/files.ts";
import type { Outcome } from "../../core/refusal.ts";

export interface SessionUseCases {
  readonly createSession: CreateSession;
  readonly getSession: GetSession;
  readonly listSessions: ListSessions;
  readonly editSession: EditSession;
  readonly controlSession: ControlSession;
  readonly sendMessage: SendMessage;
  readonly listMessages: ListMessages;
  readonly queue: QueueUseCases;
  readonly cancelTurn: CancelTurn;
  readonly readEvents: ReadEvents;
  readonly summariseEvents: SummariseEvents;
  readonly openFollow: OpenFollow;
}

/** The file use cases with their dependencies already given. */
export interface FileUseCases {
  listFiles(principal: Principal, input: FilePlace & { isRecursive: boolean }): Promise<Outcome<readonly FileRow[]>>;
  statFile(principal: Principal, input: FilePlace): Promise<Outcome<FileRow>>;
  readFile(principal: Principal, input: ReadFileInput): Promise<Outcome<OpenedFile>>;
  createFile(principal: Principal, input: CreateFileInput): Promise<Outcome<FileRow>>;
  replaceFile(principal: Principal, input: ReplaceFileInput): Promise<Outcome<FileRow>>;
  deleteFile(principal: Principal, input: FilePlace & { isRecursive: boolean }): Promise<Outcome<null>>;
  makeDirectory(principal: Principal, input: FilePlace): Promise<Outcome<FileRow>>;
  moveFile(principal: Principal, input: FilePlace & { target: string }): Promise<Outcome<FileRow>>;
  copyFile(principal: Principal, input: FilePlace & { target: string }): Promise<Outcome<FileRow>>;
  /** The content of an older version as a new one. */
  restoreFile(principal: Principal, input: FilePlace & { version: number }): Promise<Outcome<FileRow>>;
  grepFiles(principal: Principal, input: GrepInput): Promise<Outcome<GrepAnswer>>;
  fileVersions(principal: Principal, input: FilePlace): Promise<Outcome<readonly FileVersion[]>>;
}

export interface WaitUseCases {
  readonly awaitTurn: AwaitTurn;
}

export interface NativeUseCases
  extends
    SessionUseCases,
    SurroundingUseCases,
    WaitUseCases,
    AgentProgramUseCases,
    ApprovalUseCases,
    FileUseCases,
    ImageUseCases,
    RecordUseCases,
    WorkUses,
    ReservationUseCases,
    TeamUseCases {}
