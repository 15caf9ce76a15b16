/** Session files on the native wire. */
import { z } from "zod";

export const fileEntry = z
  .object({
    id: z.string().describe("Names this path in this session, whatever its content"),
    session_id: z.string(),
    path: z.string(),
    name: z.string(),
    is_directory: z.boolean(),
    is_readonly: z.boolean(),
    size_bytes: z.int(),
    version: z.int(),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .meta({ id: "FileInfo" });

export const fileList = z.object({ data: z.array(fileEntry), total: z.int() }).meta({ id: "FileList" });

export const fileContent = fileEntry
  .extend({ content: z.string().nullable(), encoding: z.enum(["text", "base64"]) })
  .meta({ id: "SessionFile" });

/** A file, or what is in the directory. */
export const fileOrList = z.union([fileContent, fileList]);

export const writeFileBody = z
  .object({
    content: z.string().optional(),
    encoding: z.enum(["text", "base64"]).optional(),
    is_directory: z.boolean().optional(),
    is_readonly: z.boolean().optional(),
  })
  .meta({ id: "WriteFile" });

export const statBody = z.object({ path: z.string().max(4_096) }).meta({ id: "StatFile" });
export const placesBody = z
  .object({ src_path: z.string().max(4_096), dst_path: z.string().max(4_096) })
  .meta({ id: "FilePlaces" });

export const restoreBody = z
  .object({ path: z.string().max(4_096), version: z.int().min(1) })
  .meta({ id: "RestoreFile" });

export const grepBody = z
  .object({
    pattern: z.string().min(1, "must not be empty").max(10_000),
    path_pattern: z.string().max(4_096).nullish(),
  })
  .meta({ id: "GrepFiles" });

export const grepResult = z
  .object({
    data: z.array(
      z.object({
        path: z.string(),
        matches: z.array(z.object({ path: z.string(), line_number: z.int(), line: z.string() })),
      }),
    ),
    total: z.int().describe("Lines found"),
    searched_files: z.int(),
    is_partial: z.boolean().describe("There is more to find than is here"),
  })
  .meta({ id: "GrepResult" });

export const fileStat = fileEntry.omit({ id: true, session_id: true }).meta({ id: "FileStat" });

export const fileVersions = z
  .object({
    data: z.array(
      z.object({
        path: z.string(),
        version: z.int(),
        seq: z.int(),
        turn_id: z.string().nullable(),
        size_bytes: z.int(),
        is_deleted: z.boolean(),
        created_at: z.iso.datetime(),
      }),
    ),
    total: z.int(),
  })
  .meta({ id: "FileVersions" });

export const deleted = z.object({ deleted: z.literal(true) }).meta({ id: "Deleted" });

export type FileInfo = z.infer<typeof fileEntry>;
export type FileStat = z.infer<typeof fileStat>;
export type FileList = z.infer<typeof fileList>;
export type SessionFile = z.infer<typeof fileContent>;
export type GrepResult = z.infer<typeof grepResult>;
export type FileVersions = z.infer<typeof fileVersions>;
