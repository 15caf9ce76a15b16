/**
 * A signal for one piece of work: it aborts with the signal above it, and when the work is over in whatever way. The
 * second half is what closes a vendor's connection; leaving the loop over its stream does not.
 */

export interface OwnSignal extends Disposable {
  readonly signal: AbortSignal;
}

export function ownSignal(above: AbortSignal): OwnSignal {
  const controller = new AbortController();
  const follow = () => controller.abort(above.reason);
  if (above.aborted) follow();
  else above.addEventListener("abort", follow);
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      above.removeEventListener("abort", follow);
      controller.abort(new Error("The work is over"));
    },
  };
}
