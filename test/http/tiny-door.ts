/** A door with a few routes, to try the HTTP room without any use case behind it. */
import { z } from "zod";
import { formatId } from "../../src/core/ids.ts";
import type { IdKind, MintId } from "../../src/core/ids.ts";
import { defaultLimits } from "../../src/core/limits.ts";
import type { Role } from "../../src/core/ports/keys.ts";
import { accept, refuse } from "../../src/core/refusal.ts";
import type { Principal } from "../../src/app/principal.ts";
import { makeHttpApp } from "../../src/http/app.ts";
import type { HttpApp } from "../../src/http/app.ts";
import type { Fault, HttpDeps } from "../../src/http/deps.ts";
import type { Door } from "../../src/http/door.ts";
import { encodeProblem, problem, problemContentType } from "../../src/doors/native/problem.ts";
import type { Route } from "../../src/http/route.ts";

export const tinyProblem = z.object({ oops: z.string() }).meta({ id: "TinyProblem" });

export function principalOf(role: Role): Principal {
  return {
    workspaceId: formatId("workspace", 1, "0".repeat(20)),
    userId: formatId("user", 1, "0".repeat(20)),
    keyId: formatId("key", 1, "0".repeat(20)),
    role,
  };
}

export function countingMint(): MintId {
  let count = 0;
  return <K extends IdKind>(kind: K) => formatId<K>(kind, ++count, "0".repeat(20));
}

export interface Tiny {
  readonly app: HttpApp;
  readonly faults: Fault[];
  /** The texts that were held out as keys. */
  readonly asked: string[];
}

/** The key `<role>-key` has that role; all others are unknown. */
export function openTiny(routes: readonly Route[], more: Partial<HttpDeps> & { doors?: readonly Door[] } = {}): Tiny {
  const faults: Fault[] = [];
  const asked: string[] = [];
  const door: Door = {
    name: "tiny",
    title: "Tiny",
    prefixes: ["/tiny"],
    routes,
    problemSchema: problem,
    problemContentType,
    encodeProblem,
  };
  const app = makeHttpApp([door, ...(more.doors ?? [])], {
    authenticate: (text) => {
      asked.push(text);
      const role = (["owner", "member", "viewer"] as const).find((each) => text === `${each}-key`);
      return Promise.resolve(
        role === undefined
          ? refuse({ code: "unauthenticated", reason: "the key is unknown" })
          : accept(principalOf(role)),
      );
    },
    isStillValid: () => true,
    mint: countingMint(),
    limits: defaultLimits,
    gate: { allowedHosts: [], corsOrigins: [] },
    onFault: (fault) => faults.push(fault),
    ...more,
  });
  return { app, faults, asked };
}
