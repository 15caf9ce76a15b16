/** What is loaded by the first who asks for it, and once: a library that most servers never need until somebody comes. */

/** Contract: whoever asks while it is being loaded waits for the same; a load that failed is tried again by the next. */
export function lazy<T>(load: () => Promise<T>): () => Promise<T> {
  let loading: Promise<T> | undefined;
  return () => {
    loading ??= load().catch((cause: unknown) => {
      loading = undefined;
      throw cause;
    });
    return loading;
  };
}
