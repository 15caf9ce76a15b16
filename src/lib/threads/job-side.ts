/**
 * A job as its own thread sees it: what it was given, whom it can ask, and how it ends.
 *
 * Invariant: one job a thread. A job that throws ends the thread, which the other side hears as a fault.
 */
import { parentPort, workerData } from "node:worker_threads";

import type { FromThread, Movable, ToThread } from "./messages.ts";

export type Ask<Question> = <Answer>(question: Question) => Promise<Answer>;

/** Contract: does nothing where there is nobody to answer, that is, outside a thread. */
export async function doJob<Input, Question, Result>(
  work: (input: Input, ask: Ask<Question>) => Promise<Movable<Result>>,
): Promise<void> {
  const port = parentPort;
  if (port === null) return;
  const waiting = new Map<number, (answer: unknown) => void>();
  let asked = 0;
  const post = (message: FromThread, transfer: readonly ArrayBuffer[] = []) => port.postMessage(message, [...transfer]);
  port.on("message", ({ id, answer }: ToThread) => {
    waiting.get(id)?.(answer);
    waiting.delete(id);
  });
  const ask: Ask<Question> = <Answer>(question: Question) => {
    const id = ++asked;
    const { promise, resolve } = Promise.withResolvers<Answer>();
    // Both ends of a question are of the same program: who asks knows what is answered.
    waiting.set(id, resolve as (answer: unknown) => void);
    post({ kind: "ask", id, question });
    return promise;
  };
  // The one who starts the thread and its program agree on the type of what it is given.
  const { value, transfer } = await work(workerData as Input, ask);
  post({ kind: "done", result: value }, transfer);
}
