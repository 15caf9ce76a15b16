/**
 * A file in: any body but JSON is its bytes, streamed; JSON is the reference's envelope, unless `raw=true` says that
 * the JSON is the file (ruling 20).
 */
import type { Limits } from "../../core/limits.ts";
import type { Outcome } from "../../core/refusal.ts";
import { accept, refuse } from "../../core/refusal.ts";
import type { BodySource } from "../../http/body.ts";
import { decodeBase64 } from "../../lib/base64.ts";
import type { Read } from "../../http/read.ts";
import { writeFileBody } from "./schema/file.ts";

/** What a client wants at a path. `content` absent: only the marks. */
export interface FileWish {
  readonly content?: AsyncIterable<Uint8Array>;
  readonly isDirectory: boolean;
  readonly isReadonly?: boolean;
}

export async function readWish(
  body: BodySource,
  { isRaw, limits }: { readonly isRaw: boolean; readonly limits: Pick<Limits, "fileBodyBytes" | "fileBytes"> },
): Promise<Read<Outcome<FileWish>>> {
  if (isRaw || !body.isJson) return { ok: true, value: rawWish(body, limits) };
  const limit = { maxBytes: limits.fileBodyBytes, setting: "fileBodyBytes" };
  const read = await body.json(writeFileBody, limit);
  if (!read.ok) return read;
  const { content, encoding = "text", is_directory: isDirectory = false, is_readonly: isReadonly } = read.value;
  const marks = { isDirectory, ...(isReadonly === undefined ? {} : { isReadonly }) };
  if (content === undefined) return { ok: true, value: accept(marks) };
  if (isDirectory) return { ok: true, value: badContent("a directory has no content") };
  const bytes = encoding === "text" ? Buffer.from(content, "utf8") : decodeBase64(content);
  if (bytes === undefined) return { ok: true, value: badContent("is not base64") };
  return { ok: true, value: accept({ ...marks, content: chunksOf(bytes) }) };
}

/** An upload that says how large it is need not be sent to hear that it is too large. */
function rawWish(body: BodySource, { fileBytes }: Pick<Limits, "fileBytes">): Outcome<FileWish> {
  if ((body.announcedBytes ?? 0) > fileBytes) {
    return refuse({ code: "too_large", what: "the file", limit: fileBytes, setting: "fileBytes" });
  }
  return accept({ content: body.bytes(), isDirectory: false });
}

function badContent(reason: string) {
  return refuse({ code: "invalid_input", path: "/content", reason });
}

const CHUNK_BYTES = 64 * 1024;

async function* chunksOf(bytes: Buffer): AsyncIterable<Uint8Array> {
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES) yield bytes.subarray(start, start + CHUNK_BYTES);
}
