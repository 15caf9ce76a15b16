import { expect, it } from "vitest";
import { lazy } from "../../src/lib/lazy.ts";

it("loads nothing until somebody asks, and once for all who ask", async () => {
  let loads = 0;
  const load = lazy(() => Promise.resolve(++loads));
  expect(loads).toBe(0);
  expect(await Promise.all([load(), load()])).toEqual([1, 1]);
  expect(await load()).toBe(1);
});

it("tries again after a load that failed", async () => {
  const outcomes = [Promise.reject(new Error("Cannot read the library")), Promise.resolve("loaded")];
  const load = lazy(() => outcomes.shift() ?? Promise.resolve("loaded again"));
  await expect(load()).rejects.toThrow("Cannot read the library");
  expect(await load()).toBe("loaded");
  expect(await load()).toBe("loaded");
});
