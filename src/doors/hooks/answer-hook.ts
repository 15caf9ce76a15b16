/**
 * One hook of an IDE, from its bytes to its answer.
 *
 *   bytes → JSON → which IDE → event → key → use case, at most 2 s → that IDE's words
 *
 * Invariant: whatever goes wrong on the way, the editor is answered in its own words: allowed with a note, or, where it asked
 * to be strict, refused, if the event is one about to write (R9, ruling 15). Reading and ending are never refused.
 */
import type { Principal } from "../../app/principal.ts";
import type { Outcome, Refusal } from "../../core/refusal.ts";
import type { AgentType, HookEvent, HookReply } from "../../core/team/hook-event.ts";
import type { BodySource } from "../../http/body.ts";
import { problemOfRefusal } from "../../http/problems.ts";
import { pathHeader, readTreeHeaders, textHeader } from "../../http/tree-headers.ts";
import { given } from "../../lib/given.ts";
import { late, within } from "./answer-within.ts";
import { detectIde, dialects } from "./dialects/detect.ts";
import type { Dialect, HeaderOf, HookAnswer, IdeName } from "./dialects/dialect.ts";
import { parsedOf } from "./dialects/fields.ts";
import type { HookUseCases } from "./use-cases.ts";

export interface AnswerHookDeps {
  readonly uses: Pick<HookUseCases, "handleHook" | "reportHookFault">;
  readonly maxBytes: number;
  readonly patienceMs: number;
  /** Contract: never throws. */
  readonly onFault: (fault: unknown) => void;
}

export interface IncomingHook {
  readonly ide: IdeName;
  readonly body: Pick<BodySource, "text">;
  readonly header: HeaderOf;
  readonly isStrict: boolean;
  readonly admission: Outcome<Principal | null>;
}

