/** Working in the session's own checkout: its files, a shell over them, and git. */
import { z } from "zod";

import type { Grep } from "../../lib/grep/grep.ts";
import { defineCapability } from "../define-capability.ts";
import { fileTools } from "./file-tools.ts";
import { gitCommit } from "./git-commit.ts";
import { gitDiff } from "./git-diff.ts";
import { gitLog } from "./git-log.ts";
import { gitStatus } from "./git-status.ts";
import { makeRunCommand } from "./run-command.ts";

const MB = 1_000_000;

export const makeCheckoutCapability = (grep: Grep) =>
  defineCapability({
    id: "checkout",
    name: "Checkout",
    description:
      "Works in the session's checkout of its project: reads, writes and searches its files, runs commands in a sandbox, " +
      "and commits. Without a project it is left out.",
    risk: "high",
    features: ["checkout"],
    needsCheckout: true,
    prompt:
      "You work in a git checkout of your own; / is its top. Look before you write: list_directory, glob and grep_files " +
      "find things, read_file shows them. Change a part of a file with edit_file, a whole file with write_file; run " +
      "builds and tests with run_command. Others work in the same repository: what you write is reserved for you, and " +
      "what somebody else has reserved is refused with who has it. Commit with git_commit when a piece of work is whole.",
    config: z.strictObject({
      timeout_seconds: z.number().int().min(1).max(3600).default(300).describe("Longest time that a command may run"),
      max_file_size_mb: z
        .number()
        .positive()
        .max(100_000)
        .optional()
        .describe("Largest file that write_file and edit_file may write, in megabytes of 1,000,000 bytes"),
      unisolated: z
        .boolean()
        .default(false)
        .describe(
          "Run commands also where no sandbox can be had: with all that the server's own user may do on this machine",
        ),
    }),
    tools({ timeout_seconds: maxSeconds, max_file_size_mb: maxMb, unisolated: mayBeUnisolated }) {
      const maxFileBytes = maxMb === undefined ? undefined : Math.floor(maxMb * MB);
      return [
        ...fileTools(grep, maxFileBytes),
        makeRunCommand({ maxSeconds, mayBeUnisolated }),
        gitStatus,
        gitDiff,
        gitLog,
        gitCommit,
      ];
    },
  });
