/** What the native door takes and gives, under the names of TypeScript. Types alone; nothing of the server is loaded. */
import type { Agent as WireAgent, AgentList as WireAgentList } from "../doors/native/schema/agent.ts";
import type { CreateAgent as WireCreateAgent, EditAgent as WireEditAgent } from "../doors/native/schema/agent.ts";
import type { Harness as WireHarness, HarnessList as WireHarnessList } from "../doors/native/schema/agent.ts";
import type { ReplaceAgent as WireReplaceAgent } from "../doors/native/schema/agent.ts";
import type {
  CheckoutCommit as WireCheckoutCommit,
  CheckoutMerge as WireCheckoutMerge,
  CheckoutState as WireCheckoutState,
  MergeCheckout as WireMergeCheckout,
  SessionDiff as WireSessionDiff,
} from "../doors/native/schema/work.ts";
import type {
  CreateProject as WireCreateProject,
  EditProject as WireEditProject,
  Project as WireProject,
  ProjectList as WireProjectList,
} from "../doors/native/schema/project.ts";
import type {
  Capability as WireCapability,
  CapabilityList as WireCapabilityList,
} from "../doors/native/schema/capability.ts";
import type {
  AnswerApproval as WireAnswerApproval,
  Approval as WireApproval,
  ApprovalList as WireApprovalList,
  ApprovalRule as WireApprovalRule,
  ApprovalRuleList as WireApprovalRuleList,
  ToolResults as WireToolResults,
  ToolResultsAccepted as WireToolResultsAccepted,
} from "../doors/native/schema/approval.ts";
import type {
  Cancelled as WireCancelled,
  EventsSummary as WireEventsSummary,
  Hint as WireHint,
  KnownEvent,
} from "../doors/native/schema/event.ts";
import type {
  FileInfo as WireFileInfo,
  FileList as WireFileList,
  FileStat as WireFileStat,
  GrepResult as WireGrepResult,
} from "../doors/native/schema/file.ts";
import type { FileVersions as WireFileVersions } from "../doors/native/schema/file.ts";
import type { Image as WireImage, ImageEntry as WireImageEntry } from "../doors/native/schema/image.ts";
import type { CreatedKey as WireCreatedKey, CreateKey as WireCreateKey } from "../doors/native/schema/key.ts";
import type { Key as WireKey, KeyList as WireKeyList, Me as WireMe } from "../doors/native/schema/key.ts";
import type { Workspace as WireWorkspace } from "../doors/native/schema/key.ts";
import type {
  AwaitedMessage as WireAwaitedMessage,
  Message as WireMessage,
  MessageList as WireMessageList,
  Queue as WireQueue,
} from "../doors/native/schema/message.ts";
import type { QueuedMessage as WireQueuedMessage } from "../doors/native/schema/message.ts";
import type { SendMessage as WireSendMessage, SentMessage as WireSentMessage } from "../doors/native/schema/message.ts";
import type { CreateModel as WireCreateModel, EditModel as WireEditModel } from "../doors/native/schema/model.ts";
import type {
  CreateProvider as WireCreateProvider,
  EditProvider as WireEditProvider,
} from "../doors/native/schema/model.ts";
import type { Model as WireModel, ModelList as WireModelList } from "../doors/native/schema/model.ts";
import type { Provider as WireProvider, ProviderList as WireProviderList } from "../doors/native/schema/model.ts";
import type { ProviderTest as WireProviderTest } from "../doors/native/schema/model.ts";
import type {
  AgentProgram as WireAgentProgram,
  AgentProgramList as WireAgentProgramList,
} from "../doors/native/schema/agent-program.ts";
import type { Health as WireHealth, Limits as WireLimits } from "../doors/native/schema/server.ts";
import type {
  CreateSession as WireCreateSession,
  EditSession as WireEditSession,
  ForkSession as WireForkSession,
  SessionStats as WireSessionStats,
} from "../doors/native/schema/session.ts";
import type { Session as WireSession, SessionList as WireSessionList } from "../doors/native/schema/session.ts";
import type { Camel } from "./wire-case.ts";

export type Session = Camel<WireSession>;
export type SessionStatus = Session["status"];
export type SessionList = Camel<WireSessionList>;
export type CreateSession = Camel<WireCreateSession>;
export type EditSession = Camel<WireEditSession>;
export type ForkSession = Camel<WireForkSession>;
export type SessionStats = Camel<WireSessionStats>;
export type Cancelled = Camel<WireCancelled>;

