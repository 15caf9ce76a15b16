/** Reads an iterable to its end (`Array.fromAsync`, which the compiler's library does not know yet). */
export async function collect<T>(values: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}
