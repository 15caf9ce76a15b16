/** Opens a stream, waits until it has greeted and shown so many events, and closes it. */
import { request } from "node:http";
import { verify } from "../bench.ts";

export interface Server {
  readonly url: string;
  readonly key: string;
}

export async function readFrames(
  { url, key }: Server,
  { path, frames }: { readonly path: string; readonly frames: number },
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let seen = 0;
  let isGreeted = false;
  let text = "";
  const asking = request(new URL(path, url), { headers: { authorization: `Bearer ${key}` }, agent: false });
  asking.once("error", reject);
  asking.once("response", (response) => {
    response.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      const whole = text.split("\n\n");
      text = whole.pop() ?? "";
      isGreeted ||= whole.some((frame) => frame.includes("event: connected"));
      seen += whole.filter((frame) => /^id: /m.test(frame) && /^event: (?!connected)/m.test(frame)).length;
      if (isGreeted && seen >= frames) resolve();
    });
  });
  asking.end();
  await promise;
  asking.destroy();
  verify(seen === frames, `${path} showed ${seen} events and not ${frames}`);
}
