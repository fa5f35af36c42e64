/**
 * sendfile-root: sends the file that an application has named instead of sending it, so that the
 * worker is free. A file is opened first and then asked where it really is.
 */

import type { Logger } from '../../log/logger.ts';
import type { SendfileRoot } from '../../protocol/response-settings.ts';
import type { Exchange } from '../exchange/exchange.ts';
import { answerFile } from './answer.ts';
import { findFile, isBelowOneOf } from './found.ts';
import type { FoundFile } from './found.ts';
import type { ContentTypeOf } from './types.ts';
import { mergedHeaders, valueOf } from './named-file.ts';
import type { NamedFile } from './named-file.ts';
import { sendfileCandidates } from './candidates.ts';

/** The page for a file that is not sent, and why, for the log. */
interface NotSent {
  readonly status: 403 | 404;
  readonly reason: string;
}

export class NamedFiles {
  readonly #roots: readonly SendfileRoot[];
  readonly #contentTypeOf: ContentTypeOf;
  readonly #log: Logger;

  constructor(roots: readonly SendfileRoot[], contentTypeOf: ContentTypeOf, log: Logger) {
    this.#roots = roots;
    this.#contentTypeOf = contentTypeOf;
    this.#log = log;
  }

  /** Whether applications may name files at all. */
  get isOn(): boolean {
    return this.#roots.length > 0;
  }

  /** Answers with the file that the application's head names. */
  serve(exchange: Exchange, named: NamedFile): void {
    this.#find(named).then(
      (found) => {
        if ('status' in found) this.#refuse(exchange, named, found);
        else this.#send(exchange, found);
      },
      (error: Error) => this.#refuse(exchange, named, { status: 404, reason: error.message }),
    );
  }

  async #find({ path }: NamedFile): Promise<FoundFile | NotSent> {
    const candidates = sendfileCandidates(this.#roots, path);
    let notSent: NotSent | undefined;
    for (const { root, path: candidate } of candidates) {
      const found = await findFile(candidate);
      if (typeof found === 'string') continue;
      if ('problem' in found) notSent ??= { status: 403, reason: found.problem };
      else if (await isBelowOneOf(found.path, [root])) return found;
      else {
        found.file.close();
        const real = Buffer.from(found.path, 'latin1').toString();
        notSent ??= { status: 403, reason: `it really is ${real}, outside of ${root}` };
      }
    }
    if (candidates.length > 0) return notSent ?? { status: 404, reason: 'it is not there' };
    return { status: 403, reason: 'it is not below a directory of sendfile-root' };
  }

  #send(exchange: Exchange, found: FoundFile): void {
    const { file, sizeBytes, path } = found;
    if (exchange.isClientGone) return file.close();
    const { headers, status } = exchange.writer.heldHead;
    // Its own date and tag are what the client will ask with the next time.
    const saidMs = Date.parse(valueOf(headers, 'last-modified') ?? '');
    const modifiedMs = Number.isNaN(saidMs) ? found.modifiedMs : saidMs;
    const etag = valueOf(headers, 'etag');
    const facts = { sizeBytes, modifiedMs, etag, contentType: this.#contentTypeOf(path) };
    const isWhole = status !== 200;
    const answer = answerFile(facts, exchange.method, (variable) =>
      isWhole ? undefined : exchange.header(variable),
    );
    const { start, lengthBytes } = answer;
    const merged = mergedHeaders(headers, answer);
    exchange.answerByFile(isWhole ? status : answer.status, merged, { file, start, lengthBytes });
  }

  #refuse(exchange: Exchange, { header, path }: NamedFile, { status, reason }: NotSent): void {
    const { method, uri, what } = exchange;
    const file = Buffer.from(path, 'latin1').toString();
    const sentence = `${what}: the file ${file} that the application names in ${header} is not sent: ${reason}`;
    this.#log.error('sendfile.refused', { method, uri, status, file }, sentence);
    exchange.page(status);
  }
}
