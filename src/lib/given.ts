/** An object without its undefined members: absent is not the same as undefined. */
export function given<T extends object>(members: T): { readonly [K in keyof T]?: Exclude<T[K], undefined> } {
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(members)) if (value !== undefined) kept[name] = value;
  // Exactly the members whose value is not undefined are kept.
  return kept as { [K in keyof T]?: Exclude<T[K], undefined> };
}
