/** The limit: the same bytes, made before anybody asks, in pages of 200 frames from memory. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { ServerResponse } from "node:http";

const PAGE = 200;

process.on("message", ({ frames }: { readonly frames: readonly string[] }) => {
  const pages: Buffer[] = [];
  for (let at = 0; at < frames.length; at += PAGE) pages.push(Buffer.from(frames.slice(at, at + PAGE).join("")));
  process.send?.({ pages: pages.length });
  server.on("request", (_, response: ServerResponse) => {
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    for (const page of pages) response.write(page);
  });
});
process.on("SIGTERM", () => process.exit(0));

const server = createServer();
server.listen({ host: "127.0.0.1", port: 0, backlog: 4_096 }, () => {
  const { port } = server.address() as AddressInfo;
  process.send?.({ url: `http://127.0.0.1:${port}/` });
});
