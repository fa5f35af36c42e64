/**
 * Puts lines into their order of evaluation, and carries out directives as they come.
 *
 * This is uWSGI's order: a file that a line loads stands where that line stands, `set` defines at
 * once, and a logic block decides line by line.
 */

import { OperatorError } from '../../base/operator-error.ts';
import { valuesFor } from './blocks.ts';
import { fileName, formatOf, readFile } from './files.ts';
import { meaningOf } from './names.ts';
import { exitCodes } from '../../tables/exit-codes.ts';
import { onOff } from '../../tables/kinds.ts';

import type { OpenBlock } from './blocks.ts';
import type { Diagnostic } from './diagnostic.ts';
import type { Entry, Line } from './entry.ts';
import type { Format } from './files.ts';
import type { ConfigHost } from './host.ts';
import type { FileName } from './magic.ts';
import type { Directive } from '../../tables/directives.ts';

type Action = Directive['action'];

export type Command =
  | {
      readonly kind: 'stop' | 'reload' | 'suspend' | 'resume';
      readonly pidfile: string;
    }
  | { readonly kind: 'version' }
  | { readonly kind: 'help' };

/** So much is read in all: files that include each other twice would else be read without end. */
const entriesMax = 20_000;
const readsMax = 1_000;
const charactersMax = 16_777_216;
/** Files that name each other, one within the other. */
const depthMax = 32;
const endNames = new Set(['end', 'endif', 'end-if', 'endfor', 'end-for']);
const strictKind = onOff();

/** `NAME=VALUE` cut at the first sign; a name alone is switched on. */
function pairOf(text: string): { readonly name: string; readonly value: string } {
  const equals = text.indexOf('=');
  if (equals === -1) return { name: text, value: 'true' };
  return { name: text.slice(0, equals), value: text.slice(equals + 1) };
}

export class Collector {
  readonly entries: Entry[] = [];
  readonly findings: Diagnostic[] = [];
  readonly files: string[] = [];
  /** The one that names all others. */
  firstFile: FileName | undefined;
  command: Command | undefined;
  /** Whether the settings are to be printed before the start. */
  showsConfig = false;
  readonly #host: ConfigHost;
  readonly #chain: FileChain;
  /** What each name was given first. */
  readonly #leftOut: string[] = [];
  readonly #firstValues = new Map<string, string>();
  #reads = 0;
  #characters = 0;
  /** A limit was reached, which was reported once: nothing more is read. */
  #isFull = false;
  #isStrict = false;
  #block: OpenBlock | undefined;
  /** Whether what comes now was brought by a line of the block, and so is not part of it. */
  #isInsideLine = false;

  constructor(host: ConfigHost) {
    this.#host = host;
    this.#chain = new FileChain(host);
  }

