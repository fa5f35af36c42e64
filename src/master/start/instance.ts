/**
 * PURE. What this instance is called: in the journal (REEVE_APP, SYSLOG_IDENTIFIER), by `reeve
 * status`, in the place of its control socket, and, in a unit that gives it a directory in
 * /run/reeve, also in the titles of its processes.
 *
 * The name is the first of these that there is:
 * 1. the unit that started it: NAME of reeve@NAME.service or of NAME.service;
 * 2. procname-prefix-spaced, procname-prefix;
 * 3. the section of a configuration file, as in apps.ini:NAME;
 * 4. the name of its runtime directory;
 * 5. the configuration file's own name, unless every file could be called that (uwsgi.ini): then
 *    the nearest directory above it with a name of its own;
 * 6. the application's module or file, in the same way.
 * It stays what it was at the start.
 */
import { pasteFile } from '../../tables/paste-file.ts';
import type { Settings } from '../../tables/options/options.ts';

export interface InstanceParts {
  /** The unit whose main process this is, "reeve@blog.service"; '' for none. */
  readonly unit: string;
  /** RUNTIME_DIRECTORY, which systemd sets. */
  readonly runtimeDirectory: string;
  readonly settings: InstanceSettings;
  /** Configuration files as they were read, the first one first; "-" is standard input. */
  readonly files: readonly string[];
  readonly startDirectory: string;
}

type InstanceSettings = Pick<
  Settings,
  'procname-prefix-spaced' | 'procname-prefix' | 'wsgi-file' | 'module' | 'paste' | 'chdir'
>;

export interface InstanceName {
  readonly name: string;
  /** What the titles of its processes begin with, unless the configuration says it; '' for none. */
  readonly titlePrefix: string;
}

const NAME_CHARACTERS_MAX = 64;
const NO_NAME = 'reeve';

/** What any application's files and their directories may be called. */
const anyone = new Set(
  `uwsgi reeve gunicorn wsgi asgi app application apps main index server web site conf config
  configs configuration settings ini production prod staging stage development dev local default
  deploy deployment etc src code project current release releases apps-enabled apps-available
  vassals srv var www html opt home root tmp usr lib share run http service manage backend`.split(
    /\s+/,
  ),
);

/** The name, and what it means for the titles. */
export function instanceName(parts: InstanceParts): InstanceName {
  const { unit, runtimeDirectory, settings } = parts;
  const ofUnit = cleaned(nameOfUnit(unit));
  const files = parts.files.filter((file) => file !== '-');
  const [file = ''] = files;
  const { path, section } = splitSection(file);
  const candidates = [
    ofUnit,
    cleaned(settings['procname-prefix-spaced']),
    cleaned(settings['procname-prefix']),
    ownWord(section),
    ownWord(baseOf(runtimeDirectory.split(':')[0] ?? '')),
    nameByPath(path, parts.startDirectory),
    nameByApplication(parts),
    cleaned(stemOf(path)),
    cleaned(stemOf(moduleOrFile(settings))),
  ];
  const name = candidates.find((each) => each !== '') ?? NO_NAME;
  return { name, titlePrefix: isOwnUnit(parts) ? ofUnit : '' };
}

/**
 * A unit of Reeve's making, or like it: reeve@NAME, or one by `reeve enable`. In another unit the
 * titles are what they were before the unit was moved to Reeve: monitoring may know them.
 */
function isOwnUnit({ unit, runtimeDirectory }: InstanceParts): boolean {
  const own = `/run/reeve/${nameOfUnit(unit)}`;
  return runtimeDirectory.split(':').includes(own);
}

/** "blog" of reeve@blog.service and of blog.service. */
function nameOfUnit(unit: string): string {
  const [, stem = ''] = /^(?:[^@]*@(?=.))?(.*)\.service$/.exec(unit) ?? [];
  return stem.replaceAll(/\\x([0-9a-f]{2})/g, (_all, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
}

/** A path's own name, or that of the nearest directory above that has one. */
function nameByPath(path: string, startDirectory: string): string {
  if (path === '') return '';
  const own = ownWord(stemOf(path));
  if (own !== '') return own;
  const above = path.startsWith('/') ? path : `${startDirectory}/${path}`;
  const directories = above.split('/').slice(0, -1);
  return directories.map(ownWord).findLast((each) => each !== '') ?? '';
}

function nameByApplication({ settings, startDirectory }: InstanceParts): string {
  const application = moduleOrFile(settings);
  const { chdir } = settings;
  const directory = chdir.startsWith('/') || chdir === '' ? chdir : `${startDirectory}/${chdir}`;
  if (application.includes('/') || application.endsWith('.py')) {
    return nameByPath(application, directory || startDirectory);
  }
  const words = application.split('.');
  while (words.length > 0 && ownWord(words.at(-1) ?? '') === '') words.pop();
  if (words.length > 0 || application === '') return cleaned(words.join('.'));
  return nameByPath(`${directory || startDirectory}/${application}`, '/');
}

function moduleOrFile(settings: InstanceSettings): string {
  const { module, 'wsgi-file': file, paste } = settings;
  return (module || file).split(':')[0] || pasteFile(paste);
}

/** "apps.ini:blog": the part behind the colon names a section. */
function splitSection(file: string): { readonly path: string; readonly section: string } {
  const [, path = file, section = ''] = /^(.*\.\w+):([^/:]+)$/.exec(file) ?? [];
  return { path, section };
}

function baseOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function stemOf(path: string): string {
  return baseOf(path).replace(/(.)\.[^.]*$/s, '$1');
}

/** The word, if it tells one application from another. */
function ownWord(word: string): string {
  const name = cleaned(word);
  return anyone.has(name.toLowerCase()) || /^[\d._-]*$/.test(name) ? '' : name;
}

/** Without what would disturb `journalctl -t`: a prefix often ends in a separator. */
function cleaned(text: string): string {
  const words = text.replace(/[^\p{L}\p{N}._@+-]+/gu, '-');
  return words.replace(/^[-._]+|[-._]+$/g, '').slice(0, NAME_CHARACTERS_MAX);
}
