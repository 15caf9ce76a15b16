/* eslint-disable no-console -- the guide's own words */
// The browser's own EventSource sends no headers, and takes cookies; this one takes headers, as in the guide.
import { EventSource } from "../header-event-source.ts";

const eventSource = new EventSource("https://serai.example/api/v1/sessions/ses_01933b5a/sse", {
  headers: { Authorization: "Bearer YOUR_API_KEY" },
});

eventSource.addEventListener("output.message.delta", (event) => {
  const data = JSON.parse(event.data);
  console.log("Agent text:", data.data.delta);
});

eventSource.addEventListener("turn.completed", (_event) => {
  console.log("Turn finished");
  eventSource.close();
});
