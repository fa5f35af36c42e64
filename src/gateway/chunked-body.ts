/**
 * Takes a chunked request body apart (pure; RFC 9112, section 7.1).
 *
 * Strict as the head's reader: a size is hexadecimal digits and nothing before them, every line
 * ends in CRLF, the data of a chunk is as long as was said. Extensions and trailer fields are
 * dropped, and may not be longer than a line, or a few of them.
 */

/** A size line, with its extensions, or all trailer fields: more is an attack. */
const LINE_MAX_BYTES = 4096;

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
   * Reads on; `take` is given each piece of the body. Returns how many bytes belonged to it: fewer
   * than there are when it is complete, or when `problem` says why it never will be.
   */
  push(bytes: Buffer, take: (piece: Buffer) => void): number {
    let at = 0;
    while (at < bytes.length && this.#state !== 'done' && this.problem === '') {
      if (this.#state === 'data') {
        const piece = bytes.subarray(at, at + this.#leftBytes);
        this.#leftBytes -= piece.length;
        at += piece.length;
        if (this.#leftBytes === 0) this.#state = 'data-end';
        take(piece);
      } else {
        at = this.#readLine(bytes, at);
      }
    }
    return at;
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
    const digits = sizeLine.exec(line)?.[1];
    if (digits === undefined) {
      this.problem = 'the size of a chunk is not valid';
      return;
    }
    this.#leftBytes = Number.parseInt(digits, 16);
    this.#state = this.#leftBytes === 0 ? 'trailer' : 'data';
  }
}

/** 13 hexadecimal digits are as many as a number holds exactly. */
const sizeLine = /^([0-9A-Fa-f]{1,13})(?:[ \t]*;[\t -~\x80-\xff]*)?$/;
const trailerField = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t -~\x80-\xff]*$/;
