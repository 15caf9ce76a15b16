/** The peer of a check: a bare `node:http` server that reads the body and answers a few bytes. No keys, no parsing. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const ANSWER = '{"data":[{"path":"src/a.ts","permission":"deny","message":"held"}],"permission":"deny"}';

const server = createServer((incoming, outgoing) => {
  incoming.resume();
  incoming.once("end", () => {
    outgoing.writeHead(200, { "content-type": "application/json", "content-length": ANSWER.length });
    outgoing.end(ANSWER);
  });
});
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  process.send?.({ url: `http://127.0.0.1:${port}` });
});
