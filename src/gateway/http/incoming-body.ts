/** Where the body of a request ends among the bytes of its connection (pure). */

import { ChunkedBody } from './body.ts';

export class IncomingBody {
  readonly #chunked: ChunkedBody | undefined;
  /** What is still to come of a body whose length was said. */
  #leftBytes: number;

  constructor(bodyBytes: number | 'chunked') {
    this.#chunked = bodyBytes === 'chunked' ? new ChunkedBody() : undefined;
    this.#leftBytes = bodyBytes === 'chunked' ? 0 : bodyBytes;
  }

  get isComplete(): boolean {
    return this.#chunked?.isComplete ?? this.#leftBytes === 0;
  }

  /** Why it cannot be read on; '' while all is well. */
  get problem(): string {
    return this.#chunked?.problem ?? '';
  }

  /** Reads on; `take` is given each piece. Returns the bytes that do not belong to the body. */
  push(bytes: Buffer, take: (piece: Buffer) => void): Buffer {
    if (this.#chunked !== undefined) {
      const { dataBytes, usedBytes } = this.#chunked.push(bytes);
      if (dataBytes > 0) take(bytes.subarray(0, dataBytes));
      return bytes.subarray(usedBytes);
    }
    const piece = bytes.subarray(0, this.#leftBytes);
    this.#leftBytes -= piece.length;
    take(piece);
    return bytes.subarray(piece.length);
  }
}
