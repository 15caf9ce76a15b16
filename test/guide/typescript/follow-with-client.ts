/* eslint-disable no-console -- the same as follow-session.ts, with the client, which needs no EventSource */
import { Serai } from "../../../src/client/index.ts";

const client = new Serai({ apiKey: "YOUR_API_KEY", baseUrl: "https://serai.example" });

for await (const event of client.events.stream("ses_01933b5a")) {
  if (event.type === "output.message.delta") console.log("Agent text:", event.data.delta);
  if (event.type === "turn.completed") {
    console.log("Turn finished");
    break;
  }
}
