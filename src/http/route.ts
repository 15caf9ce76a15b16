/**
 * A route as a value: what it takes, who may call it, what it answers, and the function that does it. The same value
 * checks requests, is served, and is printed in the OpenAPI document, so the three cannot disagree.
 *
 * `route(declaration, handle)` is the only maker; a handler never sees input that its schemas did not pass, and can
 * only give replies that its declaration lists.
 */
import type { z } from "zod";
import type { Principal } from "../app/principal.ts";
import type { Outcome, Refusal, RefusalCode } from "../core/refusal.ts";
import type { BodySource } from "./body.ts";
import type { HttpCode, Problem } from "./problems.ts";
import type { StreamSink } from "./sse/sink.ts";

export type Method = "get" | "post" | "put" | "patch" | "delete";

/**
 * public  no key is asked for            read   any role
 * write   not viewers                    owner  owners only
 * Unless told: `read` for GET, `write` for everything else.
 */
export type Access = "public" | "read" | "write" | "owner";

/** For bodies that may be larger than others; `setting` is the name under which the limit is published. */
export interface JsonLimit {
  readonly maxBytes: number;
  readonly setting: string;
}

/**
 * `json`: read, parsed strictly and checked before the handler runs. `any`: the handler reads it, as JSON or as bytes.
 * `form`: the handler reads it with `readForm`; the schema describes its parts.
 */
export type BodySpec<S extends z.ZodType = z.ZodType> =
  | { readonly kind: "json"; readonly schema: S; readonly limit?: JsonLimit; readonly isOptional?: boolean }
  | { readonly kind: "any"; readonly schema?: S; readonly description: string }
  | { readonly kind: "form"; readonly schema: S; readonly description: string };

/** With `schema`: JSON. With `content`: bytes of that media type. With both: as the caller asks. With neither: no body. */
export interface ResponseSpec {
  readonly description: string;
  readonly schema?: z.ZodType;
  readonly content?: string;
  readonly headers?: Readonly<Record<string, string>>;
}
export type Responses = { readonly [status: number]: ResponseSpec };

export interface Declaration<P, Q, B, R> {
  readonly method: Method;
  /** OpenAPI style: `/sessions/{session_id}`; `{path*}` matches the rest, slashes included. */
  readonly path: string;
  /** camelCase, unique over all doors. */
  readonly id: string;
  readonly summary: string;
  readonly description?: string;
  /** A heading inside the door's part of the documentation, such as "sessions". */
  readonly group: string;
  readonly access?: Access;
  /**
   * The handler is called without a good key or role too, and looks at `admission`: for callers that can do nothing with
   * a 401, such as an editor in the middle of an edit. Whoever sets it decides nothing for a caller that was not let in.
   */
  readonly answersKeyless?: boolean;
  /**
   * Keys that are bound to a session (H10) come in here too; every other route refuses them, whatever their role. Whoever
   * sets it answers for it that the handler acts for that session alone.
   */
  readonly takesBoundKeys?: boolean;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  readonly responses: R;
  /** Beyond those that every route can give: bad input, no key, wrong role, a broken machine. */
  readonly refusals?: readonly RefusalCode[];
  /** Problems of HTTP itself that only this route has. */
  readonly problems?: readonly HttpCode[];
}

type Parsed<S> = S extends z.ZodType ? z.output<S> : undefined;
type ParsedBody<B> = B extends { readonly kind: "json"; readonly schema: infer S }
  ? B extends { readonly isOptional: true }
    ? Parsed<S> | undefined
    : Parsed<S>
  : B extends { readonly kind: "any" | "form" }
    ? BodySource
    : undefined;

export interface RouteRequest<P = unknown, Q = unknown, B = unknown> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  /** On a `public` route nobody has been asked; `principal` throws there, and where `admission` is a refusal. */
  readonly principal: Principal;
  /** A refusal only where the route says `answersKeyless`; null on a `public` route. */
  readonly admission: Outcome<Principal | null>;
  readonly requestId: string;
  readonly method: string;
  /** Scheme and host as the caller knows them, for links. */
  readonly origin: string;
  /** As it came, percent signs and all. */
  readonly path: string;
  /** The query as it came, without the question mark. */
  readonly search: string;
  /** Aborts when the client goes away before it was answered. */
  readonly signal: AbortSignal;
  header(name: string): string | undefined;
}

