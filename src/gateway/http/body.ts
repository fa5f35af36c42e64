/**
 * Where the body of a request ends: after as many bytes as its length says, or with its last chunk
 * (pure; RFC 9112, sections 6 and 7.1).
 *
 * Chunks are read as strictly as the head: a size is hexadecimal digits with nothing before them,
 * every line ends in CRLF, the data of a chunk is as long as its size. Extensions and trailer
 * fields are dropped, and may not be longer than a line, or a few of them.
 */

/** A size line, with its extensions, or all trailer fields: more is an attack. */
const LINE_MAX_BYTES = 4096;

/** Where the body of a request ends among the bytes of its connection. */
export class IncomingBody {
  readonly #chunked: ChunkedBody | undefined;
  /** What is still to come of a body whose length is known. */
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

type State = 'size' | 'data' | 'data-end' | 'trailer' | 'done';

export class ChunkedBody {
  #state: State = 'size';
  /** Bytes of the chunk that are still to come. */
  #leftBytes = 0;
  /** The part of a line that has come. */
  #line = '';
  #trailerBytes = 0;
  /** Why the body cannot be read; '' while all is well. */
  problem = '';

  get isComplete(): boolean {
    return this.#state === 'done';
  }

  /**
   * Reads on, and moves the data of chunks together at the beginning of `bytes`: however small they
   * are, a read is one piece. Returns how long that is, and how many bytes were used: fewer than
   * there are when the body is complete, or when `problem` tells why it never will be.
   */
  push(bytes: Buffer): { readonly dataBytes: number; readonly usedBytes: number } {
    let at = 0;
    let dataBytes = 0;
    while (at < bytes.length && this.#state !== 'done' && this.problem === '') {
      if (this.#state === 'data') {
        const end = Math.min(bytes.length, at + this.#leftBytes);
        bytes.copyWithin(dataBytes, at, end);
        dataBytes += end - at;
        this.#leftBytes -= end - at;
        at = end;
        if (this.#leftBytes === 0) this.#state = 'data-end';
      } else {
        at = this.#readPlainLine(bytes, at) ?? this.#readLine(bytes, at);
      }
    }
    return { dataBytes, usedBytes: at };
  }

  /** Most lines are a size and nothing more, or empty: those that are here whole cost no text. */
  #readPlainLine(bytes: Buffer, at: number): number | undefined {
    if (this.#line !== '') return undefined;
    let end = at;
    let size = 0;
    if (this.#state === 'size') {
      for (; end - at < SIZE_MAX_DIGITS; end += 1) {
        const digit = digits[bytes[end] ?? 0] ?? NO_DIGIT;
        if (digit === NO_DIGIT) break;
        size = size * 16 + digit;
      }
      if (end === at) return undefined;
    } else if (this.#state !== 'data-end') return undefined;
    if (bytes[end] !== 0x0d || bytes[end + 1] !== 0x0a) return undefined;
    if (this.#state === 'data-end') this.#state = 'size';
    else this.#expect(size);
    return end + 2;
  }

  /** Collects a line; returns where the next byte is. */
  #readLine(bytes: Buffer, at: number): number {
    const feed = bytes.indexOf(0x0a, at);
    const end = feed < 0 ? bytes.length : feed + 1;
    if (this.#line.length + end - at > LINE_MAX_BYTES) {
      this.problem = 'a line between its chunks is too long';
      return at;
    }
    this.#line += bytes.toString('latin1', at, end);
    if (feed < 0) return end;
    const line = this.#line;
    this.#line = '';
    if (!line.endsWith('\r\n')) this.problem = 'a line between its chunks does not end in CRLF';
    else this.#take(line.slice(0, -2));
    return end;
  }

  #take(line: string): void {
    switch (this.#state) {
      case 'size':
        return this.#takeSize(line);
      case 'data-end':
        if (line !== '') this.problem = 'a chunk is longer than its size';
        this.#state = 'size';
        return;
      case 'trailer':
        if (line === '') this.#state = 'done';
        this.#trailerBytes += line.length;
        if (this.#trailerBytes > LINE_MAX_BYTES) this.problem = 'its trailer is too long';
        if (line !== '' && !trailerField.test(line)) this.problem = 'a trailer field is not valid';
        return;
      default:
        throw new Error(`a line cannot come in state ${this.#state}`);
    }
  }

  #takeSize(line: string): void {
    const found = sizeLine.exec(line)?.[1];
    if (found === undefined) {
      this.problem = 'the size of a chunk is not valid';
      return;
    }
    this.#expect(Number.parseInt(found, 16));
  }

  #expect(size: number): void {
    this.#leftBytes = size;
    this.#state = size === 0 ? 'trailer' : 'data';
  }
}

/** As many hexadecimal digits as a number holds exactly. */
const SIZE_MAX_DIGITS = 13;
const NO_DIGIT = 255;
/** The value of each byte as a digit. */
const digits = new Uint8Array(256).fill(NO_DIGIT);
for (let value = 0; value < 16; value += 1) {
  const digit = value.toString(16);
  digits[digit.charCodeAt(0)] = digits[digit.toUpperCase().charCodeAt(0)] = value;
}

const sizeLine = /^([0-9A-Fa-f]{1,13})(?:[ \t]*;[\t -~\x80-\xff]*)?$/;
const trailerField = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t -~\x80-\xff]*$/;
