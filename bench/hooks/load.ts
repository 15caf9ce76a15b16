/**
 * A fixed rate of durable appends at a server: titles of many sessions, in a process of its own. Says at the end how many were
 * acknowledged, so that a rate which was not kept is seen.
 */
import { parseArgs } from "node:util";
import { openClient } from "../http-client.ts";

const { values } = parseArgs({
  options: { url: { type: "string" }, key: { type: "string" }, rate: { type: "string" } },
});
const { url = "", key = "", rate = "1000" } = values;
const SESSIONS = 20;
const TICK_MS = 5;

const clients = Array.from({ length: SESSIONS }, () => openClient({ url, key }));
const ids: string[] = [];
for (const client of clients) {
  const { id } = await client.json<{ id: string }>("POST", "/api/v1/sessions", { harness_name: "generic" });
  ids.push(id);
}

let isOn = false;
let due = 0;
let last = 0;
let acknowledged = 0;
let sent = 0;

setInterval(() => {
  if (!isOn) return;
  const now = performance.now();
  due += ((now - last) * Number(rate)) / 1_000;
  last = now;
  for (; due >= 1; due--) append();
}, TICK_MS);

function append(): void {
  const at = sent++ % SESSIONS;
  clients[at]?.send("PATCH", `/api/v1/sessions/${ids[at]}`, { title: `title ${sent}` }).then(
    ({ status }) => {
      if (status === 200) acknowledged++;
    },
    (fault: unknown) => process.stderr.write(`${String(fault)}\n`),
  );
}

process.on("message", (message: { readonly on: boolean }) => {
  isOn = message.on;
  last = performance.now();
  due = 0;
  process.send?.({ acknowledged });
});
process.send?.({ url });
