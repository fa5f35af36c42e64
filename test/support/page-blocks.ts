/** The blocks of a page of docs/, so that a test tries what the page shows. */

import { readFileSync } from 'node:fs';
import path from 'node:path';

import { repository } from './interpreters.ts';

/** The first block in this language (`ini`, `sh`, `nginx`), with a newline at its end. */
export function blockOf(page: string, language: string): string {
  const text = readFileSync(path.join(repository, 'docs', page), 'utf8');
  const [, block] = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(text) ?? [];
  if (block === undefined) throw new Error(`docs/${page} has no block in ${language}`);
  return block;
}

/** What stands in `server { }` of a page's site of nginx, without its port and names. */
export function siteOf(page: string): string {
  const [, lines = ''] = /^server \{\n([\s\S]*)^\}$/m.exec(blockOf(page, 'nginx')) ?? [];
  return lines.replace(/^ *listen .*\n/m, '');
}
