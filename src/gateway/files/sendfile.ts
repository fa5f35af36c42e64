/**
 * sendfile-root: sends the file that an application has named instead of sending it, so that the
 * worker is free. A file is opened first and then asked where it really is.
 */

import type { Logger } from '../../log/logger.ts';
import type { SendfileRoot } from '../../protocol/response-settings.ts';
import { answerFile } from './answer.ts';
import type { FileRequest, FileResponse } from './answer.ts';
import { findFile, isBelowOneOf } from './found.ts';
import type { FoundFile } from './found.ts';
import type { ContentTypeOf } from './types.ts';
import { mergedHeaders, valueOf } from './named-file.ts';
import type { NamedFile } from './named-file.ts';
import { sendfileCandidates } from './candidates.ts';

/** The status of the page for a file that is not sent. */
export interface NotSent {
  readonly kind: 'not-sent';
  readonly status: 403 | 404;
  readonly reason: string;
}

/** What the application has answered, but for the header that names the file. */
interface ApplicationHead {
  readonly status: number;
  readonly headers: readonly string[];
}

/** Why a file is not sent, for the log. */
interface Refusal {
  readonly status: NotSent['status'];
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

  /** Returns the answer that the application's head and the file that it names make together. */
  async answer(
    request: FileRequest,
    head: ApplicationHead,
    named: NamedFile,
  ): Promise<FileResponse | NotSent> {
    try {
      const found = await this.#find(named);
      if ('file' in found) return this.#responseOf(request, head, found);
      return this.#notSent(request, named, found);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return this.#notSent(request, named, { status: 404, reason });
    }
  }

  async #find({ path }: NamedFile): Promise<FoundFile | Refusal> {
    const candidates = sendfileCandidates(this.#roots, path);
    let refusal: Refusal | undefined;
    for (const { root, path: candidate } of candidates) {
      const found = await findFile(candidate);
      if (typeof found === 'string') continue;
      if ('problem' in found) refusal ??= { status: 403, reason: found.problem };
      else if (await isBelowOneOf(found.path, [root])) return found;
      else {
        found.file.close();
        const real = Buffer.from(found.path, 'latin1').toString();
        refusal ??= { status: 403, reason: `its real path is ${real}, which is not below ${root}` };
      }
    }
    if (candidates.length > 0) return refusal ?? { status: 404, reason: 'it is not there' };
    return { status: 403, reason: 'it is not below a directory of sendfile-root' };
  }

  #responseOf(request: FileRequest, head: ApplicationHead, found: FoundFile): FileResponse {
    const { file, sizeBytes, path } = found;
    // A client asks next time with the date and the tag of the application's own head.
    const statedMs = Date.parse(valueOf(head.headers, 'last-modified') ?? '');
    const modifiedMs = Number.isNaN(statedMs) ? found.modifiedMs : statedMs;
    const etag = valueOf(head.headers, 'etag');
    const facts = { sizeBytes, modifiedMs, etag, contentType: this.#contentTypeOf(path) };
    const isWhole = head.status !== 200;
    const answer = answerFile(facts, request.method, (variable) =>
      isWhole ? undefined : request.header(variable),
    );
    const { start, lengthBytes } = answer;
    return {
      status: isWhole ? head.status : answer.status,
      headers: mergedHeaders(head.headers, answer),
      part: { file, start, lengthBytes },
    };
  }

  #notSent(
    { method, uri, id }: FileRequest,
    { header, path }: NamedFile,
    { status, reason }: Refusal,
  ): NotSent {
    const file = Buffer.from(path, 'latin1').toString();
    const about = { method, uri, status, file, requestId: id };
    const sentence = `${method} ${uri}: the file ${file} that the application names in ${header} is not sent: ${reason}`;
    this.#log.error('sendfile.refused', about, sentence);
    return { kind: 'not-sent', status, reason: `the file ${file} that it names: ${reason}` };
  }
}
