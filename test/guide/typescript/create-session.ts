/* eslint-disable no-console -- the guide's own words */
import { Serai } from "../../../src/client/index.ts";

const client = new Serai({ apiKey: "YOUR_API_KEY", baseUrl: "https://serai.example" });

const session = await client.sessions.create({
  agentId: "agt_01933b5a00007000800000000001",
  title: "Q1 Sales Analysis",
  tags: ["sales", "analytics"],
  modelId: "mod_01933b5a00007000800000000042", // Optional override
});

console.log(`Session created: ${session.id}`);