export interface OutgoingHook {
  readonly status: 200 | 400;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export async function answerHook(hook: IncomingHook, deps: AnswerHookDeps): Promise<OutgoingHook> {
  const read = await hook.body.text({ maxBytes: deps.maxBytes, setting: "fileBodyBytes" });
  if (!read.ok) return answerUnread(hook, { deps, reason: read.problem.detail });
  const payload = parsedOf(read.value);
  if (payload === undefined)
    return answerUnread(hook, { deps, reason: "the payload is no JSON that can be read", text: read.value });
  const ide = detectIde(hook.ide, payload, hook.header);
  const dialect = dialects[ide];
  const decoded = dialect.decode(payload, hook.header);
  if (!decoded.ok) return answerUnread({ ...hook, ide }, { deps, text: read.value, ...decoded });
  const event = withCwd(decoded.event, hook.header);
  const [done] = await Promise.all([decide(hook, event, deps), reportGap(hook, event, deps)]);
  return say({ dialect, event, isStrict: hook.isStrict }, done);
}

type Decision = { readonly reply: HookReply } | { readonly failure: string };

async function decide(hook: IncomingHook, event: HookEvent, deps: AnswerHookDeps): Promise<Decision> {
  const { admission, isStrict } = hook;
  if (!admission.ok) return { failure: failureOf(admission.refusal, hook.ide) };
  if (admission.value === null) throw new Error("A hook was let in without a principal");
  const options = { isStrict, branchDefault: "warn", endsAtTurnEnd: false } as const;
  const startedFor = textHeader(hook.header, "x-serai-session");
  const call = { event, report: readTreeHeaders(hook.header), options, ...given({ startedFor }) };
  try {
    const work = deps.uses.handleHook(admission.value, call);
    const reply = await within(work, { ms: deps.patienceMs, onLateFault: deps.onFault });
    if (reply === late) return { failure: `the server did not answer within ${deps.patienceMs} ms` };
    return reply.ok ? { reply: reply.value } : { failure: failureOf(reply.refusal, hook.ide) };
  } catch (fault) {
    deps.onFault(fault);
    return { failure: "something broke on the server" };
  }
}

interface Saying {
  readonly dialect: Dialect;
  readonly event: HookEvent;
  readonly isStrict: boolean;
}

function say({ dialect, event, isStrict }: Saying, decision: Decision): OutgoingHook {
  if ("reply" in decision) return dialect.encode(event, decision.reply);
  const note = noteOf(decision.failure);
  const answer: HookAnswer =
    isStrict && isAboutToWrite(event)
      ? { verdict: { permission: "deny", reason: `${note}; this hook is strict, so nothing is written`, brief: note } }
      : { verdict: { permission: "allow" }, note };
  const reply = dialect.encode(event, answer);
  return { ...reply, headers: { ...reply.headers, ...noteHeader(note) } };
}

function isAboutToWrite({ moment, tool, files }: HookEvent): boolean {
  if (moment !== "pre_tool") return false;
  return files.length > 0 || tool?.kind === "edit" || tool?.kind === "delete" || tool?.kind === "shell";
}

interface Unread {
  readonly deps: AnswerHookDeps;
  readonly reason: string;
  readonly rawEvent?: string;
  readonly text?: string;
}

/** Nobody knows what was asked. `{}` is "go on" to every IDE that reads JSON; a strict refusal is exit code 2. */
async function answerUnread(hook: IncomingHook, unread: Unread): Promise<OutgoingHook> {
  await reportUnread(hook, unread);
  const failure = hook.admission.ok ? unread.reason : failureOf(hook.admission.refusal, hook.ide);
  const note = noteOf(failure);
  const plain = { "Content-Type": "text/plain; charset=utf-8", ...noteHeader(note) };
  if (hook.isStrict && !isHarmless(unread)) {
    return { status: 400, headers: { ...plain, "X-Serai-Exit": "2" }, body: `${note}; this hook is strict` };
  }
  if (hook.ide === "windsurf") return { status: 200, headers: plain, body: "" };
  return { status: 200, headers: { ...plain, "Content-Type": "application/json" }, body: "{}" };
}

async function reportUnread(hook: IncomingHook, { deps, reason, rawEvent }: Unread): Promise<void> {
  // An IDE's name in an address differs from its agent's by the dash alone.
  const agentType = hook.ide.replace("-", "_") as AgentType;
  await report(hook, { agentType, reason, ...(rawEvent === undefined ? {} : { rawEvent }) }, deps);
}

/** What the client could not ask while the server was away (R9). */
async function reportGap(hook: IncomingHook, { agentType, rawEvent }: HookEvent, deps: AnswerHookDeps): Promise<void> {
  const missed = /^\d{1,9}$/.exec(hook.header("x-serai-gap") ?? "")?.[0];
  if (missed === undefined || Number(missed) === 0) return;
  await report(hook, { agentType, rawEvent, reason: `${missed} hooks before this one had no answer` }, deps);
}

type Fault = Parameters<HookUseCases["reportHookFault"]>[1];

async function report({ admission }: IncomingHook, fault: Fault, deps: AnswerHookDeps): Promise<void> {
  if (!admission.ok || admission.value === null) return;
  try {
    const work = deps.uses.reportHookFault(admission.value, fault);
    await within(work, { ms: deps.patienceMs, onLateFault: deps.onFault });
  } catch (broken) {
    deps.onFault(broken);
  }
}

/** Ends and prompts that cannot be read are let through even then: refusing an end keeps some agents running for ever. */
function isHarmless({ text = "", rawEvent }: Unread): boolean {
  const named = /"(?:hook_event_name|agent_action_name|event)"\s*:\s*"(\w{1,60})"/.exec(text)?.[1];
  const event = rawEvent ?? named;
  return event !== undefined && !/^(?:pre|before)/i.test(event);
}

/** A person reads it, who has hooks and sends no requests. */
function failureOf(refusal: Refusal, ide: IdeName): string {
  if (refusal.code !== "unauthenticated") return problemOfRefusal(refusal).detail;
  return `${refusal.reason}; for another run: serai hooks install ${ide}`;
}

function noteOf(failure: string): string {
  return `Serai is not guarding this: ${failure}`;
}

/** For the hook client's log, which a person reads: as it is, where a header can be that. */
function noteHeader(note: string): Readonly<Record<string, string>> {
  const clipped = note.toWellFormed().slice(0, 900).toWellFormed();
  const isPlain = /^[ -$&-~]*$/.test(clipped);
  return { "X-Serai-Note": isPlain ? clipped : encodeURIComponent(clipped) };
}

/** The payload's own directory counts before the one the client ran in. */
function withCwd(event: HookEvent, header: HeaderOf): HookEvent {
  const cwd = event.cwd ?? pathHeader(header, "x-serai-cwd");
  return cwd === undefined ? event : { ...event, cwd };
}
