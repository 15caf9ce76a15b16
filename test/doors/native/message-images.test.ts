/** Messages with images, and the model they are for, at the native door. */
import { afterEach, describe, expect, it } from "vitest";
import type { EventList } from "../../../src/doors/native/schema/event.ts";
import type { Image, ImageEntry } from "../../../src/doors/native/schema/image.ts";
import type { MessageList, Queue, QueuedMessage, SentMessage } from "../../../src/doors/native/schema/message.ts";
import { picture } from "../../lib/pictures.ts";
import { openClient, text } from "./native-client.ts";
import type { NativeClient } from "./native-client.ts";
import { keys, modelId, openNative } from "./open-native.ts";
import type { Native, NativeOptions } from "./open-native.ts";

let native: Native;
let owner: NativeClient;
let id: string;

async function open(options: NativeOptions = {}) {
  native = await openNative({ slots: 0, ...options });
  owner = await openClient(native);
  ({ id } = await owner.session());
}
afterEach(() => native[Symbol.asyncDispose]());

const question = { type: "text", text: "What is in this screenshot?" };
const withParts = (...parts: object[]) => ({ message: { content: [question, ...parts] } });
const send = <T = SentMessage>(body: unknown) => owner.post<T>(`/sessions/${id}/messages`, body);
const refusedSend = (body: unknown) => owner.post(`/sessions/${id}/messages`, body);
const images = async () => (await owner.get<ImageEntry[]>("/images")).body;

async function upload(bytes: Uint8Array): Promise<Image> {
  const form = new FormData();
  form.append("file", new File([Uint8Array.from(bytes)], "screenshot.png"));
  form.append("session_id", id);
  return (await (await owner.fetch("/api/v1/images", { method: "POST", body: form })).json()) as Image;
}

async function inlinePart(kind: "png" | "gif" = "png") {
  return { type: "image", base64: (await picture(kind)).toString("base64"), media_type: `image/${kind}` };
}

