/**
 * static-map: files by path, without asking the application.
 *
 * A file is opened first and then asked where it really is, so that no symbolic link can be swapped
 * between the check and the use. What is not there, or not below its root, is the application's.
 * As in uWSGI files whose name begins with a dot are served: .well-known is such a one.
 */

import { createReadStream } from 'node:fs';
import { constants, open, readlink, realpath } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';

import type { Logger } from '../log/logger.ts';
import type { Exchange } from './exchange.ts';
import { answerFile } from './file-answer.ts';
import { contentTypeOf } from './mime-types.ts';
import { staticCandidates } from './static-paths.ts';
import type { StaticMap } from './static-paths.ts';

interface OpenedFile {
  readonly handle: FileHandle;
  readonly path: string;
  readonly size: number;
  readonly modifiedMs: number;
}

export class StaticFiles {
  readonly #maps: readonly StaticMap[];
  readonly #log: Logger;

  constructor(maps: readonly StaticMap[], log: Logger) {
    this.#maps = maps;
    this.#log = log;
  }

  /** Cheap: could there be a file for this request? */
  mayServe(exchange: Exchange): boolean {
    if (this.#maps.length === 0) return false;
    if (exchange.method !== 'GET' && exchange.method !== 'HEAD') return false;
    return staticCandidates(this.#maps, exchange.head.path, exchange.uri).length > 0;
  }

  /** Answers with the file, or calls `otherwise` where there is none. */
  serve(exchange: Exchange, otherwise: () => void): void {
    this.#find(exchange).then(
      (file) => (file === undefined ? otherwise() : send(exchange, file)),
      (error: Error) => {
        this.#log.error('static.failed', { uri: exchange.uri }, error.message);
        otherwise();
      },
    );
  }

  async #find(exchange: Exchange): Promise<OpenedFile | undefined> {
    for (const { map, path } of staticCandidates(this.#maps, exchange.head.path, exchange.uri)) {
      const file = await openFile(path);
      if (file === undefined) continue;
      if (await isBelow(file.path, map.root)) return file;
      await file.handle.close();
      const sentence = `${file.path} is not under ${map.root}, and is not served from there`;
      this.#log.warn('static.outside', { uri: exchange.uri }, sentence);
    }
    return undefined;
  }
}

/** Opens a regular file; undefined where there is none that we may read. */
async function openFile(path: string): Promise<OpenedFile | undefined> {
  // Paths are latin-1 text that stands for bytes. A fifo must not make us wait for its writer.
  const name = Buffer.from(path, 'latin1');
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
  const handle = await open(name, flags).catch(() => undefined);
  if (handle === undefined) return undefined;
  const found = await handle.stat();
  if (!found.isFile()) {
    await handle.close();
    return undefined;
  }
  const real = await readlink(`/proc/self/fd/${handle.fd}`);
  return { handle, path: real, size: found.size, modifiedMs: found.mtimeMs };
}

/** Looked up each time: a deployment may put a new folder in place of the root. */
async function isBelow(path: string, root: string): Promise<boolean> {
  const realRoot = await realpath(root).catch(() => undefined);
  if (realRoot === undefined) return false;
  return path === realRoot || path.startsWith(realRoot.endsWith('/') ? realRoot : `${realRoot}/`);
}

function send(exchange: Exchange, file: OpenedFile): void {
  const { response } = exchange;
  if (exchange.isClientGone) return void file.handle.close();
  const facts = {
    sizeBytes: file.size,
    modifiedMs: file.modifiedMs,
    contentType: contentTypeOf(file.path),
  };
  const answer = answerFile(facts, exchange.method, (variable) => exchange.header(variable));
  const { start, lengthBytes } = answer;
  exchange.answeredByFile(answer.status, answer.headers, lengthBytes);
  if (exchange.method === 'HEAD' || lengthBytes === 0) {
    response.end();
    return void file.handle.close();
  }
  // A file that grows while it is sent must not exceed the length that was announced.
  const end = start + lengthBytes - 1;
  const stream = createReadStream('', { fd: file.handle, start, end });
  let sent = 0;
  stream.on('data', (piece) => (sent += piece.length));
  stream.on('end', () => {
    // One that shrank leaves the answer short: the connection must not look complete.
    if (sent < lengthBytes) response.destroy();
    else response.end();
  });
  stream.on('error', () => response.destroy());
  response.once('close', () => stream.destroy());
  stream.pipe(response, { end: false });
}
