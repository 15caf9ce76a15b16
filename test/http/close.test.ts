/** Closing the listener: what clients opened ahead and never used does not hold it up. */
import { once } from "node:events";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { openHttpServer } from "../../src/http/server.ts";
import { route } from "../../src/http/route.ts";
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

test("a connection whose last request is answered while closing does not wait for a next one", async () => {
  const [asked, answered] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const slow = route(
    {
      method: "get",
      path: "/slow",
      id: "slow",
      group: "tiny",
      summary: "Slow",
      access: "public",
      responses: { 204: { description: "Done" } },
    },
    async () => {
      asked.resolve();
      await answered.promise;
      return { kind: "empty", status: 204 };
    },
  );
  const { app } = openTiny([slow]);
  const server = await openHttpServer({ app, host: "127.0.0.1", port: 0, closeDeadlineMs: 60_000 });
  const answer = fetch(`${server.url}/tiny/slow`);
  await asked.promise;
  const closed = server[Symbol.asyncDispose]();
  answered.resolve();
  expect((await answer).status).toBe(204);
  await closed;
});