describe("a message with an image (T17)", () => {
  it("names an uploaded one, as in the guide", async () => {
    await open();
    const { id: image_id } = await upload(await picture("png"));
    const part = { type: "image_file", image_id, filename: "screenshot.png" };
    const { status, body } = await send(withParts(part));
    expect(status).toBe(201);
    expect(body.content).toEqual([question, part]);
    const listed = await owner.get<MessageList>(`/sessions/${id}/messages`);
    expect(listed.body.data[0]?.content).toEqual([question, part]);
  });

  it("may hold it as base64, and the log holds only its id (B8)", async () => {
    await open();
    const { body } = await send(withParts(await inlinePart("gif")));
    const [kept] = await images();
    expect(kept).toMatchObject({ filename: "image.gif", content_type: "image/gif", metadata: { session_id: id } });
    expect(body.content).toEqual([question, { type: "image_file", image_id: kept?.id, filename: "image.gif" }]);
    const log = await owner.get<EventList>(`/sessions/${id}/events`);
    expect(JSON.stringify(log.body).length).toBeLessThan(6_000);
    const bytes = await owner.fetch(`/api/v1/images/${kept?.id}`);
    expect(Buffer.from(await bytes.arrayBuffer()).equals(await picture("gif"))).toBe(true);
  });

  it("may hold many megabytes of them", async () => {
    await open();
    const large = Buffer.concat([await picture("png"), Buffer.alloc(20_000_000, 1)]).toString("base64");
    const { status, body } = await send(withParts({ type: "image", base64: large }));
    expect(status).toBe(201);
    expect(body.content[1]).toMatchObject({ type: "image_file" });
    const tooLarge = await refusedSend(withParts({ type: "image", base64: large }, { type: "image", base64: large }));
    expect(tooLarge).toMatchObject({ status: 413, body: { code: "too_large" } });
  });

  it("is refused as a body that is too large, by the name of its own limit", async () => {
    await open({ limits: { fileBodyBytes: 10_000 } });
    const refused = await refusedSend(withParts({ type: "image", base64: "A".repeat(12_000) }));
    expect(refused).toMatchObject({ status: 413, body: { setting: "fileBodyBytes", limit: 10_000 } });
  });

  it("may name an https address, which nobody here fetches", async () => {
    await open();
    const part = { type: "image", url: "https://169.254.169.254/latest/meta-data" };
    expect((await send(withParts(part))).body.content[1]).toEqual(part);
    expect(await images()).toEqual([]);
  });

  it.each([
    [{ type: "image_file", image_id: `img_${"9".repeat(32)}` }, 404, "not_found", undefined],
    [{ type: "image_file", image_id: "img_01933b5a" }, 404, "not_found", undefined],
    [{ type: "image_file" }, 400, "invalid_input", "/message/content/1/image_id"],
    [{ type: "image" }, 400, "invalid_input", "/message/content/1"],
    [{ type: "image", url: "http://example.com/a.png" }, 400, "invalid_input", "/message/content/1/url"],
    [{ type: "image", base64: "aGVsbG8=" }, 400, "invalid_input", "/message/content/1/base64"],
    [{ type: "image", base64: "no base64" }, 400, "invalid_input", "/message/content/1/base64"],
    [{ type: "video", url: "https://example.com/a.mp4" }, 400, "invalid_input", "/message/content/1/type"],
  ])("is refused with %j in it", async (part, status, code, path) => {
    await open();
    const refused = await refusedSend(withParts(part));
    expect(refused).toMatchObject({ status, body: { code } });
    if (path !== undefined) expect(refused.body.path).toBe(path);
    expect((await owner.get(`/sessions/${id}`)).body).toMatchObject({ status: "idle" });
  });

  it("takes twenty images and no more", async () => {
    await open();
    const part = await inlinePart();
    const twenty = Array.from({ length: 20 }, () => part);
    expect((await refusedSend(withParts(...twenty, part))).status).toBe(400);
    expect((await send(withParts(...twenty))).status).toBe(201);
    expect(await images()).toHaveLength(20);
  });

  it("shows nobody the image of another workspace", async () => {
    await open();
    const { id: image_id } = await upload(await picture("png"));
    const stranger = await openClient(native, keys.stranger);
    expect((await stranger.get(`/images/${image_id}`)).status).toBe(404);
  });

  it("leaves no image behind when it is refused, and none twice when it is repeated (T2)", async () => {
    await open();
    const part = await inlinePart();
    const body = { ...withParts(part), client_message_id: "once" };
    const first = await send(body);
    const again = await send(body);
    expect(again.body).toEqual({ ...first.body, delivery: "duplicate" });
    expect((await refusedSend(withParts(part))).body.code).toBe("turn_running");
    expect(await images()).toHaveLength(1);
  });

  it("takes the images with it when its session is erased", async () => {
    await open();
    await send(withParts(await inlinePart()));
    await upload(await picture("png"));
    expect((await owner.call("DELETE", `/sessions/${id}?permanent=true`)).status).toBe(204);
    await expect.poll(images).toEqual([]);
  });

  it("may be put into the queue, and into what waits there", async () => {
    await open();
    await send(text("running"));
    const queued = await send({ ...withParts(await inlinePart()), when_busy: "queue" });
    expect(queued.body).toMatchObject({ delivery: "queued", content: [question, { type: "image_file" }] });
    const edited = await owner.call<QueuedMessage>("PATCH", `/sessions/${id}/queue/${queued.body.id}`, {
      content: [question, await inlinePart("gif")],
    });
    expect(edited.body.content[1]).toMatchObject({ type: "image_file", filename: "image.gif" });
    const waiting = await owner.get<Queue>(`/sessions/${id}/queue`);
    expect(waiting.body.data[0]?.content).toEqual(edited.body.content);
    const refused = await owner.call("PATCH", `/sessions/${id}/queue/${queued.body.id}`, {
      content: [{ type: "image_file", image_id: "img_01933b5a" }],
    });
    expect(refused.status).toBe(404);
    const long = await owner.call("PATCH", `/sessions/${id}/queue/${queued.body.id}`, {
      content: [{ type: "text", text: "x".repeat(300_000) }],
    });
    expect(long).toMatchObject({ status: 413, body: { setting: "messageBytes" } });
  });
});

describe("the model of a message (T16, T17)", () => {
  it("is refused with 404 when nobody knows it", async () => {
    await open();
    for (const model_id of ["mod_01933b5a00007000800000000042", `mod_${"9".repeat(32)}`]) {
      for (const body of [
        { message: { content: [question], controls: { model_id } } },
        { message: { content: [question] }, controls: { model_id } },
      ]) {
        expect(await refusedSend(body)).toMatchObject({ status: 404, body: { code: "not_found", kind: "model" } });
      }
    }
    expect((await owner.get(`/sessions/${id}`)).body).toMatchObject({ status: "idle" });
    expect((await send({ message: { content: [question], controls: { model_id: modelId } } })).status).toBe(201);
  });

  it("that cannot see refuses images with 400, and says what to do", async () => {
    await open({ model: { canSeeImages: false, vendorModel: "gpt-blind" } });
    const refused = await refusedSend(withParts(await inlinePart()));
    expect(refused).toMatchObject({ status: 400, body: { code: "invalid_input", path: "/message/content/1" } });
    for (const words of ["gpt-blind", modelId, "cannot see images", "model_id", "can_see_images"]) {
      expect(refused.body.detail).toContain(words);
    }
    expect(await images()).toEqual([]);
    expect((await send(text("No image"))).status).toBe(201);
  });

  it("whose vendor fetches nothing refuses an address, and takes the image itself", async () => {
    await open({ model: { providerType: "gemini", vendorModel: "gemini-3.8-flash" } });
    const refused = await refusedSend(withParts({ type: "image", url: "https://example.com/a.png" }));
    expect(refused).toMatchObject({ status: 400, body: { path: "/message/content/1/url" } });
    expect(refused.body.detail).toContain("POST /images");
    expect((await send(withParts(await inlinePart()))).status).toBe(201);
  });
});
