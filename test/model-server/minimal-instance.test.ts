import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { JsonSchema } from "./exchange.ts";
import { minimalInstance } from "./minimal-instance.ts";

const SCHEMAS: Record<string, JsonSchema> = {
  anything: true,
  "an empty schema": {},
  "nested objects": {
    type: "object",
    required: ["a"],
    properties: { a: { type: "object", required: ["b"], properties: { b: { type: "boolean" } } }, c: { type: "null" } },
  },
  "a list with a least length": { type: "array", minItems: 2, items: { type: "string", minLength: 3 } },
  "a tuple": { type: "array", prefixItems: [{ const: 1 }, { type: "string" }], minItems: 3, items: { type: "number" } },
  "an enum and a constant": {
    type: "object",
    required: ["e", "c"],
    properties: { e: { enum: ["pro", "flash"] }, c: { const: null } },
  },
  "numbers in narrow places": {
    type: "object",
    required: ["a", "b", "c", "d", "e"],
    properties: {
      a: { type: "integer", minimum: 5, maximum: 5 },
      b: { type: "number", exclusiveMinimum: 1, exclusiveMaximum: 2 },
      c: { type: "integer", multipleOf: 7, minimum: 8 },
      d: { type: "number", maximum: -3 },
      e: { type: "integer", exclusiveMaximum: -3 },
    },
  },
  "a union that may be null": { anyOf: [{ type: "null" }, { type: "array", items: { type: "string" } }] },
  "a type list": { type: ["null", "integer"] },
  "parts put together": {
    allOf: [{ $ref: "#/$defs/named" }, { type: "object", required: ["age"], properties: { age: { type: "integer" } } }],
    $defs: { named: { type: "object", required: ["name"], properties: { name: { type: "string" } } } },
  },
  "a tree": {
    $ref: "#/$defs/node",
    $defs: {
      node: {
        type: "object",
        required: ["value", "children"],
        properties: { value: { type: "string" }, children: { type: "array", items: { $ref: "#/$defs/node" } } },
      },
    },
  },
  "what zod writes": z.toJSONSchema(
    z.object({
      kind: z.enum(["a", "b"]),
      tags: z.array(z.string()),
      when: z.iso.datetime(),
      who: z.email().nullable(),
    }),
  ),
};

describe("the minimal instance", () => {
  it.each(Object.entries(SCHEMAS))("fits %s", (_name, schema) => {
    const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(schema);
    validate(minimalInstance(schema));
    expect(validate.errors).toBeNull();
  });

  it("reads Gemini's own dialect, with types in capitals and limits as strings", () => {
    const schema = {
      type: "OBJECT",
      required: ["reasoning", "model_choice", "parts"],
      properties: {
        reasoning: { type: "STRING" },
        model_choice: { type: "STRING", enum: ["flash", "pro"] },
        parts: { type: "ARRAY", minItems: "1", items: { type: "INTEGER" } },
      },
    };
    expect(minimalInstance(schema)).toEqual({ reasoning: "x", model_choice: "flash", parts: [0] });
  });

  it("ends on a schema that needs itself", () => {
    const schema = { $ref: "#", type: "object", required: ["next"], properties: { next: { $ref: "#" } } };
    expect(minimalInstance(schema)).toBeNull();
    expect(
      JSON.stringify(minimalInstance({ type: "object", required: ["next"], properties: { next: { $ref: "#" } } })),
    ).toMatch(/^(\{"next":)+null\}+$/);
  });
});
