/** Changes bytes that mean something into bytes that nearly do. */

import type { Chance } from './chance.ts';

/** Numbers and characters at which readers of bytes go wrong. */
const odd = [
  ...['\0', '\r', '\n', '\r\n', ' ', '\t', ':', ';', ',', '=', '%', '%00', '%2f', '/', '..', '*'],
  ...['"', '\\', '{', '[', ']', '(', ')', '$', '@', '#', '\x7f', '\xff', '\x80', '-', '+', '0x'],
  ...['00', '99999999999999999999', '\xff\xff', '\xff\xff\xff\xff', '\0\0\0\0', '__proto__'],
].map((text) => Buffer.from(text, 'latin1'));

/** Returns a changed copy: one to eight small changes, or a piece of another seed put in. */
export function mutated(chance: Chance, seeds: readonly Buffer[]): Buffer {
  let bytes = chance.one(seeds);
  for (let count = 1 + chance.below(8); count > 0; count -= 1) {
    const at = chance.below(bytes.length + 1);
    const end = Math.min(bytes.length, at + chance.below(1 + chance.below(32)));
    const [before, piece, after] = [
      bytes.subarray(0, at),
      bytes.subarray(at, end),
      bytes.subarray(end),
    ];
    const kind = chance.below(7);
    if (kind === 0) bytes = Buffer.concat([before, after]);
    else if (kind === 1) bytes = Buffer.concat([before, piece, piece, after]);
    else if (kind === 2) bytes = Buffer.concat([before, chance.one(odd), piece, after]);
    else if (kind === 3) bytes = Buffer.concat([before, chance.one(odd), after]);
    else if (kind === 4) bytes = Buffer.concat([before, chance.bytes(piece.length), after]);
    else if (kind === 5) bytes = before;
    else bytes = Buffer.concat([before, partOf(chance, chance.one(seeds)), piece, after]);
  }
  return bytes.subarray(0, INPUT_MAX_BYTES);
}

const INPUT_MAX_BYTES = 64 * 1024;

function partOf(chance: Chance, bytes: Buffer): Buffer {
  const at = chance.below(bytes.length + 1);
  return bytes.subarray(at, at + chance.below(64));
}
