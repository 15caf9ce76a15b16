/** By what a repository is known (R1, D4). */
import { describe, expect, test } from "vitest";
import { normaliseOrigin, repositoryOf } from "../../../src/core/team/repository-identity.ts";

describe("an origin", () => {
  test.each([
    "https://github.com/Acme/App.git",
    "https://github.com/acme/app",
    "https://github.com/acme/app/",
    "http://www.github.com/acme/app.git",
    "https://ghp_secret@github.com/acme/app.git",
    "https://user:password@github.com:443/acme/app.git?token=1#x",
    "git@github.com:Acme/App.git",
    "github.com:acme/app",
    "ssh://git@github.com/acme/app.git",
    "ssh://git@ssh.github.com:443/acme/app.git",
    "git+ssh://git@GitHub.com:22/acme//app.git",
    "git://github.com/acme/app.git",
    " https://github.com/acme/app.git\n",
  ])("D4: %j is github.com/acme/app, whoever reaches it and however", (origin) => {
    expect(normaliseOrigin(origin)).toBe("github.com/acme/app");
  });

  test.each([
    ["git@git.acme.dev:Team/App.git", "git.acme.dev/Team/App"],
    ["ssh://git@git.acme.dev:2222/Team/App", "git.acme.dev/Team/App"],
    ["https://gitlab.acme.dev/Group/Sub/App.git", "gitlab.acme.dev/group/sub/app"],
    ["git@bitbucket.org:Team/App.git", "bitbucket.org/team/app"],
    ["ssh://git@[::1]:22/srv/app.git", "[::1]/srv/app"],
    ["git@host:/srv/git/app.git", "host/srv/git/app"],
    ["https://git.acme.dev/.git", "git.acme.dev/.git"],
  ])("D4: %j is %s", (origin, repository) => {
    expect(normaliseOrigin(origin)).toBe(repository);
  });

  test.each([
    "/srv/git/app.git",
    "../app",
    "C:\\repos\\app",
    "file:///srv/git/app.git",
    "",
    "https://github.com",
    "~/app",
  ])("D4: %j leads to no other machine", (origin) => {
    expect(normaliseOrigin(origin)).toBeUndefined();
  });
});

describe("a repository", () => {
  test("D4: is its origin, on whichever machine", () => {
    const origin = "git@github.com:acme/app.git";
    expect(repositoryOf({ origin, host: "a", commonDir: "/a/.git" })).toBe("github.com/acme/app");
    expect(repositoryOf({ origin })).toBe("github.com/acme/app");
  });

  test("D4: without one is its host and common directory; worktrees of it share that", () => {
    expect(repositoryOf({ host: "a", commonDir: "/repos/app/.git" })).toBe("a:repos/app");
    expect(repositoryOf({ host: "b", commonDir: "/repos/app/.git" })).not.toBe(
      repositoryOf({ host: "a", commonDir: "/repos/app/.git" }),
    );
    expect(repositoryOf({ origin: "/srv/git/app.git", host: "a", commonDir: "/repos/app/.git" })).toBe("a:srv/git/app");
    expect(repositoryOf({ origin: "file:///srv/git/app.git", host: "a" })).toBe("a:srv/git/app");
  });

  test("R1: with too little known about it is none", () => {
    expect(repositoryOf({})).toBeUndefined();
    expect(repositoryOf({ host: "a" })).toBeUndefined();
    expect(repositoryOf({ commonDir: "/repos/app/.git" })).toBeUndefined();
  });

  test("P9: a token in the origin is in no name", () => {
    const origins = ["https://x-access-token:ghs_secret@github.com/a/b.git", "https://oauth2:secret@gitlab.com/a/b"];
    for (const origin of origins) expect(repositoryOf({ origin, host: "h" })).not.toMatch(/secret|oauth|x-access/);
  });
});
