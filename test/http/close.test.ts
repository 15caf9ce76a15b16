/** Closing the listener: what clients opened ahead and never used does not hold it up. */
import { once } from "node:events";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { openHttpServer } from "../../src/http/server.ts";
import { openTiny } from "./tiny-door.ts";

test("a connection without a request does not keep a server from closing", async () => {
  const { app } = openTiny([]);
  const server = await openHttpServer({ app, host: "127.0.0.1", port: 0, closeDeadlineMs: 60_000 });
  const socket = connect(server.port, "127.0.0.1");
  await once(socket, "connect");
  // The server has taken the connection once it has answered a later one.
  await fetch(`${server.url}/nothing`);
  const gone = once(socket, "close");
  await server[Symbol.asyncDispose]();
  await gone;
  expect(socket.destroyed).toBe(true);
});
