/**
 * For which session a person at a terminal acts. They have none of their own, so one is made for them, once for each login
 * and working tree: their hold is then seen beside those of the agents, and any terminal of theirs can give it back.
 */
import { realpathSync } from "node:fs";
import { userInfo } from "node:os";
import type { PathsPlace } from "../client/reservations.ts";
import type { WorkingTree } from "../client/team-shapes.ts";
import { hooksFolderOf } from "../install/places.ts";
import { hostIdOf } from "../install/scripts.ts";
import { readTreeFacts } from "../install/tree-facts.ts";
import { CommandFault } from "./faults.ts";
import { placeOf } from "./hook-access.ts";
import type { Invocation } from "./invocation.ts";
import { findSession } from "./lookup.ts";

export const BY_HAND =
  "You hold files as yourself: one session for your login and this working tree, which every terminal of yours shares.\n" +
  "--session acts for an agent's instead.";

export interface Here {
  readonly sessionId: string;
  /** Where the paths of the command are. */
  readonly place: PathsPlace;
}

export interface HereFlags {
  readonly session?: string;
}

type HereCall = Pick<Invocation<HereFlags>, "serai" | "shell" | "flags">;

/** `task`: what others are told of you, where it is to change. */
export async function openHere(call: HereCall, task?: string): Promise<Here> {
  const { serai, shell, flags } = call;
  const repository = await treeHere(call);
  const place = { repository, cwd: realpathSync(shell.cwd) };
  if (flags.session !== undefined) return { sessionId: await findSession(serai, flags.session), place };
  const conversationId = `terminal/${repository.host ?? ""}/${userInfo().username}${repository.root ?? ""}`.slice(-500);
  const { sessionId } = await serai.team.join({ conversationId, repository, ...(task === undefined ? {} : { task }) });
  return { sessionId, place };
}

async function treeHere({ shell }: HereCall): Promise<WorkingTree> {
  const facts = await readTreeFacts(shell.cwd);
  if (facts === null) throw new CommandFault(`${shell.cwd} is in no git repository; only files of one can be reserved`);
  const { root, commonDir, origin, branch, ignoresCase } = facts;
  return {
    ...{ root, commonDir, host: hostIdOf(hooksFolderOf(placeOf(shell))) },
    ...(origin === null ? {} : { origin }),
    ...(branch === null ? {} : { branch }),
    ...(ignoresCase ? { ignoreCase: true } : {}),
  };
}
