/**
 * A tool from its schema and its function: the schema describes the arguments to the model and is what they are held
 * against, so the function never sees any others.
 */
import { z } from "zod";

import type { Tool, ToolContext, ToolHints, ToolResult } from "../core/ports/tools.ts";
import { fail } from "./tool-results.ts";

export interface ToolSpec<Input extends z.ZodObject> {
  readonly name: string;
  readonly description: string;
  readonly input: Input;
  readonly hints: ToolHints;
  run(input: z.output<Input>, context: ToolContext): Promise<ToolResult>;
}

export function defineTool<Input extends z.ZodObject>(spec: ToolSpec<Input>): Tool {
  const { name, description, hints, input } = spec;
  return {
    definition: { name, description, hints, parameters: jsonSchemaOf(input) },
    async run(given, context) {
      const parsed = input.safeParse(given);
      return parsed.success ? spec.run(parsed.data, context) : fail(whatIsWrong(name, parsed.error));
    },
  };
}

export function jsonSchemaOf(schema: z.ZodType): Readonly<Record<string, unknown>> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: "input" });
  return rest;
}

function whatIsWrong(name: string, { issues }: z.ZodError): string {
  const sentences = issues.map(({ path, message }) =>
    path.length === 0 ? message : `argument "${path.join(".")}": ${message}`,
  );
  return `Wrong arguments for ${name}: ${sentences.join("; ")}`;
}
