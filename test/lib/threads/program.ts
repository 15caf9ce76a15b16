/** Programs of a thread, for tests: what each does is named by its input. */
import { doJob } from "../../../src/lib/threads/job-side.ts";
import type { Ask } from "../../../src/lib/threads/job-side.ts";

export type Input =
  | { readonly kind: "echo"; readonly value: unknown }
  | { readonly kind: "ask"; readonly questions: readonly string[] }
  | { readonly kind: "spin" }
  | { readonly kind: "hoard" }
  | { readonly kind: "throw" }
  | { readonly kind: "exit" }
  | { readonly kind: "environment" };

async function work(input: Input, ask: Ask<string>): Promise<{ readonly value: unknown }> {
  switch (input.kind) {
    case "echo":
      return { value: input.value };
    case "ask":
      return { value: await Promise.all(input.questions.map((question) => ask<string>(question))) };
    case "spin":
      await ask("spinning");
      for (;;);
    case "hoard": {
      const held: string[] = [];
      for (let count = 0; ; count++) held.push(`${count}`.repeat(1000));
    }
    case "throw":
      throw new Error("On purpose");
    case "exit":
      process.exit(3);
    case "environment":
      return { value: Object.keys(process.env) };
  }
}

await doJob(work);
