/**
 * The gateway's own answers: a status, and one plain sentence for the reader; or a page that the
 * operator has written (error-page-*), which replaces the sentence and never the status.
 *
 * They tell nothing of the machine; what happened in detail is in the log, under the id of the
 * request, which stands on the page and in its header. An id has no character that could end a
 * line, an attribute or a tag (`requestIdOf`).
 */

import type { OwnErrorPage } from '../../protocol/response-settings.ts';
import { headOf } from './response-text.ts';
import type { AnswerHead } from './response-text.ts';

export type ErrorStatus = OwnErrorPage['status'];

export interface ErrorPage {
  readonly status: ErrorStatus;
  readonly reason: string;
  /** Latin-1 text that stands for bytes. */
  readonly body: string;
  /** name, value, name, value …, with the length of the body. */
  readonly headers: readonly string[];
  /** The same, as it is sent. */
  readonly head: AnswerHead;
}

const sentences: Readonly<Record<ErrorStatus, readonly [reason: string, sentence: string]>> = {
  400: ['Bad Request', 'The request is not valid HTTP.'],
  403: ['Forbidden', 'This is not for you to see.'],
  404: ['Not Found', 'There is nothing at this address.'],
  405: ['Method Not Allowed', 'This method is not served here.'],
  408: ['Request Timeout', 'The request did not arrive in time.'],
  413: ['Content Too Large', 'The request body is larger than this server accepts.'],
  414: ['URI Too Long', 'The address is longer than this server accepts.'],
  417: ['Expectation Failed', 'The server cannot meet what the request expects.'],
  431: [
    'Request Header Fields Too Large',
    'The request header is larger than this server accepts.',
  ],
  500: ['Internal Server Error', 'The application failed to answer this request.'],
  501: ['Not Implemented', 'The request uses a transfer coding that this server does not have.'],
  502: ['Bad Gateway', 'The process that was working on this request ended before it answered.'],
  503: ['Service Unavailable', 'The server has more requests than it can take. Try again shortly.'],
  504: ['Gateway Timeout', 'The application took too long to answer this request.'],
  507: ['Insufficient Storage', 'The server has no room to store the request body.'],
};

/** What an operator writes where the id is to stand, as in log-format. */
const ID_PLACE = '%(request_id)';
/** Where there is no request that could have one. */
const NO_ID = '-';

/** A page before its id is known: the pieces of its text between which the id stands. */
interface Template {
  readonly contentType: string;
  readonly pieces: readonly string[];
}

/** Made when first needed; a process has one set of them. */
const templates = new Map<ErrorStatus, Template>();

/** From now on these pages are sent for their statuses. */
export function setOwnErrorPages(own: readonly OwnErrorPage[]): void {
  templates.clear();
  for (const { status, contentType, text } of own) {
    const pieces = Buffer.from(text).toString('latin1').split(ID_PLACE);
    templates.set(status, { contentType, pieces });
  }
}

/** Returns the page for a status; `requestId`: '' for what is no request. */
export function errorPage(status: ErrorStatus, requestId: string): ErrorPage {
  const known = templates.get(status);
  if (known !== undefined) {
    return makePage(status, requestId, known.contentType, known.pieces.join(requestId || NO_ID));
  }
  const [reason, sentence] = sentences[status];
  const id = requestId === '' ? '' : `\nRequest ID: ${requestId}\n`;
  const text = `${status} ${reason}\n\n${sentence}\n${id}`;
  return makePage(status, requestId, 'text/plain; charset=utf-8', text);
}

/** Why such a page was sent, for operators: the sentence that stands on ours. */
export function sentenceOf(status: ErrorStatus): string {
  return sentences[status][1].replace(/\.$/, '');
}

function makePage(
  status: ErrorStatus,
  requestId: string,
  contentType: string,
  body: string,
): ErrorPage {
  const headers = ['Content-Type', contentType, 'Cache-Control', 'no-store'];
  if (requestId !== '') headers.push('X-Request-ID', requestId);
  if (status === 503) headers.push('Retry-After', '1');
  if (status === 405) headers.push('Allow', 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS');
  headers.push('Content-Length', String(body.length));
  const [reason] = sentences[status];
  const head = headOf(status, reason, headers);
  if (head.kind === 'refused') throw new Error(`the page for ${status}: ${head.sentence}`);
  return { status, reason, body, headers, head };
}

/** Returns the whole answer as bytes, for a connection whose request could not even be parsed. */
export function rawErrorPage(status: ErrorStatus): Buffer {
  const page = errorPage(status, '');
  let text = `HTTP/1.1 ${status} ${page.reason}\r\n`;
  for (let at = 0; at < page.headers.length; at += 2) {
    text += `${page.headers[at]}: ${page.headers[at + 1]}\r\n`;
  }
  return Buffer.from(`${text}Connection: close\r\n\r\n${page.body}`, 'latin1');
}
