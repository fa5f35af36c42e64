/** Where the body of a request comes from that is not in memory: its file, or its client. */

export interface BodyReader {
  /** Is given bytes, and what to call for more of them. */
  readonly piece: (bytes: Buffer, next: () => void) => void;
  /** All of them were given, or the rest cannot be. */
  readonly end: (error: Error | null) => void;
}

export interface BodySource {
  /** Gives the body from its start, piece by piece, at the reader's pace. */
  read(reader: BodyReader): void;
  /** Nobody wants more of it. */
  close(): void;
}
