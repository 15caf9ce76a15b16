/** What a thread that does one job and the side that waits for it say to each other. All of it survives a clone. */

export type FromThread =
  | { readonly kind: "ask"; readonly id: number; readonly question: unknown }
  | { readonly kind: "done"; readonly result: unknown };

export type ToThread = { readonly id: number; readonly answer: unknown };

/** A value and the memory that may move with it instead of being copied. */
export type Movable<T> = { readonly value: T; readonly transfer?: readonly ArrayBuffer[] };