export interface JsonReply<S, B> {
  readonly kind: "json";
  readonly status: S;
  readonly body: B;
  readonly headers?: Readonly<Record<string, string>>;
}
/** JSON that was written before, in the log say; whoever gives it vouches for its shape. */
export interface JsonTextReply<S> {
  readonly kind: "json_text";
  readonly status: S;
  readonly text: string;
  readonly headers?: Readonly<Record<string, string>>;
}
export interface EmptyReply<S> {
  readonly kind: "empty";
  readonly status: S;
  readonly headers?: Readonly<Record<string, string>>;
}
export interface RawReply<S> {
  readonly kind: "raw";
  readonly status: S;
  readonly body: string | Uint8Array | AsyncIterable<Uint8Array>;
  readonly headers: Readonly<Record<string, string>>;
}
/** The route goes on writing for as long as it likes. */
export interface StreamReply<S> {
  readonly kind: "stream";
  readonly status: S;
  readonly headers: Readonly<Record<string, string>>;
  /** Contract: never throws; owns the sink from now on and ends it. */
  readonly run: (sink: StreamSink) => void;
}
export interface RefusedReply {
  readonly kind: "refused";
  readonly refusal: Refusal;
}
export interface ProblemReply {
  readonly kind: "problem";
  readonly problem: Problem;
}

export type Reply =
  | JsonReply<number, unknown>
  | JsonTextReply<number>
  | EmptyReply<number>
  | RawReply<number>
  | StreamReply<number>
  | RefusedReply
  | ProblemReply;

type JsonOf<S, Spec> = Spec extends { readonly schema: infer Z }
  ? JsonReply<S, Z extends z.ZodType ? z.input<Z> : never> | JsonTextReply<S>
  : never;
type BytesOf<S, Spec> = Spec extends { readonly content: string } ? RawReply<S> | StreamReply<S> : never;
type NothingOf<S, Spec> = Spec extends { readonly schema: unknown } | { readonly content: string }
  ? never
  : EmptyReply<S>;
type ReplyOf<S, Spec> = JsonOf<S, Spec> | BytesOf<S, Spec> | NothingOf<S, Spec>;
export type ReplyFor<R> = { [S in keyof R]: ReplyOf<S, R[S]> }[keyof R] | RefusedReply | ProblemReply;

/** A route as the server keeps it: its parts no longer know each other's types, `route` has seen that they fit. */
export interface Route {
  readonly declaration: Declaration<z.ZodObject | undefined, z.ZodObject | undefined, BodySpec | undefined, Responses>;
  readonly handle: (request: RouteRequest) => Reply | Promise<Reply>;
}

export function route<
  const R extends Responses,
  P extends z.ZodObject | undefined = undefined,
  Q extends z.ZodObject | undefined = undefined,
  const B extends BodySpec | undefined = undefined,
>(
  declaration: Declaration<P, Q, B, R>,
  handle: (request: RouteRequest<Parsed<P>, Parsed<Q>, ParsedBody<B>>) => ReplyFor<R> | Promise<ReplyFor<R>>,
): Route {
  // The server parses with this declaration's own schemas before it calls, so the request has the handler's types.
  return { declaration, handle: handle as Route["handle"] };
}

export function json<const S extends number, B>(
  status: S,
  body: B,
  headers?: Readonly<Record<string, string>>,
): JsonReply<S, B> {
  return { kind: "json", status, body, ...(headers === undefined ? {} : { headers }) };
}

export function jsonText<const S extends number>(
  status: S,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): JsonTextReply<S> {
  return { kind: "json_text", status, text, headers };
}

export function empty<const S extends number>(status: S): EmptyReply<S> {
  return { kind: "empty", status };
}

export function refused(refusal: Refusal): RefusedReply {
  return { kind: "refused", refusal };
}

/** The usual end of a handler: encode what was accepted, pass on what was refused. */
export function answer<T, A extends Reply>(outcome: Outcome<T>, encode: (value: T) => A): A | RefusedReply {
  return outcome.ok ? encode(outcome.value) : refused(outcome.refusal);
}

export function accessOf({ access, method }: Pick<Route["declaration"], "access" | "method">): Access {
  return access ?? (method === "get" ? "read" : "write");
}
