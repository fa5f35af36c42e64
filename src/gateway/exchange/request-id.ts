/**
 * By which name logs know a request.
 *
 * X-Request-ID, whoever sent it: the application sees the same header, so both logs agree, and
 * nothing is decided by it. One that is longer than an id, or could disturb whoever reads the log,
 * does not count; such a request, and one without the header, is given an id here.
 */
import { randomBytes } from 'node:crypto';

const ID = /^[A-Za-z0-9._:+/=@-]{1,128}$/;
const POOL_BYTES = 4096;
const ID_BYTES = 16;

let pool = Buffer.alloc(0);

/** The id of a request that came with this X-Request-ID. */
export function requestIdOf(given: string | undefined): string {
  return given !== undefined && ID.test(given) ? given : newId();
}

/** 32 hex digits; the kernel is asked for many at once. */
function newId(): string {
  if (pool.length < ID_BYTES) pool = randomBytes(POOL_BYTES);
  const id = pool.toString('hex', 0, ID_BYTES);
  pool = pool.subarray(ID_BYTES);
  return id;
}