  /** Takes one line: it acts, or waits in `entries`. */
  async add(line: Line): Promise<void> {
    if (this.#isFull) return;
    if (endNames.has(line.name) && !this.#isInsideLine) this.#block = undefined;
    const block = this.#block;
    if (block === undefined || this.#isInsideLine) {
      await this.#take(line);
      return;
    }
    const values = await this.#attempt(block.origin, () =>
      valuesFor(block, (name) => this.valueOf(name), this.#host),
    );
    if (values?.length === 0) this.#leftOut.push(line.origin);
    this.#isInsideLine = true;
    for (const value of values ?? []) {
      const isPlain = value === undefined;
      await this.#take(
        isPlain ? line : { ...line, value: line.value.replaceAll('%(_)', () => value) },
      );
    }
    this.#isInsideLine = false;
  }

  /** Where the lines are that no block lets count. */
  get leftOut(): readonly string[] {
    return this.#leftOut;
  }

  /** The value that a name was given first, as in `%(name)`. */
  valueOf(name: string): string | undefined {
    return this.#firstValues.get(name);
  }

  /** Reports the last block if it was never closed. */
  finish(): void {
    if (this.#block !== undefined)
      this.#find('warning', this.#block.origin, 'the block has no end');
    this.#block = undefined;
  }

  /** Loads a file by its suffix, after everything else. */
  async inherit(written: string, origin: string): Promise<void> {
    await this.load(written, origin, undefined);
    this.finish();
  }

  /** Loads a file where we stand. `format` undefined: by its suffix. */
  async load(written: string, origin: string, format: Format | undefined): Promise<void> {
    if (this.#isFull) return;
    if (/^\w+:\/\//.test(written)) {
      this.#refuse(origin, `configuration is not read from ${written}`, exitCodes.config);
      return;
    }
    const file = this.#chain.complete(fileName(written));
    const known = format ?? formatOf(file.path);
    if (known === undefined) {
      const advice = `say --ini ${written} if it is an ini file`;
      const sentence = `"${written}" has no suffix that tells its format`;
      this.#refuse(origin, sentence, exitCodes.usage, advice);
      return;
    }
    const objection = this.#chain.objection(file);
    if (objection !== undefined) {
      this.#refuse(origin, objection, exitCodes.config);
      return;
    }
    const absent = `the file ${file.path}`;
    await this.#attempt(
      origin,
      async () => {
        const first = this.#chain.first ?? file;
        this.firstFile ??= first;
        this.#reads += 1;
        if (this.#reads > readsMax) {
          return this.#stop(
            origin,
            `more than ${readsMax} files are read: do some include others twice?`,
          );
        }
        const { lines, findings, characters } = await readFile(file, first, known, this.#host);
        this.#characters += characters;
        if (this.#characters > charactersMax) {
          return this.#stop(origin, `the files have more than ${charactersMax} characters in all`);
        }
        if (!this.files.includes(file.path)) this.files.push(file.path);
        this.findings.push(...findings);
        this.#chain.enter(file);
        for (const line of lines) await this.add(line);
        this.#chain.leave();
      },
      absent,
    );
  }

  /** An entry that waits for the settings. */
  #push(entry: Entry): void {
    if (!this.#firstValues.has(entry.name)) this.#firstValues.set(entry.name, entry.value);
    this.entries.push(entry);
  }

  async #take(line: Line): Promise<void> {
    if (this.#isFull) return;
    if (this.entries.length >= entriesMax) {
      return this.#stop(line.origin, `there are more than ${entriesMax} lines of configuration`);
    }
    const meaning = meaningOf(line.name);
    const isPlaceholder = false;
    if (meaning?.kind === 'directive') {
      // uWSGI fills in the placeholders of these two, and does them last.
      const hasActed = !['inherit', 'print'].includes(meaning.directive.action.kind);
      this.#push({ ...line, hasActed, isPlaceholder, isStrict: this.#isStrict });
      await this.#act(line, meaning.directive);
      return;
    }
    if (meaning?.kind === 'option' && meaning.name === 'strict') {
      const parsed = strictKind.parse(line.value, line.origin);
      this.#isStrict = parsed.ok && parsed.value;
    }
    this.#push({ ...line, hasActed: false, isPlaceholder, isStrict: this.#isStrict });
  }

  async #act(line: Line, { action }: Directive): Promise<void> {
    switch (action.kind) {
      case 'load':
        await this.load(
          line.value,
          line.origin,
          action.format === 'by-suffix' ? undefined : action.format,
        );
        return;
      case 'paste':
        await this.#paste(line, action);
        return;
      case 'set':
        await this.#take({ ...line, ...pairOf(line.value) });
        return;
      case 'placeholder':
        this.#push({
          ...line,
          ...pairOf(line.value),
          hasActed: true,
          isPlaceholder: true,
          isStrict: false,
        });
        return;
      case 'block':
        this.#open(line, action);
        return;
      case 'show-config': {
        const parsed = strictKind.parse(line.value, line.origin);
        this.showsConfig = !parsed.ok || parsed.value;
        return;
      }
      case 'pidfile':
        this.command ??= { kind: action.command, pidfile: line.value };
        return;
      case 'version':
      case 'help':
        this.command ??= { kind: action.kind };
        return;
      case 'inherit':
      case 'print':
      case 'end':
        return;
      default:
        action satisfies never;
    }
  }

  /** As uWSGI does, which loads the same file twice: as its own ini, and with PasteDeploy. */
  async #paste(line: Line, { logging }: Extract<Action, { kind: 'paste' }>): Promise<void> {
    const { path } = fileName(line.value);
    const absolute = path.startsWith('/') ? path : `${this.#host.cwd}/${path}`;
    await this.#take({ ...line, name: 'paste', value: `config:${absolute}` });
    if (logging === 'as-in-file') {
      await this.#take({ ...line, name: 'paste-logger', value: 'true' });
    }
    await this.load(line.value, line.origin, 'ini');
  }

  #open(line: Line, action: Extract<Action, { kind: 'block' }>): void {
    if (this.#block !== undefined) {
      this.#refuse(line.origin, 'a block inside a block is not possible', exitCodes.config);
      return;
    }
    const { block, negated } = action;
    this.#block = { block, negated, argument: line.value, origin: line.origin };
    if (/[%$@]\(/.test(line.value)) {
      this.#find('warning', line.origin, `"${line.value}" is taken as it stands in a condition`);
    }
  }

  /** `absent`: what is not there where the file cannot be read. */
  async #attempt<T>(
    origin: string,
    action: () => T | Promise<T>,
    absent?: string,
  ): Promise<T | undefined> {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error;
      this.#refuse(origin, error.message, error.exitCode);
      const last = this.findings.at(-1);
      if (last !== undefined && absent !== undefined && error.exitCode === exitCodes.noInput) {
        this.findings[this.findings.length - 1] = { ...last, absent: [absent] };
      }
      return undefined;
    }
  }

  #stop(origin: string, sentence: string): void {
    this.#isFull = true;
    this.#refuse(origin, sentence, exitCodes.config);
  }

  #find(severity: 'warning' | 'note', place: string, sentence: string): void {
    this.findings.push({ severity, place, sentence });
  }

  #refuse(place: string, sentence: string, exitCode: number, advice?: string): void {
    const finding = { severity: 'error', place, sentence, exitCode } as const;
    this.findings.push(advice === undefined ? finding : { ...finding, advice });
  }
}

/** The files that are being read now: each was named by the one before it. */
class FileChain {
  readonly #host: ConfigHost;
  readonly #files: FileName[] = [];
  #last = '';

  constructor(host: ConfigHost) {
    this.#host = host;
  }

  /** The file at the head of the chain; undefined while none is read. */
  get first(): FileName | undefined {
    return this.#files[0];
  }

  /** A file without a path (`:section`) is the one that was read last. */
  complete(file: FileName): FileName {
    return file.path === '' ? { ...file, path: this.#last } : file;
  }

  /** Why the file may not be read now; undefined when it may. */
  objection(file: FileName): string | undefined {
    const path = this.#host.realPath(file.path);
    const isInside = this.#files.some(
      (outer) => this.#host.realPath(outer.path) === path && outer.section === file.section,
    );
    if (isInside) return `"${file.path}" includes itself`;
    return this.#files.length < depthMax ? undefined : 'files include each other too deeply';
  }

  enter(file: FileName): void {
    this.#last = file.path;
    this.#files.push(file);
  }

  leave(): void {
    this.#files.pop();
  }
}
