/** What one may do with session files beside reading and writing: questions about paths, and what takes two of them. */
import { answer, json, route } from "../../http/route.ts";
import type { Route } from "../../http/route.ts";
import { encodeFile, encodeFileStat, encodeGrep, encodeVersions } from "./encode-file.ts";
import { sessionPath } from "./params.ts";
import { etagOf } from "./read-file.ts";
import {
  fileEntry,
  fileStat,
  fileVersions,
  grepBody,
  grepResult,
  placesBody,
  restoreBody,
  statBody,
} from "./schema/file.ts";
import type { FileUseCases } from "./use-cases.ts";

export interface FileVerbDeps {
  readonly uses: FileUseCases;
}

/** Paths in bodies may leave the leading slash out, as they do in URLs. */
export function absolute(path: string): string {
  return path.startsWith("/") ? path : `/${path}`;
}

/** Names that begin with `_` are kept free at the root, so these stand in nobody's way. */
export function fileVerbRoutes({ uses }: FileVerbDeps): readonly Route[] {
  const places = { method: "post", group: "files", params: sessionPath } as const;
  return [
    route(
      {
        ...places,
        path: "/sessions/{session_id}/fs/_/stat",
        id: "statFile",
        summary: "What is known about a file or directory",
        access: "read",
        body: { kind: "json", schema: statBody },
        responses: { 200: { description: "The entry", schema: fileStat } },
        refusals: ["not_found"],
      },
      async ({ principal, params, body }) => {
        const place = { sessionId: params.session_id, path: absolute(body.path) };
        return answer(await uses.statFile(principal, place), (row) => json(200, encodeFileStat(row)));
      },
    ),
    route(
      {
        ...places,
        path: "/sessions/{session_id}/fs/_/versions",
        id: "listFileVersions",
        summary: "Every version of a path, deleted ones too",
        access: "read",
        body: { kind: "json", schema: statBody },
        responses: { 200: { description: "The versions", schema: fileVersions } },
        refusals: ["not_found"],
      },
      async ({ principal, params, body }) => {
        const place = { sessionId: params.session_id, path: absolute(body.path) };
        return answer(await uses.fileVersions(principal, place), (versions) => json(200, encodeVersions(versions)));
      },
    ),
    twoPathsRoute("move", { uses }),
    twoPathsRoute("copy", { uses }),
    restoreRoute({ uses }),
    grepRoute({ uses }),
  ];
}

function twoPathsRoute(verb: "move" | "copy", { uses }: FileVerbDeps): Route {
  return route(
    {
      method: "post",
      path: `/sessions/{session_id}/fs/_/${verb}`,
      id: `${verb}File`,
      group: "files",
      summary: verb === "move" ? "Give a file or directory another path" : "Copy a file to another path",
      params: sessionPath,
      body: { kind: "json", schema: placesBody },
      responses: { [verb === "move" ? 200 : 201]: { description: "The file", schema: fileEntry } },
      refusals: ["not_found", "already_exists", "read_only", "version_conflict", "quota_exceeded"],
    },
    async ({ principal, params, body }) => {
      const place = { sessionId: params.session_id, path: absolute(body.src_path), target: absolute(body.dst_path) };
      const outcome = await (verb === "move" ? uses.moveFile : uses.copyFile)(principal, place);
      return answer(outcome, (row) => json(verb === "move" ? 200 : 201, encodeFile(params.session_id, row)));
    },
  );
}

function restoreRoute({ uses }: FileVerbDeps): Route {
  return route(
    {
      method: "post",
      path: "/sessions/{session_id}/fs/_/restore",
      id: "restoreFile",
      group: "files",
      summary: "Make an older version of a file the newest again",
      description: "A new version with the old content; a deleted file comes back.",
      params: sessionPath,
      body: { kind: "json", schema: restoreBody },
      responses: { 200: { description: "The file", schema: fileEntry } },
      refusals: ["not_found", "read_only", "version_conflict", "quota_exceeded"],
    },
    async ({ principal, params, body }) => {
      const place = { sessionId: params.session_id, path: absolute(body.path), version: body.version };
      return answer(await uses.restoreFile(principal, place), (row) =>
        json(200, encodeFile(params.session_id, row), { ETag: etagOf(row) }),
      );
    },
  );
}

function grepRoute({ uses }: FileVerbDeps): Route {
  return route(
    {
      method: "post",
      path: "/sessions/{session_id}/fs/_/grep",
      id: "grepFiles",
      group: "files",
      summary: "Find lines in the text files of a session",
      description: "A linear-time regular expression; `path_pattern` is a glob such as `src/**/*.ts`.",
      access: "read",
      params: sessionPath,
      body: { kind: "json", schema: grepBody },
      responses: { 200: { description: "What was found, by file and line", schema: grepResult } },
      refusals: ["not_found"],
    },
    async ({ principal, params, body, signal }) => {
      const { pattern, path_pattern: pathPattern } = body;
      const wish = { sessionId: params.session_id, pattern, signal };
      const found = await uses.grepFiles(principal, pathPattern ? { ...wish, pathPattern } : wish);
      return answer(found, (hits) => json(200, encodeGrep(hits)));
    },
  );
}
