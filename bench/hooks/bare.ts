/** The peer of a hook: a bare `node:http` server that reads the body and answers a denial. No keys, no parsing. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const reason = "File src/a.ts is reserved by Developer B (Cursor) — 'Build JWT auth flow' (6 min remaining).";
const output = { hookEventName: "PreToolUse", permissionDecision: "deny", permissionDecisionReason: reason };
const ANSWER = Buffer.from(JSON.stringify({ hookSpecificOutput: output }));

const server = createServer((incoming, outgoing) => {
  incoming.resume();
  incoming.once("end", () => {
    outgoing.writeHead(200, { "content-type": "application/json", "content-length": ANSWER.byteLength });
    outgoing.end(ANSWER);
  });
});
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  process.send?.({ url: `http://127.0.0.1:${port}` });
});