export type Message = Camel<WireMessage>;
export type MessageList = Camel<WireMessageList>;
export type SentMessage = Camel<WireSentMessage>;
export type AwaitedMessage = Camel<WireAwaitedMessage>;
export type ContentPart = Message["content"][number];
export type Queue = Camel<WireQueue>;
export type QueuedMessage = Camel<WireQueuedMessage>;
type Sending = Camel<WireSendMessage>;
export type UserContent = Sending["message"]["content"];
/** A text, or parts of one message and how it is to be answered. */
export type NewMessage = Omit<Sending["message"], "role"> & Pick<Sending, "whenBusy" | "clientMessageId">;

export type EventType = KnownEvent["type"];
/** One committed line of a log. A later server may send types that are not named here; give a `switch` a default. */
export type SessionEvent = Camel<KnownEvent>;
/** A live frame that is not in the log: no id, no seq, and it may be lost. */
export type SessionHint = Camel<WireHint>;
export type StreamItem = SessionEvent | SessionHint;
export type EventsSummary = Camel<WireEventsSummary>;
export type Usage = NonNullable<Session["usage"]>;

export type FileInfo = Camel<WireFileInfo>;
export type FileStat = Camel<WireFileStat>;
export type FileList = Camel<WireFileList>;
export type FileVersions = Camel<WireFileVersions>;
export type GrepResult = Camel<WireGrepResult>;

export type Image = Camel<WireImage>;
export type ImageEntry = Camel<WireImageEntry>;

export type Approval = Camel<WireApproval>;
export type ApprovalList = Camel<WireApprovalList>;
export type AnswerApproval = Camel<WireAnswerApproval>;
export type ApprovalScope = NonNullable<AnswerApproval["scope"]>;
export type ApprovalRule = Camel<WireApprovalRule>;
export type ApprovalRuleList = Camel<WireApprovalRuleList>;
export type ToolResult = Camel<WireToolResults>["toolResults"][number];
export type ToolResultsAccepted = Camel<WireToolResultsAccepted>;

export type CheckoutState = Camel<WireCheckoutState>;
export type CheckoutCommit = Camel<WireCheckoutCommit>;
export type CheckoutMerge = Camel<WireCheckoutMerge>;
export type MergeCheckout = Camel<WireMergeCheckout>;
export type SessionDiff = Camel<WireSessionDiff>;
export type Project = Camel<WireProject>;
export type ProjectList = Camel<WireProjectList>;
export type CreateProject = Camel<WireCreateProject>;
export type EditProject = Camel<WireEditProject>;
export type Agent = Camel<WireAgent>;
export type AgentList = Camel<WireAgentList>;
export type CreateAgent = Camel<WireCreateAgent>;
export type EditAgent = Camel<WireEditAgent>;
export type ReplaceAgent = Camel<WireReplaceAgent>;
export type Harness = Camel<WireHarness>;
export type HarnessList = Camel<WireHarnessList>;
export type Capability = Camel<WireCapability>;
export type CapabilityList = Camel<WireCapabilityList>;

export type Provider = Camel<WireProvider>;
export type ProviderList = Camel<WireProviderList>;
export type CreateProvider = Camel<WireCreateProvider>;
export type EditProvider = Camel<WireEditProvider>;
export type ProviderTest = Camel<WireProviderTest>;
export type Model = Camel<WireModel>;
export type ModelList = Camel<WireModelList>;
export type CreateModel = Camel<WireCreateModel>;
export type EditModel = Camel<WireEditModel>;

export type Key = Camel<WireKey>;
export type KeyList = Camel<WireKeyList>;
export type CreateKey = Camel<WireCreateKey>;
export type CreatedKey = Camel<WireCreatedKey>;
export type Me = Camel<WireMe>;
export type Workspace = Camel<WireWorkspace>;

export type AgentProgram = Camel<WireAgentProgram>;
export type AgentProgramList = Camel<WireAgentProgramList>;
export type Health = Camel<WireHealth>;
export type Limits = Camel<WireLimits>;

/** Of lists that are paged by place. */
export interface PageQuery {
  readonly offset?: number;
  /** At most 100. */
  readonly limit?: number;
  readonly search?: string;
}
