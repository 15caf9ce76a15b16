/**
 * The bell says that something grew, never how (law 1). It may lose a ring: whoever listens also reads the log when
 * the pulse tells it to (A3).
 */
export interface Ear extends Disposable {
  /** Forgets earlier rings. Call it before reading, so that a ring during the read is not lost. */
  clear(): void;
  /** Resolves at the next ring since `clear`, at once if there was one; also when the ear is closed. */
  rung(): Promise<void>;
}

export interface Bell {
  ring(key: string): void;
  /** Contract: resolves once rings reach the ear. After a lost connection every ear is rung once. */
  listen(key: string): Promise<Ear>;
}
