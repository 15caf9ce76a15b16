/** The limit: bare Node, one frame made once, `ServerResponse.write` of the same bytes to everybody. */
import { createServer } from "node:http";
import type { ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { DELTA, frameOf, sessionOf, textFrameOf } from "./frame.ts";
import { serve, sharedMicroseconds } from "./publisher.ts";

const viewers = new Set<ServerResponse>();
const isText = process.argv[2] === "text";
let seq = 0;
let offset = 0;

function publishText(): void {
  let index = 0;
  for (const response of viewers) response.write(textFrameOf(sessionOf(++index), offset));
  if (viewers.size > 0) offset += DELTA.length;
}

const server = createServer((_, response) => {
  response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-cache" });
  response.write("event: connected\n\n");
  viewers.add(response);
  response.on("close", () => viewers.delete(response));
});

server.listen({ host: "127.0.0.1", port: 0, backlog: 4_096 }, () => {
  const { port } = server.address() as AddressInfo;
  serve(`http://127.0.0.1:${port}/sse/{i}`, {
    viewers: () => viewers.size,
    publish() {
      if (isText) return publishText();
      seq++;
      const bytes = Buffer.from(frameOf(seq, sharedMicroseconds()));
      for (const response of viewers) response.write(bytes);
    },
  });
});
