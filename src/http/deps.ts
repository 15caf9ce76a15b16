/** What the HTTP application is given by `main`. */
import type { MintId } from "../core/ids.ts";
import type { Limits } from "../core/limits.ts";
import type { Authentication } from "./auth.ts";
import type { GateSettings } from "./gate.ts";

export interface Fault {
  readonly requestId: string;
  readonly method: string;
  readonly path: string;
  readonly error: unknown;
}

export interface HttpDeps extends Authentication {
  readonly mint: MintId;
  readonly limits: Pick<Limits, "bodyBytes" | "jsonDepth" | "jsonKeys" | "jsonValues">;
  readonly gate: GateSettings;
  /** Scheme, host and prefix as clients see them; without it they are taken from the request. */
  readonly publicUrl?: string;
  /** Contract: cheap, never throws. */
  readonly onFault: (fault: Fault) => void;
}
