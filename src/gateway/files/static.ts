/**
 * Static files: by path, without asking the application.
 *
 * What is not there, or not below its root, is the application's. As in uWSGI files whose name
 * begins with a dot are served: .well-known is such a one.
 */

import type { Logger } from '../../log/logger.ts';
import type { StaticFileSettings, StaticMap } from '../../protocol/response-settings.ts';
import { CompressedFiles, acceptedEncodings } from './static-rules.ts';
import type { Exchange } from '../exchange/exchange.ts';
import { Expiry } from './expiry.ts';
import { answerFile } from './answer.ts';
import { findFile, isBelowOneOf } from './found.ts';
import type { FoundFile } from './found.ts';
import type { ContentTypeOf } from './types.ts';
import { staticCandidates } from './candidates.ts';
import type { StaticCandidate } from './candidates.ts';

/** A file to be sent, with what is to be said of it. */
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

  /** Cheap: could there be a file for this request? */
  mayServe(exchange: Exchange): boolean {
    if (this.#settings.maps.length === 0) return false;
    if (exchange.method !== 'GET' && exchange.method !== 'HEAD') return false;
    return this.#candidates(exchange).length > 0;
  }

  /** Answers with the file, or calls `otherwise` where there is none. */
  serve(exchange: Exchange, otherwise: () => void): void {
    this.#find(exchange).then(
      (served) => (served === undefined ? otherwise() : this.#send(exchange, served)),
      (error: Error) => {
        this.#log.error('static.failed', { uri: exchange.uri }, error.message);
        otherwise();
      },
    );
  }

  #candidates(exchange: Exchange): readonly StaticCandidate[] {
    const candidates = staticCandidates(this.#settings.maps, exchange.head.path, exchange.uri);
    if (this.#settings.indexes.length > 0) return candidates;
    // That could only be a directory.
    return candidates.filter(({ path }) => !path.endsWith('/'));
  }

  async #find(exchange: Exchange): Promise<Served | undefined> {
    for (const { map, path } of this.#candidates(exchange)) {
      const found = await this.#open(exchange, map, path);
      if (found !== undefined) return this.#compressedOr(exchange, map, found);
    }
    return undefined;
  }

  /** Returns the file, or the index of the directory; undefined where there is none to be sent. */
  async #open(exchange: Exchange, map: StaticMap, path: string): Promise<FoundFile | undefined> {
    const found = await findFile(path);
    if (found === 'nothing') return undefined;
    if (found === 'directory') {
      for (const name of this.#settings.indexes) {
        const index = await findFile(`${path}/${Buffer.from(name).toString('latin1')}`);
        if (isFile(index)) return this.#checked(exchange, map, index);
      }
      return undefined;
    }
    if (isFile(found)) return this.#checked(exchange, map, found);
    const sentence = `${found.problem}; the application is asked instead`;
    this.#log.warn('static.unreadable', { uri: exchange.uri }, sentence);
    return undefined;
  }

  async #checked(
    exchange: Exchange,
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
    this.#log.warn('static.outside', { uri: exchange.uri }, sentence);
    return undefined;
  }

  async #compressedOr(exchange: Exchange, map: StaticMap, found: FoundFile): Promise<Served> {
    const { path } = found;
    if (!this.#compressed.mayBe(path)) return { found, path, headers: [] };
    const headers = ['Vary', 'Accept-Encoding'];
    for (const { name, ending } of acceptedEncodings(
      exchange.header('HTTP_ACCEPT_ENCODING') ?? '',
    )) {
      const smaller = await findFile(path + ending);
      const checked = isFile(smaller) ? await this.#checked(exchange, map, smaller) : undefined;
      if (checked === undefined) continue;
      found.file.close();
      return { found: checked, path, headers: [...headers, 'Content-Encoding', name] };
    }
    return { found, path, headers };
  }

  #send(exchange: Exchange, { found, path, headers }: Served): void {
    const { file, sizeBytes, modifiedMs } = found;
    if (exchange.isClientGone) return file.close();
    const contentType = this.#contentTypeOf(path);
    const facts = { sizeBytes, modifiedMs, contentType };
    const answer = answerFile(facts, exchange.method, (variable) => exchange.header(variable));
    const { start, lengthBytes } = answer;
    const served = { file: path, uri: exchange.uri, path: exchange.head.path };
    const expires = this.#expiry.of({ ...served, type: contentType, modifiedMs }, Date.now());
    const more = expires === undefined ? headers : [...headers, 'Expires', expires];
    const { sentBy } = this.#settings;
    if (sentBy === 'gateway' || answer.status === 304) {
      const isError = answer.status >= 400;
      const all = isError ? answer.headers : [...answer.headers, ...more];
      return exchange.answerByFile(answer.status, all, { file, start, lengthBytes });
    }
    file.close();
    const modified = new Date(modifiedMs).toUTCString();
    const about = ['Content-Type', contentType, 'Last-Modified', modified, 'Content-Length', '0'];
    exchange.answerByFile(200, [...about, ...more, sentBy, printable(found.path)], undefined);
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
