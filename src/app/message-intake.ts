/**
 * A message of a client on its way into a session: the model that it names is there and can see what it shows, its
 * images are taken in, its size is what an event may have.
 *
 *   prepare ──▶ decide ──▶ keep ──▶ commit          refused anywhere: discard
 *
 * Invariant: a message that does not go in leaves nothing behind. Decides nothing about the session.
 */
import { takesImageUrl } from "../core/image-types.ts";
import type { ContentPart, Message, MessageControls } from "../core/events/content.ts";
import type { SessionId } from "../core/ids.ts";
import type { Limits } from "../core/limits.ts";
import type { ModelAccess } from "../core/ports/model.ts";
import { accept, refuse } from "../core/refusal.ts";
import type { Outcome } from "../core/refusal.ts";
import type { SessionRecord } from "../core/session.ts";
import type { AdmittedContent } from "./images/admit-images.ts";
import type { Images } from "./images/images.ts";
import type { ModelOfSession } from "./model-of-session.ts";
import type { Reader } from "./records/resource.ts";

export interface MessageIntakeDeps {
  readonly images: Pick<Images, "admit">;
  readonly modelOf: ModelOfSession;
  readonly limits: Pick<Limits, "messageBytes">;
}

export interface IncomingMessage {
  readonly reader: Reader;
  readonly sessionId: SessionId;
  readonly message: Message;
  /** JSON pointers into what the client sent. */
  readonly paths: { readonly content: string; readonly controls: string };
}

/** One message; it is prepared once, however often the session moves on while it is being decided. */
export class MessageIntake {
  readonly #deps: MessageIntakeDeps;
  readonly #incoming: IncomingMessage;
  #prepared: Promise<Outcome<Message>> | null = null;
  #admitted: AdmittedContent | null = null;

  constructor(deps: MessageIntakeDeps, incoming: IncomingMessage) {
    this.#deps = deps;
    this.#incoming = incoming;
  }

  /** The message as it is to be committed. */
  prepare(record: SessionRecord): Promise<Outcome<Message>> {
    return (this.#prepared ??= this.#prepare(record));
  }

  /** Makes what the prepared message names. Contract: before its commit, once it is decided that it goes in. */
  async keep(): Promise<Outcome<null>> {
    return this.#admitted === null ? accept(null) : this.#admitted.keep();
  }

  async discard(): Promise<void> {
    await this.#admitted?.discard();
  }

  async #prepare(record: SessionRecord): Promise<Outcome<Message>> {
    const { reader, sessionId, message, paths } = this.#incoming;
    const controls = await this.#checkControls(record);
    if (!controls.ok) return controls;
    const path = paths.content;
    const admitted = await this.#deps.images.admit({ reader, sessionId, content: message.content, path });
    if (!admitted.ok) return admitted;
    const { content } = admitted.value;
    const seen = await this.#checkSight(record, { content, controls: controls.value ?? {} });
    if (!seen.ok) return seen;
    this.#admitted = admitted.value;
    return this.#checkSize({
      ...message,
      content: [...content],
      ...(controls.value === undefined ? {} : { controls: controls.value }),
    });
  }

  /** A model that is named is there, and usable; its id comes out in our spelling. */
  async #checkControls(record: SessionRecord): Promise<Outcome<MessageControls | undefined>> {
    const { message, paths } = this.#incoming;
    const { controls } = message;
    if (controls?.model_id === undefined) return accept(controls);
    const model = await this.#deps.modelOf(record, controls);
    if (model.ok) return accept({ ...controls, model_id: model.value.modelId ?? controls.model_id });
    const { refusal } = model;
    if (refusal.code === "invalid_input") return refuse({ ...refusal, path: `${paths.controls}/model_id` });
    // What else is missing concerns every message of the session, and its turn says so.
    return refusal.code === "not_found" && refusal.kind === "model" ? model : accept(controls);
  }

  /** A model that cannot be found out now is left to the turn, which says so in its own way. */
  async #checkSight(
    record: SessionRecord,
    { content, controls }: { readonly content: readonly ContentPart[]; readonly controls: MessageControls },
  ): Promise<Outcome<null>> {
    const first = content.findIndex(({ type }) => type === "image" || type === "image_file");
    if (first < 0) return accept(null);
    const model = await this.#deps.modelOf(record, controls);
    if (!model.ok) return accept(null);
    const path = this.#incoming.paths.content;
    if (!model.value.canSeeImages) return cannotSee(model.value, `${path}/${first}`);
    const address = content.findIndex(({ type }) => type === "image");
    if (address < 0 || takesImageUrl(model.value.providerType)) return accept(null);
    const reason = `is an address, and the provider of ${model.value.vendorModel} takes no images by address; upload the image (POST /images) or send it as base64`;
    return refuse({ code: "invalid_input", path: `${path}/${address}/url`, reason });
  }

  #checkSize(message: Message): Outcome<Message> {
    const { messageBytes } = this.#deps.limits;
    if (Buffer.byteLength(JSON.stringify(message)) <= messageBytes) return accept(message);
    return refuse({ code: "too_large", what: "message", limit: messageBytes, setting: "messageBytes" });
  }
}

function cannotSee({ vendorModel, modelId }: ModelAccess, path: string) {
  const named = modelId === null ? `"${vendorModel}"` : `"${vendorModel}" (${modelId})`;
  const reason = `is an image, and the model ${named} cannot see images; choose another model (model_id of the session, or of the message's controls), or set can_see_images on the model if it can`;
  return refuse({ code: "invalid_input", path, reason });
}
