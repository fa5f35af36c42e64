/**
 * /usr/share/doc/reeve/copyright: the licence of everything that is inside, as Debian's
 * machine-readable form has it. What is inside follows from the dependencies in package.json.
 */
import { existsSync, globSync } from 'node:fs';

import { nodePackage, root, textOf } from './package-facts.ts';

interface Part {
  /** A folder of the checkout; '' for all of it. */
  readonly folder: string;
  readonly licence: string;
  readonly text: string;
}

/** The whole file. */
export function copyright(contents: 'with Node' | 'without Node'): string {
  const head = [
    'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/',
    'Upstream-Name: Reeve',
    'Comment: The paths are those of a checkout after `npm install`. Its bundles, *.mjs,',
    ' hold what is below node_modules in parts.',
  ].join('\n');
  return `${[head, ...parts(contents).map(paragraph)].join('\n\n')}\n`;
}

function parts(contents: 'with Node' | 'without Node'): readonly Part[] {
  return [
    { folder: '', licence: 'MIT', text: textOf('LICENSE') },
    ...packagesInside().map(partOf),
    // Compiled into koffi's binary.
    ...['node-addon-api', 'node-api-headers'].map((name) => ({
      ...{ folder: `node_modules/koffi/vendor/${name}`, licence: 'MIT' },
      text: licenceText(`node_modules/koffi/vendor/${name}`),
    })),
    ...(contents === 'with Node' ? [nodeItself()] : []),
  ];
}

function nodeItself(): Part {
  const folder = `node_modules/${nodePackage}`;
  return { folder, licence: 'MIT and others of Node.js', text: textOf(`${folder}/LICENSE`) };
}

/** The packages in package.json, their dependencies, and so on. */
function packagesInside(): readonly string[] {
  const found = new Set(needs('.'));
  for (const folder of found) for (const other of needs(folder)) found.add(other);
  return [...found].toSorted();
}

function needs(folder: string): readonly string[] {
  const { dependencies = {}, optionalDependencies = {} } = manifest(folder);
  // Others' optional ones are for other systems.
  const all = { ...dependencies, ...(folder === '.' ? optionalDependencies : {}) };
  return Object.keys(all).map((name) => {
    const nested = `${folder}/node_modules/${name}`;
    return folder !== '.' && existsSync(root + nested) ? nested : `node_modules/${name}`;
  });
}

function manifest(folder: string): {
  readonly license?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
} {
  return JSON.parse(textOf(`${folder}/package.json`));
}

function partOf(folder: string): Part {
  const licence = manifest(folder).license ?? '';
  if (!/^(?:MIT|ISC|BSD-[23]-Clause|BlueOak-1\.0\.0)$/.test(licence)) {
    throw new Error(`${folder}: may a package hold what has the licence "${licence}"?`);
  }
  return { folder, licence, text: licenceText(folder) };
}

function licenceText(folder: string): string {
  const [name] = globSync('{LICENSE,LICENCE,license}{,-MIT}{,.md,.txt}', { cwd: root + folder });
  if (name === undefined) throw new Error(`${folder} has no text of its licence`);
  return textOf(`${folder}/${name}`);
}

/** Texts differ by holder, so each paragraph has its own. */
function paragraph({ folder, licence, text }: Part): string {
  const lines = text.trim().split(/\r?\n/);
  const holders = lines
    .map((line) => line.trim())
    .filter((line) => /^(?:copyright|\(c\)) .*\w/i.test(line) && !/notice|holder/i.test(line));
  const isNode = folder.endsWith(nodePackage);
  const shown = isNode || holders.length === 0 ? ['Its contributors, as named below'] : holders;
  return [
    `Files: ${folder === '' ? '*' : `${folder}/*`}`,
    `Copyright: ${shown.join('\n ')}`,
    `License: ${licence}`,
    ...lines.map((line) => (line.trim() === '' ? ' .' : ` ${line.replaceAll('\f', '')}`)),
  ].join('\n');
}
