/** A reader of event streams over a real socket: frames as they came, and hands on the tap. */
import { get } from "node:http";
import type { ClientRequest, IncomingMessage } from "node:http";

/** What stands in the data of the frames of the native door. */
export interface FrameData {
  readonly id?: string;
  readonly seq?: number;
  readonly status?: string;
  readonly reason?: string;
  readonly retry_ms?: number;
  readonly data?: {
    readonly delta?: string;
    readonly offset?: number;
    readonly accumulated?: string;
  };
}

export interface Frame {
  readonly text: string;
  readonly event: string | undefined;
  readonly id: string | undefined;
  readonly retry: number | undefined;
  /** Parsed; undefined for a frame without data. */
  readonly data: FrameData | undefined;
  readonly isComment: boolean;
}

export interface SseClient {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly frames: readonly Frame[];
  /** Chunks as they arrived, to see what went out together. */
  readonly chunks: readonly string[];
  readonly closed: Promise<void>;
  readonly isClosed: boolean;
  /** The first frame that fits, looked for among those that came already too. */
  find(fits: (frame: Frame) => boolean): Promise<Frame>;
  /** Resolves once so many frames with an id and data have come. */
  events(count: number): Promise<readonly Frame[]>;
  stall(): void;
  flow(): void;
  close(): void;
}

export function parseFrame(text: string): Frame {
  const fields = new Map<string, string>();
  for (const line of text.split("\n")) {
    const cut = line.indexOf(":");
    if (cut > 0) fields.set(line.slice(0, cut), line.slice(cut + 1).replace(/^ /, ""));
  }
  const data = fields.get("data");
  const retry = fields.get("retry");
  return {
    text,
    event: fields.get("event"),
    id: fields.get("id"),
    retry: retry === undefined ? undefined : Number(retry),
    data: data === undefined ? undefined : (JSON.parse(data) as FrameData),
    isComment: text.startsWith(":"),
  };
}

class Client implements SseClient {
  readonly frames: Frame[] = [];
  readonly chunks: string[] = [];
  readonly closed: Promise<void>;
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  isClosed = false;
  #rest = "";
  #waiting = new Set<() => void>();
  readonly #request: ClientRequest;
  readonly #response: IncomingMessage;

  constructor(request: ClientRequest, response: IncomingMessage) {
    this.#request = request;
    this.#response = response;
    this.status = response.statusCode ?? 0;
    this.headers = response.headers;
    response.setEncoding("utf8");
    response.on("data", (chunk: string) => this.#take(chunk));
    this.closed = new Promise((resolve) => {
      response.on("close", () => {
        this.isClosed = true;
        this.#wake();
        resolve();
      });
    });
    response.on("error", () => {});
  }

  #take(chunk: string): void {
    this.chunks.push(chunk);
    const parts = (this.#rest + chunk).split("\n\n");
    this.#rest = parts.pop() ?? "";
    for (const part of parts) this.frames.push(parseFrame(part));
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  async #until<T>(look: () => T | undefined, what: string): Promise<T> {
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      if (this.isClosed)
        throw new Error(
          `The stream ended before ${what}: ${this.frames
            .map((frame) => frame.text.slice(0, 80))
            .slice(-20)
            .join(" | ")}`,
        );
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  find(fits: (frame: Frame) => boolean): Promise<Frame> {
    return this.#until(() => this.frames.find(fits), "the frame came");
  }

  events(count: number): Promise<readonly Frame[]> {
    return this.#until(() => {
      const events = this.frames.filter(({ data }) => data?.seq !== undefined);
      return events.length >= count ? events : undefined;
    }, `${count} events came`);
  }

  stall(): void {
    this.#response.pause();
  }

  flow(): void {
    this.#response.resume();
  }

  close(): void {
    this.#request.destroy();
  }
}

export function openSse(url: string, headers: Record<string, string> = {}): Promise<SseClient> {
  return new Promise((resolve, reject) => {
    const request = get(url, { headers: { authorization: "Bearer key-of-the-owner", ...headers }, agent: false });
    request.on("response", (response) => resolve(new Client(request, response)));
    request.on("error", reject);
  });
}

/** The numbers of the events that came, in order. */
export function seqsOf(client: Pick<SseClient, "frames">): readonly number[] {
  return client.frames.flatMap(({ data }) => (data?.seq === undefined ? [] : [data.seq]));
}
