/**
 * The uwsgi protocol's packet: what nginx's `uwsgi_pass` sends (pure).
 *
 * Four bytes (modifier1, the size of the block as u16 little-endian, modifier2), then the block:
 * for each variable the length of its name as u16 little-endian, the name, the length of its value,
 * the value. The body follows as it is, CONTENT_LENGTH bytes. The answer is HTTP, and ends with the
 * connection.
 */

export const PACKET_HEADER_BYTES = 4;

/** What modifier1 may be: a request, one whose SCRIPT_NAME is to be cut off PATH_INFO, a ping. */
export const modifiers = { request: 0, cutScriptName: 30, ping: 100 } as const;

/** The answer to a ping: a packet without variables whose modifier2 is 1. */
export const pong: Buffer = Buffer.from([modifiers.ping, 0, 0, 1]);

export interface PacketHeader {
  readonly modifier1: number;
  readonly blockBytes: number;
}

/** Reads the first four bytes. */
export function readPacketHeader(bytes: Buffer): PacketHeader {
  return { modifier1: bytes.readUInt8(0), blockBytes: bytes.readUInt16LE(1) };
}

/** Returns name, value, name, value … as latin-1; undefined where the lengths do not fit. */
export function readVariables(block: Buffer): string[] | undefined {
  const strings: string[] = [];
  let at = 0;
  while (at < block.length) {
    if (at + 2 > block.length) return undefined;
    const end = at + 2 + block.readUInt16LE(at);
    if (end > block.length) return undefined;
    strings.push(block.toString('latin1', at + 2, end));
    at = end;
  }
  return strings.length % 2 === 0 ? strings : undefined;
}

/** Whether the first bytes are those of an HTTP request, sent to the wrong port. */
export function isHttp(bytes: Buffer): boolean {
  return /^(GET |HEAD|POST|PUT |DELE|OPTI|PATC|CONN|TRAC)/.test(bytes.toString('latin1', 0, 4));
}
