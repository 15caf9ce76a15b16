/** Session files: list, read, write, delete. */
import { z } from "zod";
import type { Limits } from "../../core/limits.ts";
import type { FileRow } from "../../core/ports/files.ts";
import type { Refusal } from "../../core/refusal.ts";
import { boolParam, intParam } from "../../http/input.ts";
import { problemOfRefusal } from "../../http/problems.ts";
import { answer, json, refused, route } from "../../http/route.ts";
import type { ProblemReply, Route } from "../../http/route.ts";
import { encodeFile } from "./encode-file.ts";
import { absolute, fileVerbRoutes } from "./file-verbs.ts";
import { filePath, sessionPath } from "./params.ts";
import { etagOf, listReply, readFileReply } from "./read-file.ts";
import { deleted, fileEntry, fileList, fileOrList, writeFileBody } from "./schema/file.ts";
import type { FileUseCases } from "./use-cases.ts";
import { readWish } from "./write-file.ts";

export interface FileRouteDeps {
  readonly uses: FileUseCases;
  readonly limits: Limits;
}

const readQuery = z.object({
  recursive: boolParam().optional(),
  version: intParam({ min: 1, max: 1_000_000_000 }).optional(),
});
const writeQuery = z.object({ raw: boolParam().optional() });
const bodyWords = "The bytes of the file; as JSON, the envelope with content, encoding, is_directory, is_readonly";

export function fileRoutes(deps: FileRouteDeps): readonly Route[] {
  return [
    ...fileVerbRoutes(deps),
    listRoute(deps),
    readRoute(deps),
    createRoute(deps),
    replaceRoute(deps),
    deleteRoute(deps),
  ];
}

function listRoute({ uses }: FileRouteDeps): Route {
  return route(
    {
      method: "get",
      path: "/sessions/{session_id}/fs",
      id: "listFiles",
      group: "files",
      summary: "List the files of a session",
      params: sessionPath,
      query: z.object({ recursive: boolParam().optional() }),
      responses: { 200: { description: "Entries, ordered by path", schema: fileList } },
      refusals: ["not_found"],
    },
    (request) => {
      const { params, query } = request;
      const isRecursive = query.recursive ?? false;
      return listReply(uses, request, { sessionId: params.session_id, path: "/", isRecursive, version: undefined });
    },
  );
}

function readRoute({ uses, limits }: FileRouteDeps): Route {
  return route(
    {
      method: "get",
      path: "/sessions/{session_id}/fs/{path*}",
      id: "readFile",
      group: "files",
      summary: "Read a file, or list a directory",
      description: "Bytes by default; JSON with `Accept: application/json`. Knows Range, ETag and If-None-Match.",
      params: filePath,
      query: readQuery,
      responses: {
        200: { description: "The content, or what is in the directory", schema: fileOrList, content: "*/*" },
        206: { description: "A part of the content", content: "*/*" },
        304: { description: "Not changed" },
      },
      refusals: ["not_found", "too_large"],
      problems: ["range_not_satisfiable"],
    },
    (request) =>
      readFileReply(uses, request, {
        sessionId: request.params.session_id,
        path: absolute(request.params.path),
        isRecursive: request.query.recursive ?? false,
        version: request.query.version,
        maxJsonBytes: limits.fileBodyBytes,
      }),
  );
}

function createRoute({ uses, limits }: FileRouteDeps): Route {
  return route(
    {
      method: "post",
      path: "/sessions/{session_id}/fs/{path*}",
      id: "createFile",
      group: "files",
      summary: "Make a file or directory",
      description: "Directories above it are made as needed. With `raw=true` a JSON body is the file itself.",
      params: filePath,
      query: writeQuery,
      body: { kind: "any", schema: writeFileBody, description: bodyWords },
      responses: { 201: { description: "The file", schema: fileEntry } },
      refusals: ["not_found", "already_exists", "quota_exceeded", "version_conflict"],
    },
    async ({ principal, params, query, body }) => {
      const read = await readWish(body, { isRaw: query.raw ?? false, limits });
      if (!read.ok) return { kind: "problem", problem: read.problem };
      if (!read.value.ok) return refused(read.value.refusal);
      const { content = nothing(), isDirectory, isReadonly = false } = read.value.value;
      const place = { sessionId: params.session_id, path: absolute(params.path) };
      const made = isDirectory
        ? await uses.makeDirectory(principal, place)
        : await uses.createFile(principal, { ...place, content, isReadonly });
      return answer(made, (row) => json(201, encodeFile(params.session_id, row), etagHeader(row)));
    },
  );
}

function replaceRoute({ uses, limits }: FileRouteDeps): Route {
  return route(
    {
      method: "put",
      path: "/sessions/{session_id}/fs/{path*}",
      id: "replaceFile",
      group: "files",
      summary: "Replace the content or the read-only mark of a file",
      description: "With `If-Match` only if the file is still what that ETag names.",
      params: filePath,
      query: writeQuery,
      body: { kind: "any", schema: writeFileBody, description: bodyWords },
      responses: { 200: { description: "The file", schema: fileEntry } },
      refusals: ["not_found", "version_conflict", "quota_exceeded"],
    },
    async ({ principal, params, query, body, header }) => {
      const read = await readWish(body, { isRaw: query.raw ?? false, limits });
      if (!read.ok) return { kind: "problem", problem: read.problem };
      if (!read.value.ok) return refused(read.value.refusal);
      const base = baseOf(header("if-match"));
      if (base === null) {
        return refused({ code: "invalid_input", path: "If-Match", reason: "must be one ETag of this file" });
      }
      const { isDirectory: _, ...wish } = read.value.value;
      const place = { sessionId: params.session_id, path: absolute(params.path) };
      const replaced = await uses.replaceFile(principal, { ...place, ...wish, ...base });
      if (!replaced.ok && replaced.refusal.code === "read_only") return badFile(replaced.refusal);
      return answer(replaced, (row) => json(200, encodeFile(params.session_id, row), etagHeader(row)));
    },
  );
}

/** A read-only file is bad input to whoever replaces it, and forbidden to whoever deletes it: so the reference. */
function badFile(refusal: Refusal): ProblemReply {
  return { kind: "problem", problem: { ...problemOfRefusal(refusal), status: 400 } };
}

function deleteRoute({ uses }: FileRouteDeps): Route {
  return route(
    {
      method: "delete",
      path: "/sessions/{session_id}/fs/{path*}",
      id: "deleteFile",
      group: "files",
      summary: "Delete a file, or with recursive=true a directory",
      params: filePath,
      query: z.object({ recursive: boolParam().optional() }),
      responses: { 200: { description: "Deleted; its versions stay", schema: deleted } },
      refusals: ["not_found", "read_only", "version_conflict"],
    },
    async ({ principal, params, query }) => {
      const place = { sessionId: params.session_id, path: absolute(params.path) };
      const isRecursive = query.recursive ?? false;
      return answer(await uses.deleteFile(principal, { ...place, isRecursive }), () =>
        json(200, { deleted: true as const }),
      );
    },
  );
}

/** The version that an `If-Match` names; nothing for one that cannot be an ETag of ours. */
function baseOf(ifMatch: string | undefined): { readonly base?: { readonly version: number } } | null {
  if (ifMatch === undefined || ifMatch.trim() === "*") return {};
  const version = /^"v(\d{1,15})"$/.exec(ifMatch.trim())?.[1];
  return version === undefined ? null : { base: { version: Number(version) } };
}

function etagHeader(row: FileRow) {
  return { ETag: etagOf(row) };
}

async function* nothing(): AsyncIterable<Uint8Array> {}
