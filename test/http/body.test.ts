/** Bodies as the wire brings them: whole beside their headers, in pieces, one request behind the other. */
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { z } from "zod";
import { openHttpServer } from "../../src/http/server.ts";
import { json, route } from "../../src/http/route.ts";
import { openTiny } from "./tiny-door.ts";

const echo = route(
  {
    method: "post",
    path: "/echo",
    id: "echo",
    group: "tiny",
    summary: "Echo",
    access: "public",
    body: { kind: "any", description: "any" },
    responses: { 200: { description: "What came", schema: z.object({ text: z.string() }) } },
  },
  async ({ body }) => {
    const read = await body.text({ maxBytes: 1_000_000, setting: "x" });
    return read.ok ? json(200, { text: read.value }) : { kind: "problem", problem: read.problem };
  },
);

const headOf = (more: string) => `POST /tiny/echo HTTP/1.1\r\nHost: localhost\r\n${more}\r\n\r\n`;
const requestOf = (text: string) => headOf(`Content-Length: ${Buffer.byteLength(text)}`) + text;

/** All pieces on one connection, a moment apart; what comes back until as many answers are whole. */
async function send(pieces: readonly (string | Uint8Array)[], answers: number): Promise<readonly string[]> {
  const { app, faults } = openTiny([echo]);
  await using server = await openHttpServer({ app, host: "127.0.0.1", port: 0 });
  const socket = connect(server.port, "127.0.0.1").setNoDelay(true);
  let came = "";
  const texts = () => [...came.matchAll(/\{"text":"(.*?)"\}/g)].map(([, text = ""]) => text);
  const done = new Promise<void>((resolve, reject) => {
    socket.on("data", (chunk: Buffer) => {
      came += chunk.toString();
      if (texts().length === answers) resolve();
    });
    socket.once("error", reject);
    socket.once("close", () => reject(new Error(`The connection was closed after:\n${came}`)));
  });
  for (const piece of pieces) {
    socket.write(piece);
    await sleep(20);
  }
  await done;
  socket.destroy();
  expect(faults).toEqual([]);
  return texts();
}

test("bodies that come with their headers, several requests in one packet, are each answered", async () => {
  const texts = ["one", "zwei ÄÖÜ", "", "vier"];
  expect(await send([texts.map(requestOf).join("")], 4)).toEqual(texts);
});

test("a connection goes on after each of them", async () => {
  const texts = ["one", "two", "three"];
  expect(await send(texts.map(requestOf), 3)).toEqual(texts);
});

test("a body in pieces, cut in a character, is read whole", async () => {
  const text = "aÄbÖcÜ";
  const whole = Buffer.from(requestOf(text));
  const cuts = [0, whole.length - 7, whole.length - 4, whole.length];
  const pieces = cuts.slice(1).map((end, index) => whole.subarray(cuts[index], end));
  expect(await send(pieces, 1)).toEqual([text]);
});

test("a body of chunks, which nobody announced, is read whole", async () => {
  const chunked = `${headOf("Transfer-Encoding: chunked")}3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n`;
  expect(await send([chunked, requestOf("three")], 2)).toEqual(["onetwo", "three"]);
});

test("a long body, more than the connection holds at once, is read whole", async () => {
  const text = "x".repeat(500_000);
  expect(await send([requestOf(text), requestOf("next")], 2)).toEqual([text, "next"]);
});
