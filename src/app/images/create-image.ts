/** Takes an uploaded image into a workspace. */
import type { SessionId } from "../../core/ids.ts";
import { parseId } from "../../core/ids.ts";
import { accept } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import { requireRole } from "../keys/require-role.ts";
import { notFound, readOwnSession } from "../read-session.ts";
import type { Reader, Writer } from "../records/resource.ts";
import type { Image, ImageDeps } from "./image-kind.ts";
import { storeImage, writeImage } from "./store-image.ts";
import type { NewImage } from "./store-image.ts";

export interface CreateImage extends NewImage {
  /** Whose image it is, if any session's. Asked once the content was read: in a form it may stand behind the file. */
  readonly sessionId: () => Promise<string | undefined>;
}

export async function createImage(deps: ImageDeps, writer: Writer, command: CreateImage): Promise<Outcome<Image>> {
  const role = requireRole(writer, "member");
  if (!role.ok) return role;
  const stored = await storeImage(deps, command);
  if (!stored.ok) return stored;
  const session = await findSession(deps, writer, await command.sessionId());
  if (!session.ok) return session;
  const { workspaceId } = writer;
  const id = deps.mint("image");
  return accept(await writeImage(deps, { id, workspaceId, sessionId: session.value, body: stored.value }));
}

async function findSession(
  { store }: Pick<ImageDeps, "store">,
  reader: Reader,
  text: string | undefined,
): Promise<Outcome<SessionId | null>> {
  if (text === undefined || text === "") return accept(null);
  const id = parseId("session", text);
  if (id === undefined) return notFound(text);
  const found = await readOwnSession(store, reader, id);
  return found.ok ? accept(id) : found;
}
