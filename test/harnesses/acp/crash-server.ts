/** A server that is to be killed: begins turns that never end, and prints their sessions once their tools run. */
import { openWorld } from "./world.ts";

const [, , isolation, count] = process.argv;
const world = await openWorld({ hasSandbox: isolation === "sandbox" });
const sessions = await Promise.all(
  Array.from({ length: Number(count) }, () => world.session(["--ignore-eof"], { isIsolated: isolation === "sandbox" })),
);
for (const session of sessions) {
  const running = session.turn([
    { run: ["sleep", "351"] },
    { run: ["sleep", "352"], orphan: true },
    { update: { sessionUpdate: "tool_call", toolCallId: "busy", title: "Busy", status: "in_progress" } },
    { hang: "for-ever" },
  ]);
  await Promise.race([running, session.until("tool.started")]);
  process.stdout.write(`${session.log.sessionId}\n`);
}
