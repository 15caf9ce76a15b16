/** Issues of GitHub, from a server that is made of GitHub's own description of its API. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeTrackers } from "../../src/forges/trackers.ts";
import { isObject, readDescription } from "./description.ts";
import type { Json } from "./description.ts";
import { openGithubServer } from "./github-server.ts";
import type { Answer, GithubServer } from "./github-server.ts";

const PATH = "/repos/org/repo/issues/42";
const source = { kind: "github", repository: "org/repo" } as const;
const shown = {
  title: "Add input validation",
  body: "The form takes anything.\r\n\r\nIt should not.",
  labels: [{ id: 1, name: "bug", color: "d73a4a" }, "old-style"],
};
const found = {
  id: "42",
  title: "Add input validation",
  body: "The form takes anything.\r\n\r\nIt should not.",
  state: "open",
  url: "https://github.com/org/repo/issues/42",
  labels: ["bug", "old-style"],
};

const description = readDescription();
let github: GithubServer;
let issue: Answer;
let nowMs: number;
beforeEach(async () => {
  github = await openGithubServer(description);
  issue = github.issue(PATH, shown);
  github.answers.set(PATH, issue);
  nowMs = Date.parse("2026-03-01T12:00:00Z");
});
afterEach(() => github[Symbol.asyncDispose]());

const open = (more: object = {}) =>
  makeTrackers({ baseUrl: github.url, token: "t0k3n", fetch, now: () => nowMs, ...more });
const movedTo = (location: string): Answer => ({
  status: 301,
  body: {
    message: "Moved Permanently",
    url: location,
    documentation_url: "https://docs.github.com/rest/guides/best-practices-for-using-the-rest-api#follow-redirects",
  },
  headers: { location },
});
const limitPage = "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits";

describe("an issue of GitHub", () => {
  it.each(["42", "#42", " 42 "])("is read by its number (%s), with the token", async (id) => {
    expect(await open().readIssue(source, id)).toEqual({ ok: true, value: found });
    expect(github.asked).toEqual([{ path: PATH, authorization: "Bearer t0k3n" }]);
  });

  it("is asked for again by its ETag, and is what it became", async () => {
    const tracker = open();
    await tracker.readIssue(source, "42");
    expect(await tracker.readIssue(source, "42")).toEqual({ ok: true, value: found });
    expect(github.asked[1]?.ifNoneMatch).toMatch(/^W\//);
    github.answers.set(PATH, github.issue(PATH, { ...shown, title: "Another title now" }));
    expect(await tracker.readIssue(source, "42")).toMatchObject({ value: { title: "Another title now" } });
  });

  it.each([
    [{ state: "closed", state_reason: "completed" }, { state: "closed" }],
    [{ state: "closed", state_reason: null }, { state: "closed" }],
    [{ state: "closed", state_reason: "not_planned" }, { state: "cancelled" }],
    [{ state: "closed", state_reason: "duplicate" }, { state: "cancelled" }],
    [{ state: "open", state_reason: "reopened" }, { state: "open" }],
    [
      { body: null, labels: [] },
      { body: "", labels: [] },
    ],
    [{ html_url: "javascript:alert(1)" }, { url: null }],
    [
      { body: "a\0b\ud83d", title: "x".repeat(2_000) },
      { body: "a\uFFFDb\uFFFD", title: "x".repeat(500) },
    ],
  ])("%j is %j", async (more, value) => {
    github.answers.set(PATH, github.issue(PATH, { ...shown, ...more }));
    expect(await open({ token: null }).readIssue(source, "42")).toMatchObject({ ok: true, value });
    expect(github.asked[0]).not.toHaveProperty("authorization");
  });

  it.each(["abc", "0", "4/../5", "", "42?x=1", "99999999999"])("%j is none, and is not asked for", async (id) => {
    expect(await open().readIssue(source, id)).toMatchObject({ refusal: { kind: "issue_missing" } });
    expect(github.asked).toEqual([]);
  });

  it("that is not there is missing, and so is one that was deleted", async () => {
    expect(await open().readIssue(source, "7")).toEqual({ ok: false, refusal: { kind: "issue_missing", id: "7" } });
    github.answers.set(PATH, { status: 410, body: { message: "This issue was deleted", status: "410" } });
    expect(await open().readIssue(source, "42")).toMatchObject({ refusal: { kind: "issue_missing" } });
  });

  it("is a pull request as well, as it is to GitHub, at its own address", async () => {
    const place = "https://github.com/org/repo/pull/42";
    const request = { url: "https://api.github.com/repos/org/repo/pulls/42", html_url: place };
    github.answers.set(
      PATH,
      github.issue(PATH, {
        ...shown,
        html_url: place,
        draft: false,
        pull_request: { ...request, diff_url: `${place}.diff`, patch_url: `${place}.patch`, merged_at: null },
      }),
    );
    expect(await open().readIssue(source, "42")).toEqual({ ok: true, value: { ...found, url: place } });
  });

  it("is read from whatever the description leaves out or makes null", async () => {
    const { properties, required } = description.schema("issue") as {
      readonly properties: Json;
      readonly required: readonly string[];
    };
    for (const [name, schema] of Object.entries(properties)) {
      const less = { ...issue.body };
      delete less[name];
      const bodies = [
        ...(required.includes(name) ? [] : [less]),
        ...(isObject(schema) && schema["nullable"] === true ? [{ ...issue.body, [name]: null }] : []),
      ];
      for (const body of bodies) {
        github.answers.set(PATH, { body });
        const more = name === "body" ? { body: "" } : {};
        expect(await open().readIssue(source, "42"), name).toEqual({ ok: true, value: { ...found, ...more } });
      }
    }
  });

  it("of a repository that moved is read where GitHub says it is, and then by its ETag", async () => {
    const place = "/repositories/1296269/issues/42";
    const old = { ...source, repository: "org/old" };
    github.answers.set("/repos/org/old/issues/42", movedTo(`${github.url}${place}`));
    github.answers.set(place, issue);
    const tracker = open();
    for (let count = 0; count < 2; count += 1) {
      expect(await tracker.readIssue(old, "42")).toEqual({ ok: true, value: found });
    }
    expect(github.asked.map(({ path }) => path).slice(2)).toEqual(["/repos/org/old/issues/42", place]);
    expect(github.asked[3]).toMatchObject({ authorization: "Bearer t0k3n", ifNoneMatch: expect.any(String) });
  });

  it("that was given to another repository has its number there", async () => {
    const there = "/repos/org/other/issues/7";
    github.answers.set(PATH, movedTo(`${github.url}${there}`));
    github.answers.set(there, github.issue(there));
    expect(await open().readIssue(source, "42")).toMatchObject({
      value: { id: "7", url: "https://github.com/org/other/issues/7" },
    });
  });

  it("is asked for nowhere else: not at another server, and not in a circle", async () => {
    await using other = await openGithubServer(description);
    github.answers.set(PATH, movedTo(`${other.url}${PATH}`));
    const refused = await open().readIssue(source, "42");
    expect(refused).toEqual({ ok: false, refusal: { kind: "unusable", reason: `it sent us on to ${other.url}` } });
    expect(other.asked).toEqual([]);
    github.answers.set(PATH, movedTo(`${github.url}${PATH}`));
    const turning = await open().readIssue(source, "42");
    expect(turning).toMatchObject({ refusal: { kind: "unusable", reason: "it sent us on more than 3 times" } });
    expect(github.asked).toHaveLength(1 + 4);
  });

  it.each(["../..", "./org", "org/..", "../repo", "org", "org/repo/x", "org/re po", "org/repo?x", ""])(
    "of a repository that cannot be one (%j) is not asked for",
    async (repository) => {
      const refused = await open().readIssue({ kind: "github", repository }, "42");
      expect(refused).toMatchObject({ refusal: { kind: "tracker_missing" } });
      expect(github.asked).toEqual([]);
    },
  );

  it("is not asked for while the allowance is used up, and again when it is not", async () => {
    github.answers.set(PATH, {
      status: 403,
      body: { message: "API rate limit exceeded" },
      headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(nowMs / 1_000 + 60) },
    });
    const tracker = open();
    const refused = { ok: false, refusal: { kind: "rate_limited", retryAt: "2026-03-01T12:01:00.000Z" } };
    expect(await tracker.readIssue(source, "42")).toEqual(refused);
    expect(await tracker.readIssue(source, "43")).toEqual(refused);
    expect(github.asked).toHaveLength(1);
    github.answers.set(PATH, issue);
    nowMs += 61_000;
    expect(await tracker.readIssue(source, "42")).toEqual({ ok: true, value: found });
  });

  it.each([
    [429, { "retry-after": "30" }, "12:00:30"],
    [403, { "retry-after": "30" }, "12:00:30"],
    [429, {}, "12:01:00"],
    [429, { "retry-after": "soon" }, "12:01:00"],
    [403, { "retry-after": "0" }, "12:00:01"],
    // Nobody waits longer than the hour that an allowance is for, whatever is said.
    [403, { "retry-after": "9".repeat(30) }, "13:00:00"],
    [429, { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "9".repeat(30) }, "13:00:00"],
    [403, { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1" }, "12:00:01"],
  ])("answered %i %j is not asked for until %s", async (status, headers, time) => {
    github.answers.set(PATH, { status, body: { message: "x" }, headers });
    const refusal = { kind: "rate_limited", retryAt: `2026-03-01T${time}.000Z` };
    expect(await open().readIssue(source, "42")).toEqual({ ok: false, refusal });
  });

  it("is limited for a minute where only the page that is named says so", async () => {
    const body = { message: "You have exceeded a secondary rate limit", documentation_url: limitPage };
    github.answers.set(PATH, { status: 403, body });
    const refusal = { kind: "rate_limited", retryAt: "2026-03-01T12:01:00.000Z" };
    expect(await open().readIssue(source, "42")).toEqual({ ok: false, refusal });
  });

  it.each([
    [403, { kind: "tracker_missing", reason: 'there is no repository "org/repo" that can be read' }],
    [401, { kind: "tracker_missing", reason: "GitHub wants a token, or another one" }],
    [500, { kind: "unusable", reason: "it answered with status 500" }],
    [503, { kind: "unusable", reason: "it answered with status 503" }],
  ])("answered %i is refused as %j", async (status, refusal) => {
    const documentation_url = "https://docs.github.com/rest/issues/issues#get-an-issue";
    github.answers.set(PATH, { status, body: { message: "x", documentation_url } });
    expect(await open().readIssue(source, "42")).toEqual({ ok: false, refusal });
  });

  it("is something, or is refused, for every status that the description knows", async () => {
    const kinds: Record<number, unknown> = {};
    for (const status of description.operations[0]?.statuses ?? []) {
      const body = { message: "x" };
      const answers: Record<number, Answer> = { 200: issue, 301: movedTo(`${github.url}/none`), 304: { status } };
      github.answers.set(PATH, answers[status] ?? { status, body });
      const read = await open().readIssue(source, "42");
      kinds[status] = read.ok ? "read" : read.refusal.kind;
    }
    expect(kinds).toEqual({
      200: "read",
      301: "issue_missing",
      304: "unusable",
      404: "issue_missing",
      410: "issue_missing",
    });
  });

  it("is not remembered when it is long, and so is read anew", async () => {
    github.answers.set(PATH, github.issue(PATH, { body: "x".repeat(65_536) }));
    const tracker = open();
    await tracker.readIssue(source, "42");
    expect(await tracker.readIssue(source, "42")).toMatchObject({ ok: true });
    expect(github.asked[1]).not.toHaveProperty("ifNoneMatch");
  });
});
