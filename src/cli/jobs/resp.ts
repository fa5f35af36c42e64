/** PURE. Answers of a server of Redis, as its protocol (RESP2) has them. */

export type Reply = Uint8Array | number | null | Error | readonly Reply[];

export interface ReadReply {
  readonly reply: Reply;
  /** Where the next one begins. */
  readonly end: number;
}

const CARRIAGE_RETURN = 13;
const DEPTH_MAX = 8;

/** Reads the answer that begins at `at`. */
export function readReply(
  bytes: Buffer,
  at: number,
  depth = 0,
): ReadReply | 'incomplete' | 'broken' {
  const lineEnd = bytes.indexOf(CARRIAGE_RETURN, at);
  if (lineEnd === -1 || lineEnd + 1 >= bytes.length) return 'incomplete';
  const text = bytes.toString('utf8', at + 1, lineEnd);
  const end = lineEnd + 2;
  switch (String.fromCharCode(bytes[at] ?? 0)) {
    case '+':
      return { reply: bytes.subarray(at + 1, lineEnd), end };
    case '-':
      return { reply: new Error(text), end };
    case ':':
      return { reply: Number(text), end };
    case '$':
      return bulk(bytes, end, Number(text));
    case '*':
      return depth > DEPTH_MAX ? 'broken' : list({ bytes, depth }, end, Number(text));
    default:
      return 'broken';
  }
}

function bulk(bytes: Buffer, at: number, length: number): ReadReply | 'incomplete' | 'broken' {
  if (!Number.isInteger(length)) return 'broken';
  if (length < 0) return { reply: null, end: at };
  if (bytes.length < at + length + 2) return 'incomplete';
  return { reply: bytes.subarray(at, at + length), end: at + length + 2 };
}

function list(
  { bytes, depth }: { readonly bytes: Buffer; readonly depth: number },
  at: number,
  length: number,
): ReadReply | 'incomplete' | 'broken' {
  if (!Number.isInteger(length)) return 'broken';
  if (length < 0) return { reply: null, end: at };
  const replies: Reply[] = [];
  let end = at;
  while (replies.length < length) {
    const read = readReply(bytes, end, depth + 1);
    if (typeof read === 'string') return read;
    replies.push(read.reply);
    end = read.end;
  }
  return { reply: replies, end };
}
