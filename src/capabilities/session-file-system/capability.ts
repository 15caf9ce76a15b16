/** The files of a session: the same that `/fs` shows, over REST and to every tool. */
import { z } from "zod";

import type { Grep } from "../../lib/grep/grep.ts";
import { defineCapability } from "../define-capability.ts";
import { deleteFile } from "./delete-file.ts";
import { makeEditFile } from "./edit-file.ts";
import { glob } from "./glob.ts";
import { makeGrepFiles } from "./grep-files.ts";
import { listDirectory } from "./list-directory.ts";
import { readFile } from "./read-file.ts";
import { statFile } from "./stat-file.ts";
import { makeWriteFile } from "./write-file.ts";

const MB = 1_000_000;

export const makeSessionFileSystem = (grep: Grep) =>
  defineCapability({
    id: "session_file_system",
    name: "Session files",
    description: "Reads, writes and searches the files of the session.",
    risk: "low",
    features: ["file_system"],
    prompt:
      "You have files of your own in this session, below /. Look before you write: list_directory and glob show what " +
      "there is, grep_files finds text, read_file shows it. Change a part of a file with edit_file, a whole file with " +
      "write_file. People see the same files.",
    config: z.strictObject({
      max_file_size_mb: z
        .number()
        .positive()
        .max(100_000)
        .optional()
        .describe("Largest file that the tools may write, in megabytes of 1,000,000 bytes"),
    }),
    tools({ max_file_size_mb: maxMb }) {
      const maxFileBytes = maxMb === undefined ? undefined : Math.floor(maxMb * MB);
      return [
        readFile,
        makeWriteFile(maxFileBytes),
        makeEditFile(maxFileBytes),
        listDirectory,
        makeGrepFiles(grep),
        glob,
        deleteFile,
        statFile,
      ];
    },
  });
