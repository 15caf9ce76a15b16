/**
 * The peer of a durable append: a bare `node:http` server that reads the body, appends its bytes to a file, waits for one
 * fdatasync and echoes the body. No routing, no keys, no parsing; the calls are the blocking ones, which are the fastest with one
 * writer.
 */
import { fdatasyncSync, openSync, writeSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const [file = ""] = process.argv.slice(2);
const log = openSync(file, "a");

const server = createServer((incoming, outgoing) => {
  const chunks: Buffer[] = [];
  incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
  incoming.once("end", () => {
    const body = Buffer.concat(chunks);
    writeSync(log, body);
    fdatasyncSync(log);
    outgoing.writeHead(200, { "content-type": "application/json", "content-length": body.byteLength });
    outgoing.end(body);
  });
});
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  process.send?.({ url: `http://127.0.0.1:${port}` });
});
