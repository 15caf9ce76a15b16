import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";

import { capabilityCatalogue } from "../../src/capabilities/catalogue.ts";
import type { Capability } from "../../src/core/ports/tools.ts";
import { idleDeps } from "./idle-deps.ts";
import { openToolWorld } from "./tool-world.ts";

const catalogue = capabilityCatalogue(idleDeps);

describe("every capability", () => {
  test.each(catalogue.map((capability) => [capability.id, capability] as const))(
    "%s says what it is, and its schemas are JSON Schema of objects",
    (id, capability) => {
      const ajv = new Ajv2020({ strict: false });
      expect(id).toMatch(/^[a-z_]+$/);
      for (const words of [capability.name, capability.description]) expect(words).toMatch(/^[A-Z]/);
      expect(capability.checkConfig(undefined)).toEqual({ ok: true });
      expect(capability.configSchema).toMatchObject({ type: "object", additionalProperties: false });
      expect(ajv.validateSchema(capability.configSchema)).toBe(true);
      for (const { definition } of capability.tools(undefined)) {
        expect(definition.name).toMatch(/^[a-z_]{1,64}$/);
        expect(definition.description.length).toBeGreaterThan(20);
        expect(definition.parameters).toMatchObject({ type: "object" });
        expect(ajv.validateSchema(definition.parameters)).toBe(true);
      }
    },
  );

  const namesOf = (capability: Capability) => capability.tools(undefined).map(({ definition }) => definition.name);

  test("has tools whose names no other has, but for those that stand in the place of others", () => {
    const names = catalogue.filter(({ needsCheckout = false }) => !needsCheckout).flatMap(namesOf);
    expect(new Set(names).size).toBe(names.length);
    const standing = catalogue.filter(({ needsCheckout = false }) => needsCheckout).flatMap(namesOf);
    const files = catalogue.filter(({ id }) => id === "session_file_system").flatMap(namesOf);
    expect(standing.filter((name) => names.includes(name))).toEqual(files);
  });

  test.each([
    [{ max_file_size_mb: -1 }, "/max_file_size_mb"],
    [{ max_file_size_mb: "10" }, "/max_file_size_mb"],
    [{ max_file_sise_mb: 10 }, "/max_file_sise_mb"],
    [[], ""],
  ])("refuses the configuration %j with its place", (config, path) => {
    const files = catalogue.find(({ id }) => id === "session_file_system");
    expect(files?.checkConfig(config)).toEqual({ ok: false, path, reason: expect.stringMatching(/.{5,}/) });
  });

  test("describes defaults and required arguments to the model", () => {
    const [readFile] = catalogue[0]?.tools({}) ?? [];
    expect(readFile?.definition.parameters).toMatchObject({
      required: ["path"],
      properties: { path: { type: "string" }, offset: { type: "integer", default: 1, minimum: 1 } },
    });
    expect(readFile?.definition.parameters).not.toHaveProperty("$schema");
  });
});

describe("the small tools", () => {
  test("tell the time, in a zone if one is given", async () => {
    await using world = await openToolWorld();
    expect(JSON.parse(await world.say("get_current_time"))).toMatchObject({
      utc: "2026-07-01T10:30:00.000Z",
      timezone: "UTC",
    });
    const local = JSON.parse(await world.say("get_current_time", { timezone: "Asia/Tokyo" }));
    expect(local.local).toContain("Wednesday, 1 July 2026");
    expect(local.local).toContain("19:30:00");
    expect(await world.fail("get_current_time", { timezone: "Mars/Base" })).toContain('no time zone "Mars/Base"');
  });

  test("give back the plan that was written down", async () => {
    await using world = await openToolWorld();
    const todos = [
      { content: "Look", status: "completed" },
      { content: "Change", status: "in_progress" },
      { content: "Test", status: "pending" },
    ];
    expect(await world.say("write_todos", { todos })).toBe("1 of 3 done\n[x] Look\n[~] Change\n[ ] Test");
    expect(await world.fail("write_todos", { todos: [{ content: "x", status: "doing" }] })).toContain(
      '"todos.0.status"',
    );
  });

  test("show the session and name it", async () => {
    await using world = await openToolWorld();
    expect(await world.say("write_session_title", { title: "  Sales\n in  May " })).toBe(
      'The title is now "Sales in May"',
    );
    expect(world.titles).toEqual(["Sales in May"]);
    expect(JSON.parse(await world.say("get_session_info"))).toMatchObject({ title: "Sales in May" });
    expect(await world.fail("write_session_title", { title: "x".repeat(300) })).toContain("at most 200 characters");
    expect(await world.fail("write_session_title", { title: "  " })).toContain('"title"');
  });
});
