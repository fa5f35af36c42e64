/**
 * The files that are being read now: each was named by the one before it.
 */

import type { ConfigHost } from './host.ts';
import type { FileName } from './magic.ts';

const filesMax = 32;

export class FileChain {
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
    return this.#files.length < filesMax ? undefined : 'files include each other too deeply';
  }

  enter(file: FileName): void {
    this.#last = file.path;
    this.#files.push(file);
  }

  leave(): void {
    this.#files.pop();
  }
}
