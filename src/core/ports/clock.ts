/** Time and chance come in from outside, so that a test can hold them still. */
export interface Clock {
  /** Milliseconds since the epoch; may step when the machine's clock is set. */
  now(): number;
  /** Milliseconds from an arbitrary start; never steps. For measuring and for the age of a lease. */
  monotonic(): number;
}
