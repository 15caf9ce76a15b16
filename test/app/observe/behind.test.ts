/** Work that its caller does not wait for is waited for by whoever closes what it works on. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { makeBehind } from "../../../src/app/observe/behind.ts";

test("what runs behind an answer is done before the end, also what it leaves behind itself", async () => {
  const done: string[] = [];
  const behind = makeBehind(() => done.push("a fault"));
  behind.run(async () => {
    await sleep(5);
    done.push("first");
    behind.run(async () => void done.push("second"));
  });
  behind.run(async () => {
    throw new Error("broken");
  });
  const kept = behind.keep(sleep(5).then(() => done.push("kept")));
  await expect(behind.keep(Promise.reject(new Error("the caller's own")))).rejects.toThrow("the caller's own");
  await behind[Symbol.asyncDispose]();
  expect(done.toSorted()).toEqual(["a fault", "first", "kept", "second"]);
  await kept;
});

test("what runs behind an answer does not begin before it", async () => {
  const order: string[] = [];
  await using behind = makeBehind((fault) => order.push(String(fault)));
  behind.run(async () => void order.push("behind"));
  await Promise.resolve();
  order.push("answer");
  await behind[Symbol.asyncDispose]();
  expect(order).toEqual(["answer", "behind"]);
});
