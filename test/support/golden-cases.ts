/**
 * Golden cases: files of blocks that begin with `== NAME`, of which the last ones are results, word
 * for word. `REEVE_GOLDEN=write` writes those anew; review the diff.
 */
import assert from 'node:assert/strict';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

export type Blocks = ReadonlyMap<string, string>;

/** Makes a test of each case in a folder: what is seen of its blocks must be its results. */
export function goldenCases(
  folder: string,
  results: readonly string[],
  seenOf: (blocks: Blocks) => Blocks | Promise<Blocks>,
): void {
  for (const file of globSync('*.case', { cwd: folder }).toSorted()) {
    test(file.replace('.case', '').replaceAll('-', ' '), async () => {
      const blocks = blocksOf(readFileSync(path.join(folder, file), 'utf8'));
      const seen = await seenOf(blocks);
      if (process.env['REEVE_GOLDEN'] === 'write') {
        const given = [...blocks].filter(([name]) => !results.includes(name));
        const all = [...given, ...seen].map(([name, body]) => `== ${name}\n${body}`).join('');
        writeFileSync(path.join(folder, file), all);
        return;
      }
      for (const name of results) assert.equal(seen.get(name), blocks.get(name) ?? '', name);
    });
  }
}

function blocksOf(text: string): Blocks {
  const blocks = new Map<string, string>();
  for (const block of text.split(/^== /m).slice(1)) {
    const end = block.indexOf('\n');
    blocks.set(block.slice(0, end), block.slice(end + 1));
  }
  return blocks;
}
