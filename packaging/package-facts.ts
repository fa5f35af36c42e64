/** Facts that all packages share: version, time, processor, places. */
import { existsSync, readFileSync } from 'node:fs';
import process from 'node:process';

export const root = new URL('../', import.meta.url).pathname;

/** As package.json says, unless VERSION does: tests of upgrades make another version so. */
const manifest: { readonly version: string; readonly released: string } = JSON.parse(
  textOf('package.json'),
);
export const sourceVersion = manifest.version;
export const version = given(
  'VERSION',
  /^\d[A-Za-z0-9.+~]*$/,
  'a version begins with a digit and has letters, digits, ., + and ~, as in VERSION=0.2.0',
  sourceVersion,
);

/** Where everything but /etc goes below. */
export const prefix = given(
  'PREFIX',
  /^\/[\w./+~-]*$/,
  'it goes into scripts and units: a path from /, of letters, digits and ._+~-, as in PREFIX=/usr/local',
  '/usr',
).replace(/\/+$/, '');

/**
 * The time of every file, in seconds. It is that of the release, so that two builds are the same
 * bytes; a checkout without git has it too.
 */
export const packageTime = Number(
  process.env['SOURCE_DATE_EPOCH'] || Date.parse(`${manifest.released}T00:00:00Z`) / 1000,
);

export const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
export const nodePackage = `node-linux-${process.arch}`;

/** A variable that was given to `make`, else its default. */
function given(name: string, form: RegExp, wanted: string, usual: string): string {
  const value = process.env[name] || usual;
  if (form.test(value)) return value;
  process.stderr.write(`${name}=${value}: ${wanted}; nothing is written\n`);
  return process.exit(64);
}

/** A file of the checkout. */
export function textOf(path: string): string {
  return readFileSync(root + path, 'utf8');
}

/** Puts values in place of their names between at signs; a name without a value is a mistake. */
export function filled(template: string, values: Readonly<Record<string, string>>): string {
  return template.replaceAll(/@([A-Z_]+)@/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`a template asks for ${name}, which has no value`);
    return value;
  });
}

/** A file that `make build` or `make docs` has made; it must exist. */
export function built(path: string): string {
  if (!existsSync(root + path)) throw new Error(`${path} is missing: make build docs`);
  return root + path;
}
