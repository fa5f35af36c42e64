/**
 * Static files: by path, without asking the application.
 *
 * What is not there, or not below its root, is the application's. As in uWSGI files whose name
 * begins with a dot are served: .well-known is such a one.
 */

import type { Logger } from '../../log/logger.ts';
import type { StaticFileSettings, StaticMap } from '../../protocol/response-settings.ts';
import { CompressedFiles, Expiry, acceptedEncodings } from './static-rules.ts';
import { answerFile } from './answer.ts';
import type { FileRequest, FileResponse } from './answer.ts';
import { findFile, isBelowOneOf } from './found.ts';
import type { FoundFile } from './found.ts';
import type { ContentTypeOf } from './types.ts';
import { staticCandidates } from './candidates.ts';
import type { StaticCandidate } from './candidates.ts';

/** A file to be sent, with the headers that go with it. */
interface Served {
  readonly found: FoundFile;
  /** Of its own name, where a compressed one is sent in its place. */
  readonly path: string;
  readonly headers: readonly string[];
}

export class StaticFiles {
  readonly #settings: StaticFileSettings;
  readonly #compressed: CompressedFiles;
  readonly #expiry: Expiry;
  readonly #contentTypeOf: ContentTypeOf;
  readonly #log: Logger;

  constructor(settings: StaticFileSettings, contentTypeOf: ContentTypeOf, log: Logger) {
    this.#settings = settings;
    this.#compressed = new CompressedFiles(settings.compressed);
    this.#expiry = new Expiry(settings.expires);
    this.#contentTypeOf = contentTypeOf;
    this.#log = log;
  }

  /** Whether there could be a file for this request; no file is looked for yet. */
  mayServe(request: FileRequest): boolean {
    if (request.method !== 'GET' && request.method !== 'HEAD') return false;
    return this.#candidates(request).length > 0;
  }

  /**
   * Returns the answer; undefined where there is no file to be sent, and the application is to be
   * asked. `nowMs` is the time of day in ms since 1970.
   */
  async answer(request: FileRequest, nowMs: number): Promise<FileResponse | undefined> {
    try {
      const served = await this.#find(request);
      return served === undefined ? undefined : this.#responseOf(request, served, nowMs);
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      this.#log.error('static.failed', { uri: request.uri }, problem);
      return undefined;
    }
  }

  #candidates(request: FileRequest): readonly StaticCandidate[] {
    const candidates = staticCandidates(this.#settings.maps, request.head.path, request.uri);
    if (this.#settings.indexes.length > 0) return candidates;
    // That could only be a directory.
    return candidates.filter(({ path }) => !path.endsWith('/'));
  }

  async #find(request: FileRequest): Promise<Served | undefined> {
    for (const { map, path } of this.#candidates(request)) {
      const found = await this.#open(request, map, path);
      if (found !== undefined) return this.#compressedOr(request, map, found);
    }
    return undefined;
  }

  /** Returns the file, or the index of the directory; undefined where there is none to be sent. */
  async #open(request: FileRequest, map: StaticMap, path: string): Promise<FoundFile | undefined> {
    const found = await findFile(path);
    if (found === 'nothing') return undefined;
    if (found === 'directory') {
      for (const name of this.#settings.indexes) {
        const index = await findFile(`${path}/${Buffer.from(name).toString('latin1')}`);
        if (isFile(index)) return this.#checked(request, map, index);
      }
      return undefined;
    }
    if (isFile(found)) return this.#checked(request, map, found);
    const sentence = `${found.problem}; the application is asked instead`;
    this.#log.warn('static.unreadable', { uri: request.uri }, sentence);
    return undefined;
  }

  async #checked(
    request: FileRequest,
    map: StaticMap,
    found: FoundFile,
  ): Promise<FoundFile | undefined> {
    const isKept = this.#settings.skippedEndings.some((ending) => found.path.endsWith(ending));
    if (!isKept && (await isBelowOneOf(found.path, [map.root, ...this.#settings.safeRoots]))) {
      return found;
    }
    found.file.close();
    if (isKept) return undefined;
    const path = Buffer.from(found.path, 'latin1').toString();
    const sentence = `${path} is not under ${map.root}; the application is asked instead`;
    this.#log.warn('static.outside', { uri: request.uri }, sentence);
    return undefined;
  }

  async #compressedOr(request: FileRequest, map: StaticMap, found: FoundFile): Promise<Served> {
    const { path } = found;
    if (!this.#compressed.mayBe(path)) return { found, path, headers: [] };
    const headers = ['Vary', 'Accept-Encoding'];
    for (const { name, ending } of acceptedEncodings(
      request.header('HTTP_ACCEPT_ENCODING') ?? '',
    )) {
      const smaller = await findFile(path + ending);
      const checked = isFile(smaller) ? await this.#checked(request, map, smaller) : undefined;
      if (checked === undefined) continue;
      found.file.close();
      return { found: checked, path, headers: [...headers, 'Content-Encoding', name] };
    }
    return { found, path, headers };
  }

  #responseOf(request: FileRequest, { found, path, headers }: Served, nowMs: number): FileResponse {
    const { file, sizeBytes, modifiedMs } = found;
    const contentType = this.#contentTypeOf(path);
    const facts = { sizeBytes, modifiedMs, contentType };
    const answer = answerFile(facts, request.method, (variable) => request.header(variable));
    const { status, start, lengthBytes } = answer;
    const served = { file: path, uri: request.uri, path: request.head.path };
    const expires = this.#expiry.of({ ...served, type: contentType, modifiedMs }, nowMs);
    const more = expires === undefined ? headers : [...headers, 'Expires', expires];
    const { sentBy } = this.#settings;
    if (sentBy === 'gateway' || status === 304) {
      const all = status >= 400 ? answer.headers : [...answer.headers, ...more];
      return { status, headers: all, part: { file, start, lengthBytes } };
    }
    file.close();
    const modified = new Date(modifiedMs).toUTCString();
    const about = ['Content-Type', contentType, 'Last-Modified', modified, 'Content-Length', '0'];
    const all = [...about, ...more, sentBy, printable(found.path)];
    return { status: 200, headers: all, part: undefined };
  }
}

function isFile(found: Awaited<ReturnType<typeof findFile>>): found is FoundFile {
  return typeof found === 'object' && 'file' in found;
}

/** A header cannot hold every byte that a file's name can. */
function printable(path: string): string {
  const escape = (byte: string) => `%${byte.charCodeAt(0).toString(16).padStart(2, '0')}`;
  return path.replace(/[^ -~\u0080-\u00ff]/g, escape);
}
