/**
 * Forms with a file (multipart/form-data, RFC 7578): the file is a stream, read from the socket at the pace of whoever
 * takes it; the fields beside it are small texts and may stand before or after it.
 *
 * Invariant: no more of a form is held than its fields and a few chunks; whatever the client sends, the reading ends with
 * a value, a Problem, or `ClientGone`. What the taker leaves unread of the file is not read from the socket either.
 */
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { BusboyFileStream, BusboyInstance } from "@fastify/busboy";
import { bodyTooLarge, ClientGone } from "./body.ts";
import type { BodySource } from "./body.ts";
import { httpProblem, inputProblem } from "./problems.ts";
import type { Problem } from "./problems.ts";
import type { Read } from "./read.ts";

export interface FormSpec {
  /** The header as it came: it names the boundary. */
  readonly contentType: string | undefined;
  /** The part that is the file, whether or not it brings a file's name. */
  readonly fileField: string;
  /** Of the file. More than this and some room for the rest is not even begun to be read when it was announced. */
  readonly maxFileBytes: number;
  readonly setting: string;
}

export interface OpenForm {
  /** As the client named the file, without folders; "" when it did not. */
  readonly fileName: string;
  /** Contract: read once. Leaving the loop early ends the reading of the form. */
  readonly content: AsyncIterable<Uint8Array>;
  /** Contract: asked after the file was read to its end; has the fields before and after it. */
  fields(): Promise<ReadonlyMap<string, string>>;
}

/** Room for all that is not the file. */
const OVERHEAD_BYTES = 256 * 1024;
const LIMITS = { files: 1, fields: 20, parts: 25, fieldSize: 4_096, headerPairs: 20, headerSize: 16 * 1024 } as const;

/** What a client did wrong in a form; it may show in the middle of a file, where only a throw can say so. */
class BadForm extends Error {
  override readonly name = "BadForm";
  readonly problem: Problem;

  constructor(problem: Problem, options?: ErrorOptions) {
    super(problem.detail, options);
    this.problem = problem;
  }
}

export async function readForm<T>(
  body: BodySource,
  spec: FormSpec,
  use: (form: OpenForm) => Promise<T>,
): Promise<Read<T>> {
  try {
    const tooLarge = () => new BadForm(bodyTooLarge({ maxBytes: spec.maxFileBytes, setting: spec.setting }));
    if ((body.announcedBytes ?? 0) > spec.maxFileBytes + OVERHEAD_BYTES) throw tooLarge();
    using reading = new FormReading(await makeParser(body, spec), spec.fileField);
    reading.start(withinOverhead(body.bytes(), () => reading.fileBytes, tooLarge));
    return { ok: true, value: await use(await reading.opened) };
  } catch (error) {
    if (error instanceof BadForm) return { ok: false, problem: error.problem };
    throw error;
  }
}

async function makeParser(body: BodySource, { contentType = "", fileField }: FormSpec): Promise<BusboyInstance> {
  if (body.contentType !== "multipart/form-data") {
    const sent = body.contentType === "" ? "no content type" : `"${body.contentType}"`;
    const detail = `The body must be multipart/form-data, and ${sent} was sent`;
    throw new BadForm(httpProblem("unsupported_media_type", detail));
  }
  const { Busboy } = await import("@fastify/busboy");
  try {
    const headers = { "content-type": contentType };
    return new Busboy({ headers, limits: LIMITS, isPartAFile: (name) => name === fileField });
  } catch (cause) {
    throw new BadForm(inputProblem("header", [{ path: "Content-Type", message: "has no boundary" }]), { cause });
  }
}

async function* withinOverhead(
  bytes: AsyncIterable<Uint8Array>,
  fileBytes: () => number,
  tooLarge: () => BadForm,
): AsyncIterable<Uint8Array> {
  let total = 0;
  for await (const chunk of bytes) {
    if (total - fileBytes() > OVERHEAD_BYTES) throw tooLarge();
    total += chunk.byteLength;
    yield chunk;
  }
}

function badForm(path: string, message: string, options?: ErrorOptions): BadForm {
  return new BadForm(inputProblem("body", [{ path, message }]), options);
}

/** One form on its way through the parser; disposing stops what is still being read. */
class FormReading implements Disposable {
  readonly opened: Promise<OpenForm>;
  readonly #parser: BusboyInstance;
  readonly #fileField: string;
  readonly #fields = new Map<string, string>();
  readonly #stop = new AbortController();
  readonly #open = Promise.withResolvers<OpenForm>();
  readonly #ended = Promise.withResolvers<void>();
  #file: BusboyFileStream | null = null;

  constructor(parser: BusboyInstance, fileField: string) {
    this.#parser = parser;
    this.#fileField = fileField;
    this.opened = this.#open.promise;
    // Whoever does not ask any more has been answered; the reason is then nobody's.
    void this.#ended.promise.catch(() => {});
    void this.opened.catch(() => {});
    parser.on("file", (_, stream, fileName) => this.#onFile(stream, fileName));
    parser.on("field", (...[name, value, , isCut]) => this.#onField(name, value, isCut));
    for (const limit of ["filesLimit", "fieldsLimit", "partsLimit"] as const) {
      parser.on(limit, () => this.#fail(badForm("", `has too many parts; it takes one "${fileField}" and its fields`)));
    }
  }

  [Symbol.dispose](): void {
    this.#fail(new Error("The form is not wanted any more"));
  }

  get fileBytes(): number {
    return this.#file?.bytesRead ?? 0;
  }

  start(bytes: AsyncIterable<Uint8Array>): void {
    const source = Readable.from(bytes, { objectMode: false });
    pipeline(source, this.#parser, { signal: this.#stop.signal }).then(
      () => this.#end(),
      (error: unknown) => this.#fail(faultOf(error)),
    );
  }

  #end(): void {
    const path = `/${this.#fileField}`;
    this.#open.reject(badForm(path, `is missing; send the file as the form's part "${this.#fileField}"`));
    this.#ended.resolve();
  }

  /** The first reason counts: stopping the parser makes it complain as well. */
  #fail(error: Error): void {
    this.#ended.reject(error);
    this.#open.reject(error);
    this.#file?.destroy(error);
    this.#stop.abort(error);
  }

  #onFile(stream: BusboyFileStream, fileName: string | undefined): void {
    this.#file = stream;
    // What goes wrong with it reaches its reader, and may come after the reader has left.
    stream.on("error", () => {});
    this.#open.resolve({
      fileName: fileName ?? "",
      content: this.#contentOf(stream),
      fields: async () => {
        await this.#ended.promise;
        return this.#fields;
      },
    });
  }

  async *#contentOf(stream: BusboyFileStream): AsyncIterable<Uint8Array> {
    let isWhole = false;
    try {
      for await (const chunk of stream) yield chunk as Uint8Array;
      isWhole = true;
    } catch (error) {
      throw faultOf(error);
    } finally {
      if (!isWhole) this[Symbol.dispose]();
    }
  }

  #onField(name: string | undefined, value: string, isCut: boolean): void {
    if (name === undefined || name === "") return;
    const path = `/${name.slice(0, 80)}`;
    if (isCut) this.#fail(badForm(path, `is longer than ${LIMITS.fieldSize} bytes`));
    else if (this.#fields.has(name)) this.#fail(badForm(path, "is given twice"));
    else this.#fields.set(name, value);
  }
}

/** The parser speaks by plain errors, and only of the form: what else may come is known by its class. */
function faultOf(error: unknown): Error {
  if (error instanceof BadForm || error instanceof ClientGone) return error;
  return badForm("", "is no complete multipart form", { cause: error });
}
