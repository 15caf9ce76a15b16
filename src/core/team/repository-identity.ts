/**
 * By what a repository is known (R1, D4): its normalised origin, so that two laptops mean the same by it however each
 * reaches it; without an origin its own host and directory. Nobody's token is ever part of it.
 */

/** These take no notice of case in the names of their repositories. */
const CASELESS_HOSTS = /(?:^|\.)(?:github|gitlab|bitbucket)\./;

/** Where ssh is answered on port 443. */
const ALIASES: Readonly<Record<string, string>> = {
  "ssh.github.com": "github.com",
  "www.github.com": "github.com",
  "altssh.gitlab.com": "gitlab.com",
  "altssh.bitbucket.org": "bitbucket.org",
};

const URL_FORM = /^(?:[a-z][a-z0-9+.-]*):\/\/(?:[^/@]*@)?(\[[^\]]+\]|[^/:]*)(?::\d*)?(?:\/(.*))?$/i;
/** `git@host:path`; one letter before the colon is a drive. */
const SCP_FORM = /^(?:[^/@\s]+@)?(\[[^\]]+\]|[^/:@\s]{2,}):(?!\/\/)(.+)$/;
const LONGEST = 500;

export interface RepositoryFacts {
  /** The remote's URL, as configured. */
  readonly origin?: string | undefined;
  readonly host?: string | undefined;
  readonly commonDir?: string | undefined;
}

/** Nothing: too little is known to say which repository it is, and nothing in it can be reserved. */
export function repositoryOf({ origin, host, commonDir }: RepositoryFacts): string | undefined {
  const remote = origin === undefined ? undefined : normaliseOrigin(origin);
  if (remote !== undefined) return remote;
  const path = localPath(origin) ?? commonDir;
  if (path === undefined || path === "" || host === undefined || host === "") return undefined;
  return `${host}:${trimPath(path.replaceAll("\\", "/"))}`.slice(0, LONGEST);
}

/** `host/path`; nothing when it leads to no other machine. */
export function normaliseOrigin(origin: string): string | undefined {
  const text = origin.trim();
  const [, server, rest] = URL_FORM.exec(text) ?? (isLocal(text) ? [] : (SCP_FORM.exec(text) ?? []));
  if (server === undefined || server === "" || rest === undefined || /^file:/i.test(text)) return undefined;
  const named = server.toLowerCase().replace(/\.$/, "");
  const host = ALIASES[named] ?? named;
  const path = trimPath(withoutQuery(rest));
  if (path === "") return undefined;
  return `${host}/${CASELESS_HOSTS.test(host) ? path.toLowerCase() : path}`.slice(0, LONGEST);
}

function isLocal(text: string): boolean {
  return /^(?:[./\\~]|[a-z]:[\\/])/i.test(text);
}

/** A clone of a directory: known on its own machine only. */
function localPath(origin: string | undefined): string | undefined {
  if (origin === undefined) return undefined;
  const text = origin.trim();
  if (/^file:\/\//i.test(text)) return text.replace(/^file:\/\/[^/]*/i, "");
  return /^(?:[/\\]|[a-z]:[\\/])/i.test(text) ? text : undefined;
}

function withoutQuery(path: string): string {
  return path.replace(/[?#].*$/, "");
}

function trimPath(path: string): string {
  const trimmed = path.replaceAll(/\/{2,}/g, "/").replace(/^\/|\/$/g, "");
  const bare = trimmed.replace(/\.git$/i, "").replace(/\/$/, "");
  return bare === "" ? trimmed : bare;
}
