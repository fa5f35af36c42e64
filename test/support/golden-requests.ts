/** The golden requests as bytes and what becomes of them: test/golden/requests/README.md. */

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '../golden/requests');

export interface Golden {
  readonly bytes: Buffer;
  readonly answers: { readonly status: number; readonly facts: string[] }[];
  readonly end: 'open' | 'closed';
}

/** All of them, each with its name as a sentence. */
export function goldenRequests(): (Golden & { readonly title: string })[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.case'));
  return names.map((name) => ({
    title: name.replace('.case', '').replaceAll('-', ' '),
    ...readCase(readFileSync(join(folder, name), 'utf8')),
  }));
}

/** Reads one case. */
function readCase(text: string): Golden {
  const [above = '', below = ''] = text.split(/^---\n/m);
  const raw = above.replace(/^#.*\n/gm, '').replaceAll('\n', '');
  const answers: { status: number; facts: string[] }[] = [];
  const lines = below.trimEnd().split('\n');
  const end = lines.pop();
  assert.ok(end === 'open' || end === 'closed', 'it says how the connection ends');
  for (const line of lines) {
    if (/^\d{3}$/.test(line)) answers.push({ status: Number(line), facts: [] });
    else answers.at(-1)?.facts.push(unescaped(line));
  }
  const repeated = raw.replace(/\{(\d+) ([^}]+)\}/g, (_all, count, what) =>
    what.repeat(Number(count)),
  );
  return { bytes: Buffer.from(unescaped(repeated), 'latin1'), answers, end };
}

function unescaped(text: string): string {
  const named: Readonly<Record<string, string>> = { r: '\r', n: '\n', t: '\t', '\\': '\\' };
  return text.replace(/\\(?:x([0-9a-f]{2})|(.))/g, (_all, digits, letter) =>
    digits === undefined
      ? (named[letter] ?? letter)
      : String.fromCharCode(Number.parseInt(digits, 16)),
  );
}
