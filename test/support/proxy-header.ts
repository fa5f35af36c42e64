/** Writes PROXY headers of version 2, also such that no proxy writes. */

const signature = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');

export interface WrittenHeader {
  /** Version and command; 0x21: version 2, PROXY. 0x20: LOCAL. */
  readonly command?: number;
  /** 0x11: TCP over IPv4, 0x21: over IPv6. */
  readonly family?: number;
  /** What follows the 16 bytes. */
  readonly rest?: Buffer;
  /** The length that is written; that of `rest` else. */
  readonly lengthBytes?: number;
}

/** A header of version 2. */
export function header2(written: WrittenHeader = {}): Buffer {
  const { command = 0x21, family = 0x11, rest = ends4() } = written;
  const fixed = Buffer.alloc(4);
  fixed.writeUInt8(command, 0);
  fixed.writeUInt8(family, 1);
  fixed.writeUInt16BE(written.lengthBytes ?? rest.length, 2);
  return Buffer.concat([signature, fixed, rest]);
}

/** From 203.0.113.9:4711 to 192.0.2.1:443, over IPv4. */
export function ends4(): Buffer {
  return Buffer.from([203, 0, 113, 9, 192, 0, 2, 1, 0x12, 0x67, 0x01, 0xbb]);
}

/** From [2001:db8::9]:4711 to [2001:db8::1]:443, over IPv6. */
export function ends6(): Buffer {
  const address = (last: number): number[] => [0x20, 1, 0x0d, 0xb8, ...Array(11).fill(0), last];
  return Buffer.from([...address(9), ...address(1), 0x12, 0x67, 0x01, 0xbb]);
}

/** One type-length-value; `lengthBytes` where the written length lies. */
export function tlv(type: number, value: readonly number[], lengthBytes = value.length): Buffer {
  return Buffer.from([type, lengthBytes >> 8, lengthBytes & 0xff, ...value]);
}

/** What HAProxy adds with send-proxy-v2-ssl; `client`: bit 0 for TLS. */
export function tlsTlv(client: number): Buffer {
  const version = [0x21, 0, 7, ...Buffer.from('TLSv1.3')];
  return tlv(0x20, [client, 0, 0, 0, 0, ...version]);
}
