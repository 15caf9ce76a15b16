/** The use cases of session files with what they work on already given. */
import { copySessionFile } from "../app/copy-session-file.ts";
import { createSessionFile } from "../app/create-session-file.ts";
import { deleteSessionFile } from "../app/delete-session-file.ts";
import { grepSessionFiles } from "../app/grep-session-files.ts";
import type { GrepDeps } from "../app/grep-session-files.ts";
import { listSessionFiles } from "../app/list-session-files.ts";
import { makeSessionDirectory } from "../app/make-session-directory.ts";
import { moveSessionFile } from "../app/move-session-file.ts";
import { readSessionFile } from "../app/read-session-file.ts";
import { replaceSessionFile } from "../app/replace-session-file.ts";
import { restoreSessionFile } from "../app/restore-session-file.ts";
import { sessionFileVersions } from "../app/session-file-versions.ts";
import type { FileDeps } from "../app/session-files.ts";
import { statSessionFile } from "../app/stat-session-file.ts";
import type { FileUseCases } from "../doors/native/use-cases.ts";

export function makeFileUses(deps: FileDeps & GrepDeps): FileUseCases {
  return {
    listFiles: (principal, input) => listSessionFiles(deps, principal, input),
    statFile: (principal, input) => statSessionFile(deps, principal, input),
    readFile: (principal, input) => readSessionFile(deps, principal, input),
    createFile: (principal, input) => createSessionFile(deps, principal, input),
    replaceFile: (principal, input) => replaceSessionFile(deps, principal, input),
    deleteFile: (principal, input) => deleteSessionFile(deps, principal, input),
    makeDirectory: (principal, input) => makeSessionDirectory(deps, principal, input),
    moveFile: (principal, input) => moveSessionFile(deps, principal, input),
    copyFile: (principal, input) => copySessionFile(deps, principal, input),
    restoreFile: (principal, input) => restoreSessionFile(deps, principal, input),
    grepFiles: (principal, input) => grepSessionFiles(deps, principal, input),
    fileVersions: (principal, input) => sessionFileVersions(deps, principal, input),
  };
}
