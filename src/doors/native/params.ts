/** Path parameters that native routes share. Malformed ids are a 400 here (ruling 3); unknown ones are the use case's. */
import { z } from "zod";
import { idParam, textParam } from "../../http/input.ts";

export const sessionPath = z.object({ session_id: idParam("session") });
export const queuedPath = z.object({ session_id: idParam("session"), message_id: idParam("message") });
/** The rest of the path; whether it is a path of a file, the use case says. */
export const filePath = z.object({ session_id: idParam("session"), path: textParam(4_096) });
