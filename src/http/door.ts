/**
 * A door as HTTP sees it: where it stands, its routes, and the shape of its errors. What a door's requests mean is none
 * of this room's business.
 */
import type { z } from "zod";
import type { Principal } from "../app/principal.ts";
import type { Outcome } from "../core/refusal.ts";
import type { Problem } from "./problems.ts";
import type { Route } from "./route.ts";

export interface EncodedProblem {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

export interface Door {
  readonly name: string;
  /** The heading of its routes in the documentation. */
  readonly title: string;
  /** The first is the one that the documentation shows; "" is the root. Unknown routes below them get its errors. */
  readonly prefixes: readonly [string, ...string[]];
  readonly routes: readonly Route[];
  readonly problemSchema: z.ZodType;
  readonly problemContentType: string;
  /** The status that this door has for one that its page has not; as it is, unless told. For the documentation. */
  readonly problemStatus?: (status: number) => number;
  /** May also turn a problem into another status, as this door's page wants it. */
  readonly encodeProblem: (problem: Problem, requestId: string) => EncodedProblem;
  /** What a request says of its caller beside the key, held against whom the key belongs to. */
  readonly admit?: (principal: Principal, header: (name: string) => string | undefined) => Outcome<unknown>;
  /** Who is let in without a key, if anybody. */
  readonly guest?: (
    remoteAddress: string | undefined,
    header: (name: string) => string | undefined,
  ) => Principal | null;
  /** Where it stands on a port of its own, for clients that cannot set a path (D2); as here, unless told. */
  readonly ownPrefixes?: readonly [string, ...string[]];
  /** Whose pages may use this door from a browser, beside those of the whole server. */
  readonly cors?: DoorCors;
}

export interface DoorCors {
  readonly origins: readonly string[];
  /** As its page allows them. */
  readonly methods: readonly string[];
}
