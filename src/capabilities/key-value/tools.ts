/** Reading and writing a session's keys. Setting and deleting come to the same however often they are done. */
import { z } from "zod";

import { defineTool } from "../define-tool.ts";
import { countOf, fail, pageOf, say } from "../tool-results.ts";

const concurrencyClass = "session_values";
const key = z.string().min(1).max(200).describe("Letters, digits and _ . : / @ -");

export const kvGet = defineTool({
  name: "kv_get",
  description: "Gives the text that is kept under a key of this session.",
  input: z.object({ key }),
  hints: { isRepeatable: true, isReadonly: true, concurrencyClass },
  async run({ key: wanted }, { ports }) {
    const found = (await ports.keyValue.list()).find((entry) => entry.key === wanted);
    return found === undefined ? fail(`Nothing is kept under "${wanted}"; kv_list shows what is`) : say(found.value);
  },
});

export const kvSet = defineTool({
  name: "kv_set",
  description: "Keeps a short text under a key for as long as this session lasts, in place of what was there.",
  input: z.object({ key, value: z.string().describe("Any text, JSON too; keep more than some kilobytes in a file") }),
  hints: { isRepeatable: true, isReadonly: false, concurrencyClass },
  async run({ key: wanted, value }, { ports }) {
    const kept = await ports.keyValue.set(wanted, value);
    return kept.ok ? say(`Kept under "${wanted}"`) : fail(`Argument ${kept.reason}`);
  },
});

export const kvDelete = defineTool({
  name: "kv_delete",
  description: "Forgets a key of this session and what is kept under it.",
  input: z.object({ key }),
  hints: { isRepeatable: true, isReadonly: false, concurrencyClass },
  async run({ key: wanted }, { ports }) {
    return say((await ports.keyValue.remove(wanted)) ? `Forgot "${wanted}"` : `Nothing was kept under "${wanted}"`);
  },
});

export const kvList = defineTool({
  name: "kv_list",
  description: "Lists the keys of this session with how much is kept under each.",
  input: z.object({ prefix: z.string().default("").describe("Only keys that begin so") }),
  hints: { isRepeatable: true, isReadonly: true, concurrencyClass },
  async run({ prefix }, { ports }) {
    const found = (await ports.keyValue.list()).filter((entry) => entry.key.startsWith(prefix));
    const lines = found
      .toSorted((left, right) => left.key.localeCompare(right.key))
      .map((entry) => `${entry.key} (${countOf(entry.value.length, "character")})`);
    const shown = pageOf(lines);
    const more = lines.length > shown.length ? [`and ${lines.length - shown.length} more; give a longer prefix`] : [];
    return say([countOf(found.length, "key"), ...shown, ...more].join("\n"));
  },
});
