/** What every harness promises (`core/ports/harness.ts`), whatever carries out the turn. */
import { describe, expect, it } from "vitest";
import type { HarnessItem } from "../../src/core/ports/harness.ts";
import type { Driven, DriveOptions } from "./hosted/drive.ts";
import type { Log } from "./hosted/drive.ts";

/** A session with a turn to carry out, in the words that its harness plays. */
export interface HarnessPlay {
  readonly log: Log;
  drive(options?: Pick<DriveOptions, "signal" | "onItem">): Promise<Driven>;
}

export type Part = "text" | "tool" | "failure" | "hang";

export interface HarnessAdapter {
  readonly name: string;
  /** Removed by the test's end. */
  begin(part: Part): Promise<HarnessPlay>;
}

const ends = (item: HarnessItem) => item.kind === "facts" && item.next.kind === "ends";

export function describeHarness({ name, begin }: HarnessAdapter): void {
  describe(`the harness ${name}`, () => {
    it("E5: says a turn without tools in order, in one step", async () => {
      const { log, drive } = await begin("text");
      await drive();
      expect(log.types.filter((type) => !type.startsWith("process."))).toEqual([
        ...["input.message", "turn.started", "session.activated", "reason.started", "output.message.started"],
        ...["llm.generation", "output.message.completed", "reason.completed", "turn.completed", "session.idled"],
      ]);
    });

    it("E5: begins what it ends, and ends what it begins", async () => {
      const { log, drive } = await begin("tool");
      await drive();
      const count = (type: Parameters<Log["all"]>[0]) => log.all(type).length;
      expect(count("tool.started")).toBe(1);
      expect(count("tool.completed")).toBe(1);
      expect(count("act.completed")).toBe(count("act.started"));
      expect(count("reason.completed")).toBe(count("reason.started"));
      expect(count("turn.completed")).toBe(1);
    });

    it("ends with an item that ends the turn, and says nothing after it", async () => {
      const { drive } = await begin("tool");
      const items: HarnessItem[] = [];
      await drive({ onItem: (item) => void items.push(item) });
      expect(items.filter(ends)).toHaveLength(1);
      expect(items.at(-1)).toSatisfy(ends);
    });

    it("T5: makes an item of a failure", async () => {
      const { log, drive } = await begin("failure");
      await drive();
      expect(log.types.slice(-4)).toEqual([
        ...["reason.completed", "output.message.completed", "turn.failed", "session.idled"],
      ]);
      expect(log.last("turn.failed").error).not.toBe("");
    });

    it("stops soon after an abort, and says nothing more", async () => {
      const { log, drive } = await begin("hang");
      const abort = new AbortController();
      let after = 0;
      const driving = drive({
        signal: abort.signal,
        onItem: (item) => {
          if (abort.signal.aborted) after++;
          if (item.kind === "hint") abort.abort(new Error("Enough"));
        },
      });
      await driving;
      expect(after).toBe(0);
      expect(log.state.turn).not.toBeNull();
    });

    it("can be left at any item, and another run brings the turn to its end", async () => {
      const { drive: whole } = await begin("tool");
      let count = 0;
      await whole({ onItem: () => void count++ });
      for (let stop = 1; stop < count; stop++) {
        const { log, drive } = await begin("tool");
        let seen = 0;
        await drive({ onItem: () => ++seen < stop });
        // What is one item here may have been two there: a program says things when it says them.
        if (log.state.turn !== null) await drive();
        expect(log.all("turn.completed"), `left at item ${stop}`).toHaveLength(1);
        expect(log.all("tool.completed").length, `left at item ${stop}`).toBe(
          new Set(log.all("tool.completed").map(({ data }) => data.tool_call_id)).size,
        );
      }
    });

    it("does not end a turn over a message that nobody has read", async () => {
      const { log, drive } = await begin("text");
      let isSaid = false;
      await drive({
        onItem: (item) => {
          if (!isSaid && ends(item)) {
            isSaid = true;
            log.say("One more thing");
          }
        },
      });
      expect(log.all("turn.completed")).toHaveLength(1);
      expect(log.all("reason.started")).toHaveLength(2);
    });
  });
}
