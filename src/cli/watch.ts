/** `serai watch`, also as `serai sessions watch`: the log of a session as it grows, until Ctrl-C. */
import type { Command } from "commander";
import type { Serai } from "../client/serai.ts";
import type { Session } from "../client/shapes.ts";
import { openApprovalDesk } from "./ask-approvals.ts";
import { makeView } from "./carry-out.ts";
import { act, argument } from "./invocation.ts";
import type { CommandSite, Invocation } from "./invocation.ts";
import { findSession } from "./lookup.ts";

interface WatchFlags {
  readonly all?: boolean;
}

export function addWatch(parent: Command, site: CommandSite): void {
  const command = parent
    .command("watch")
    .description("Show the work of a session as it happens, from the running turn on; Ctrl-C ends")
    .argument("<session>", "its id, or last")
    .option("--all", "from the start of the session");
  act<WatchFlags>(command, site, watch);
}

async function watch(call: Invocation<WatchFlags>): Promise<void> {
  const { serai, flags, shell, screen, isJson } = call;
  const sessionId = await findSession(serai, argument(call, 0));
  const session = await serai.sessions.get(sessionId);
  const afterSeq = flags.all === true ? 0 : await placeOfTurn(serai, session);
  const leave = new AbortController();
  const release = shell.onInterrupt(() => leave.abort());
  const view = makeView(call, true);
  // Whoever watches is told how to answer, and not asked: the session may be somebody else's.
  const desk = openApprovalDesk({ serai, view, screen, askLine: null });
  const held = session.isolation === "none" ? "; its agent runs with isolation: none" : "";
  if (!isJson) screen.note(screen.paintNote("dim", `watching ${sessionId}${held}; Ctrl-C ends`));
  try {
    const stream = serai.events.stream(sessionId, { afterSeq, signal: leave.signal, deltas: !isJson });
    for await (const item of stream) {
      desk.take(item);
      view.show(item);
    }
  } finally {
    release();
    await desk.close();
    view.close();
  }
}

/** Before the message of the running turn, or the end of the log when none is running. */
export async function placeOfTurn(serai: Serai, { id: sessionId, status, lastEventSeq }: Session): Promise<number> {
  if (status !== "active") return lastEventSeq;
  const { data } = await serai.events.list(sessionId, { types: ["turn.started"], limit: 1 });
  // Its message is the line before, in the same commit.
  const [started] = data;
  return started === undefined ? lastEventSeq : Math.max(0, started.seq - 2);
}
