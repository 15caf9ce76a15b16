/** Enagrams' page byte for byte over the whole server, in process and over a socket. `SERAI_GOLDEN=write` writes it anew. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { playStory } from "./enagrams-story.ts";
import { openTeamServer } from "./team-server.ts";

const file = join(import.meta.dirname, "goldens", "enagrams.txt");
const isWriting = process.env.SERAI_GOLDEN === "write";
if (isWriting && process.env.CI !== undefined) throw new Error("Golden files are written by people, never by CI");

async function open() {
  const team = await openTeamServer();
  onTestFinished(async () => {
    await team[Symbol.asyncDispose]();
    expect(team.faults).toEqual([]);
  });
  return team;
}

it("answers the page's examples byte for byte in process (D3, ruling 16)", async () => {
  const team = await open();
  const text = await playStory(team, "http://localhost", team.server.fetch);
  if (isWriting) writeFileSync(file, text);
  expect(text).toBe(readFileSync(file, "utf8"));
});

it("answers them byte for byte over a socket (D3)", async () => {
  const team = await open();
  expect(await playStory(team, team.server.url, fetch)).toBe(readFileSync(file, "utf8"));
});

it("holds the page's own words: its briefing and its denial", () => {
  const text = readFileSync(file, "utf8");
  const briefing =
    "Team briefing:\n\nActive agents:\n - Developer B (Cursor): Build JWT auth flow\n\nLocked files:\n - src/auth/login.ts (Developer B)\n\nRecent decisions:\n - Use JWT for auth (Developer B, 5 min ago)";
  expect(text).toContain(`"additional_context":${JSON.stringify(briefing)}}`);
  expect(text).toContain(
    '{"permission":"deny","message":"File src/auth/login.ts is reserved by Developer B — \'Build JWT auth flow\' (6 min remaining)"}',
  );
});
