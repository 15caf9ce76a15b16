/** Plays commands of a page on a stage over one wire, and writes down what was asked and answered. */
import { parseCurl, readExample } from "./curl-command.ts";
import type { Stage } from "./stage.ts";
import { shownBody, Transcript } from "./transcript.ts";
import type { Section } from "./transcript.ts";
import type { Wire, WireAnswer } from "./wire.ts";

export interface Played {
  readonly status: number;
  readonly text: string;
  /** The `id` of the JSON that was answered. */
  readonly id: string;
}

export interface OpenStream extends AsyncDisposable {
  /** Reads on until a frame of this type; gives its id line. */
  until(type: string, count?: number): Promise<string>;
  /** Reads until the server ends the stream. */
  untilEnd(): Promise<void>;
}

/** What an example is given to play with. */
export interface Player {
  readonly stage: Stage;
  /** Plays `curl/<name>.sh`. */
  run(name: string): Promise<Played>;
  /** The same for a stream. Its frames stand in the transcript where it was opened, up to the last that was waited for. */
  open(name: string): Promise<OpenStream>;
}

export interface Playing {
  readonly stage: Stage;
  readonly wire: Wire;
  /** Where the page's commands are; the guide's unless told. */
  readonly curl?: string;
}

export function openPlayer({ stage, wire, curl }: Playing): {
  readonly player: Player;
  readonly transcript: () => string;
} {
  const transcript = new Transcript();
  const send = async (name: string) => {
    const text = readExample(name, curl);
    const command = stage.cast(text, wire.url);
    transcript.asked(parseCurl(command));
    const answer = await wire.send(command, stage.folder);
    return { answer, section: transcript.answered(answer) };
  };
  return {
    player: {
      stage,
      async run(name) {
        const { answer, section } = await send(name);
        let text = "";
        for await (const piece of answer.body) text += piece;
        section.lines.push(...shownBody(text));
        return { status: answer.status, text, id: idOf(text) };
      },
      async open(name) {
        const { answer, section } = await send(name);
        return new FrameReader(answer, section);
      },
    },
    transcript: () => transcript.text({ url: wire.url, key: stage.key, folder: stage.folder }),
  };
}

function idOf(text: string): string {
  return /"id":"([^"]+)"/.exec(text)?.[1] ?? "";
}

class FrameReader implements OpenStream {
  readonly #answer: WireAnswer;
  readonly #section: Section;
  readonly #pieces: AsyncIterator<string>;
  #rest = "";

  constructor(answer: WireAnswer, section: Section) {
    this.#answer = answer;
    this.#section = section;
    this.#pieces = answer.body[Symbol.asyncIterator]();
  }

  async until(type: string, count = 1): Promise<string> {
    for (let left = count; ;) {
      const frame = await this.#next();
      if (frame === null) throw new Error(`The stream ended before ${type}`);
      if (frame.startsWith(`event: ${type}\n`)) left -= 1;
      if (left === 0) return /^id: (.*)$/m.exec(frame)?.[1] ?? "";
    }
  }

  async untilEnd(): Promise<void> {
    while ((await this.#next()) !== null);
  }

  /** A frame with all its lines; a last piece that is none stands in the transcript all the same. */
  async #next(): Promise<string | null> {
    for (;;) {
      const end = this.#rest.indexOf("\n\n");
      if (end >= 0) {
        const frame = this.#rest.slice(0, end);
        this.#rest = this.#rest.slice(end + 2);
        this.#section.lines.push("", frame);
        return frame;
      }
      const { done, value } = await this.#pieces.next();
      if (done !== true) this.#rest += value;
      else if (this.#rest === "") return null;
      else throw new Error(`The stream ended in the middle of a frame: ${this.#rest}`);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#answer.leave();
  }
}
