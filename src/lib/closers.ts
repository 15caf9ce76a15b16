/**
 * What was opened, closed in reverse. A part that fails to close does not keep the others open; the first failure is
 * thrown at the end. (The standard AsyncDisposableStack is not in every Node that this program runs on.)
 */
export class Closers implements AsyncDisposable {
  readonly #opened: AsyncDisposable[] = [];

  use<T extends AsyncDisposable>(opened: T): T {
    this.#opened.push(opened);
    return opened;
  }

  defer(close: () => void | Promise<void>): void {
    this.#opened.push({ [Symbol.asyncDispose]: async () => close() });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const failures: unknown[] = [];
    for (let last = this.#opened.pop(); last !== undefined; last = this.#opened.pop()) {
      try {
        await last[Symbol.asyncDispose]();
      } catch (failure) {
        failures.push(failure);
      }
    }
    if (failures.length > 0) throw new Error("Cannot close everything that was opened", { cause: failures[0] });
  }
}
