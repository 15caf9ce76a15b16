/**
 * Where a stream's bytes go: a socket in the server, a web stream in process. The one place that knows the difference.
 */
export interface StreamSink {
  /** False: nothing more should be written until `onDrain`. After the end or a close it is ignored. */
  write(chunk: Uint8Array): boolean;
  /** Bytes that this process still holds for the reader. */
  readonly bufferedBytes: number;
  readonly isClosed: boolean;
  /** Contract: one listener each, called after `write` has returned. */
  onDrain(listener: () => void): void;
  /** The reader went away, or `end` has been carried out. */
  onClose(listener: () => void): void;
  /** Once everything written so far has left this process; what is written then is a write of its own on the wire. */
  onFlushed(listener: () => void): void;
  /** What was written goes out first. */
  end(): void;
  /** At once; what was not sent is lost. */
  destroy(): void;
}
