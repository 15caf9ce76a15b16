/** A skill: what its SKILL.md says of itself, and the record that is kept of it. Contents are blobs that it names. */
import { z } from "zod";

const NAME = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;

const plain = z.union([z.string(), z.number(), z.boolean()]).transform(String);

/** `Read, Bash(git add:*)` or a list; a blank inside of brackets parts nothing. */
const toolList = z
  .union([z.string(), z.array(z.string())], "must be a list of tools")
  .transform((given) => (typeof given === "string" ? (given.match(/[^\s,(]+(?:\([^)]*\))?/g) ?? []) : given))
  .pipe(z.array(z.string().max(200)).max(200));

/** The YAML before the text. What is not named here stays in the file and says nothing to us. */
export const skillFields = z.object({
  name: z
    .string("is needed: the name of the skill")
    .min(1, "must not be empty")
    .max(64, "must have at most 64 characters")
    .refine(
      (name) => NAME.test(name) && !name.includes("--"),
      "must be lower-case letters and digits, with single hyphens between them",
    ),
  description: z
    .string("is needed: what the skill does and when to use it")
    .max(1024, "must have at most 1024 characters")
    .refine((text) => text.trim() !== "", "must not be empty"),
  license: plain.pipe(z.string().max(500, "must have at most 500 characters")).nullish(),
  compatibility: plain.pipe(z.string().max(500, "must have at most 500 characters")).nullish(),
  metadata: z.record(z.string(), plain, "must be names with texts").nullish(),
  "allowed-tools": toolList.nullish(),
});

export const skillBody = z.object({
  description: z.string(),
  license: z.string().nullish(),
  compatibility: z.string().nullish(),
  metadata: z.record(z.string(), z.string()).default({}),
  allowed_tools: z.array(z.string()).default([]),
  /** SKILL.md is the first. */
  files: z.array(z.object({ path: z.string(), hash: z.string(), size_bytes: z.number().int().nonnegative() })),
});

export type SkillFields = z.infer<typeof skillFields>;
export type SkillBody = z.infer<typeof skillBody>;
