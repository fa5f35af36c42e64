/** What a server writes in its sandbox: files, sockets, logs. */

import fs from 'node:fs';
import path from 'node:path';

/** What goes to standard output and standard error of the server. */
export const outputPath = '/observed/output';

/** All that is not a directory and was written in the sandbox, by its path. */
export function writtenFiles(): Map<string, fs.Stats> {
  const found = new Map<string, fs.Stats>();
  walk('/.written', '');
  walk('/tmp', '/tmp');
  walk('/run', '/run');
  return found;

  function walk(folder: string, shown: string): void {
    for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
      const name = `${shown}/${entry.name}`;
      if (/^\/(observed|mnt|\.written)$|\/__pycache__$/.test(name)) continue;
      const real = path.join(folder, entry.name);
      if (entry.isDirectory()) {
        walk(real, name);
        continue;
      }
      const facts = fs.lstatSync(real, { throwIfNoEntry: false });
      // The overlay marks what was removed by a device without a number.
      if (facts !== undefined && !facts.isCharacterDevice()) found.set(name, facts);
    }
  }
}

/** `srw-rw---- www-data:www-data`, as ls prints it. */
export function describe(facts: fs.Stats): string {
  const letter = facts.isSocket() ? 's' : facts.isFIFO() ? 'p' : facts.isSymbolicLink() ? 'l' : '-';
  const bits = [...'rwxrwxrwx'].map((bit, at) => ((facts.mode >> (8 - at)) & 1 ? bit : '-'));
  return `${letter}${bits.join('')} ${nameOf('passwd', facts.uid)}:${nameOf('group', facts.gid)}`;
}

export function nameOf(table: 'passwd' | 'group', id: number): string {
  const lines = fs.readFileSync(`/etc/${table}`, 'utf8').split('\n');
  const line = lines.find((each) => each.split(':')[2] === String(id));
  return line?.split(':')[0] ?? String(id);
}

/** Where a text was written that the server or the application logs, and its first such line. */
export function logged(
  text: string,
  files: Iterable<string>,
): { readonly file: string; readonly line: string }[] {
  return [outputPath, ...files].flatMap((file) => {
    const facts = fs.lstatSync(file, { throwIfNoEntry: false });
    if (facts === undefined || !facts.isFile()) return [];
    const lines = fs.readFileSync(file, 'utf8').split('\n');
    const line = lines.find((each) => each.includes(text));
    return line === undefined ? [] : [{ file: file === outputPath ? 'the output' : file, line }];
  });
}
