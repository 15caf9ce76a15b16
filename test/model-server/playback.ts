// Plays one step to one client at the step's pace: whole, refused, cut, failed in the middle, or never ended.
// Invariant: nothing is written after the client has gone (`gone`); everything written before a cut reaches the client.
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Fault, ModelRequest } from "./exchange.ts";
import type { Frame, Protocol, Refusal } from "./protocol.ts";
import type { Progress } from "./recording.ts";
import { makeReply } from "./reply.ts";
import type { Step } from "./script.ts";

/** One answer being given: where it goes, how the record of it is kept, and what ends it early. */
export interface Answering {
  readonly response: ServerResponse;
  readonly record: (progress: Progress) => void;
  readonly gone: AbortSignal;
}

export interface Play {
  readonly protocol: Protocol;
  readonly request: ModelRequest;
  readonly step: Step;
}

export function sendJson({ response, record }: Answering, { status, headers, body }: Refusal): void {
  const text = JSON.stringify(body);
  const length = Buffer.byteLength(text);
  response.writeHead(status, { "content-type": "application/json", "content-length": length, ...headers });
  record({ status });
  response.end(text);
}

function faultOf({ status, errorCode, errorMessage, retryAfter }: Step): Fault | undefined {
  if (status === undefined) return undefined;
  return {
    status,
    ...(errorCode === undefined ? {} : { code: errorCode }),
    ...(errorMessage === undefined ? {} : { message: errorMessage }),
    ...(retryAfter === undefined ? {} : { retryAfterSeconds: retryAfter }),
  };
}

function saysNothing({ text, thinking, tools = [] }: Step): boolean {
  return text === undefined && thinking === undefined && tools.length === 0;
}

async function untilGone(gone: AbortSignal): Promise<void> {
  if (!gone.aborted) await once(gone, "abort");
}

async function cut({ response, record }: Answering): Promise<void> {
  record({ outcome: "cut" });
  await new Promise<void>((resolve) => {
    response.write("", () => resolve());
  });
  // Not a reset: what the client has not read yet would be lost with it.
  response.destroy();
}

/** The frames up to and including so many chunks, without what ends the stream. */
function framesUntil(frames: readonly Frame[], chunks: number): readonly Frame[] {
  const positions = frames.flatMap((frame, at) => (frame.isChunk ? [at] : []));
  const last = positions[Math.min(chunks, positions.length) - 1];
  return frames.slice(0, last === undefined ? (positions[0] ?? 1) : last + 1);
}

function dueFrames(frames: readonly Frame[], step: Step): readonly Frame[] {
  // An error told first stands alone: so a vendor does when it has accepted a request it then cannot serve.
  if (step.failAfterChunks === 0) return [];
  const chunks = step.cutAfterChunks ?? step.endAfterChunks ?? step.failAfterChunks;
  if (chunks === undefined && step.hang !== true) return frames;
  return framesUntil(frames, chunks ?? Infinity);
}

async function playFrames(frames: readonly Frame[], delayMs: number, answering: Answering): Promise<void> {
  const { response, record, gone } = answering;
  let chunksSent = 0;
  for (const { wire, isChunk } of frames) {
    if (isChunk && chunksSent > 0 && delayMs > 0) await sleep(delayMs, undefined, { signal: gone });
    if (!response.write(wire)) await once(response, "drain", { signal: gone });
    if (!isChunk) continue;
    chunksSent += 1;
    record({ chunksSent });
  }
}

async function playStream({ protocol, request, step }: Play, answering: Answering): Promise<void> {
  const { response, record, gone } = answering;
  const type = request.wishes.includes("json-array") ? "application/json" : "text/event-stream; charset=utf-8";
  const headers = { "content-type": type, "cache-control": "no-cache", ...protocol.responseHeaders(), ...step.headers };
  response.writeHead(200, headers).flushHeaders();
  record({ status: 200 });
  const frames = [...protocol.streamFrames(makeReply(step, request), request)];
  await playFrames(dueFrames(frames, step), step.chunkDelayMs ?? 0, answering);
  if (step.cutAfterChunks !== undefined) return cut(answering);
  if (step.hang === true) return untilGone(gone);
  const fault = faultOf(step);
  if (fault !== undefined) for (const { wire } of protocol.faultFrames(fault, request)) response.write(wire);
  response.end();
}

async function playWhole({ protocol, request, step }: Play, answering: Answering): Promise<void> {
  if (step.hang === true) return untilGone(answering.gone);
  const body = protocol.wholeBody(makeReply(step, request), request);
  const headers = { ...protocol.responseHeaders(), ...step.headers };
  if (step.cutAfterChunks === undefined) return sendJson(answering, { status: 200, headers, body });
  const text = JSON.stringify(body);
  const length = Buffer.byteLength(text);
  answering.response.writeHead(200, { "content-type": "application/json", "content-length": length, ...headers });
  answering.record({ status: 200 });
  answering.response.write(text.slice(0, text.length / 2));
  return cut(answering);
}

/** Contract: resolves when the answer is ended or cut; rejects with an AbortError when the client has gone. */
export async function playStep(play: Play, answering: Answering): Promise<void> {
  const { protocol, request, step } = play;
  if (step.delayMs !== undefined) await sleep(step.delayMs, undefined, { signal: answering.gone });
  const fault = faultOf(step);
  if (fault !== undefined && (step.failAfterChunks === undefined || !request.stream)) {
    const refusal = protocol.refuse(fault);
    return sendJson(answering, { ...refusal, headers: { ...refusal.headers, ...step.headers } });
  }
  if (step.hang === true && saysNothing(step)) return untilGone(answering.gone);
  return request.stream ? playStream(play, answering) : playWhole(play, answering);
}
