/** Which mappings may lose their pages. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { giveMemoryBack, unchangedRanges } from '../../../src/base/memory.ts';

function mapping(range: string, mode: string, anonymousKb: number, file: string): string {
  return [
    `${range} ${mode} 00034a000 08:01 4711                       ${file}`,
    'Size:                 12 kB',
    `Anonymous:    ${String(anonymousKb).padStart(8)} kB`,
    'VmFlags: rd mr mw me',
    '',
  ].join('\n');
}

test('only read-only pages of files that nobody has changed are dropped', () => {
  const smaps = [
    mapping('00400000-00403000', 'r--p', 0, '/opt/my reeve/node'),
    mapping('7f0000000000-7f0000001000', 'r-xp', 0, '/opt/my reeve/node'),
    mapping('00500000-00501000', 'r--p', 4, '/opt/my reeve/node'), // relro: written by the loader
    mapping('00600000-00601000', 'rw-p', 0, '/opt/my reeve/node'),
    mapping('00700000-00701000', 'r--s', 0, '/opt/my reeve/node'),
    mapping('00800000-00801000', 'r--p', 0, '/lib/libc.so.6'),
    mapping('00880000-00881000', 'r--p', 0, '[vvar]'),
    mapping('00900000-00901000', 'r--p', 0, ''),
  ].join('');
  assert.deepEqual(unchangedRanges(smaps), [
    { start: 0x400000n, length: 0x3000n },
    { start: 0x7f0000000000n, length: 0x1000n },
    { start: 0x800000n, length: 0x1000n },
  ]);
  assert.deepEqual(unchangedRanges(''), []);
});

test('a process goes on with fewer pages of its executable', () => {
  const own = (): number => {
    const parts = readFileSync('/proc/self/smaps', 'latin1').split(/^(?=[0-9a-f]+-)/m);
    const pages = parts.filter((part) => part.split('\n')[0]?.endsWith(process.execPath));
    return pages.reduce((sum, part) => sum + Number(/^Rss: +(\d+)/m.exec(part)?.[1]), 0);
  };
  const before = own();
  giveMemoryBack();
  assert.ok(own() < before / 2, `${before} kB before, ${own()} kB after`);
});
