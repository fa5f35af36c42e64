/**
 * The answers that are ours (pure): a status, and one plain sentence for whoever reads it.
 *
 * They say nothing of the machine; what happened in detail is in the log.
 */

export type ErrorStatus =
  400 | 404 | 405 | 408 | 413 | 414 | 417 | 431 | 500 | 501 | 502 | 503 | 504;

export interface ErrorPage {
  readonly reason: string;
  readonly body: string;
  /** name, value, name, value …, with the length of the body. */
  readonly headers: readonly string[];
}

const sentences: Readonly<Record<ErrorStatus, readonly [reason: string, sentence: string]>> = {
  400: ['Bad Request', 'The request is not valid HTTP.'],
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
};

const pages = new Map<ErrorStatus, ErrorPage>();

/** Returns the page for a status. */
export function errorPage(status: ErrorStatus): ErrorPage {
  const known = pages.get(status);
  if (known !== undefined) return known;
  const [reason, sentence] = sentences[status];
  const body = `${status} ${reason}\n\n${sentence}\n`;
  const headers = ['Content-Type', 'text/plain; charset=utf-8', 'Cache-Control', 'no-store'];
  if (status === 503) headers.push('Retry-After', '1');
  if (status === 405) headers.push('Allow', 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS');
  headers.push('Content-Length', String(Buffer.byteLength(body)));
  const page = { reason, body, headers };
  pages.set(status, page);
  return page;
}

/** Returns the whole answer as bytes, for a connection whose request could not even be parsed. */
export function rawErrorPage(status: ErrorStatus): string {
  const page = errorPage(status);
  let text = `HTTP/1.1 ${status} ${page.reason}\r\n`;
  for (let at = 0; at < page.headers.length; at += 2) {
    text += `${page.headers[at]}: ${page.headers[at + 1]}\r\n`;
  }
  return `${text}Connection: close\r\n\r\n${page.body}`;
}
