/** Sends a page of ours, also to a client that is still sending its request. */

import type { ServerResponse } from 'node:http';

import type { ErrorPage } from './error-pages.ts';

/** How long a client that is being refused may go on sending before the connection is closed. */
const LINGER_MS = 2000;

/** A client that is still sending is listened to, so that the answer is not lost in a reset. */
export function sendPage(
  response: ServerResponse,
  page: ErrorPage,
  rest: 'all-read' | 'still-sending',
): void {
  if (rest === 'still-sending') response.shouldKeepAlive = false;
  response.writeHead(page.status, page.reason, [...page.headers]);
  // Who is answered 408 has stopped sending: there is nothing to wait for.
  if (rest === 'all-read' || page.status === 408) return void response.end(page.body, 'latin1');
  response.write(page.body, 'latin1');
  const { req: request } = response;
  const timer = setTimeout(() => response.end(), LINGER_MS);
  request.once('end', () => response.end());
  response.once('close', () => clearTimeout(timer));
  request.resume();
}
