/**
 * PURE but for the system's own table. The ERRNO that systemd shows beside a failed start
 * (`Error: 98 (Address already in use)`): what the kernel said where it said something, else the
 * number that comes nearest to the exit code. None for an application that does not load: no error
 * of the system is like it, and STATUS has the exception.
 */
import { constants } from 'node:os';

const { errno } = constants;

const doesNotLoad = 22;
const nearest: Readonly<Record<number, number>> = {
  64: errno.EINVAL,
  66: errno.ENOENT,
  69: errno.EADDRNOTAVAIL,
  70: errno.EPROTO,
  71: errno.EIO,
  73: errno.EEXIST,
  75: errno.EAGAIN,
  77: errno.EPERM,
  78: errno.EINVAL,
};

export interface Failure {
  readonly exitCode: number;
  /** What the kernel said; undefined where nothing was refused. */
  readonly errno?: number | undefined;
  readonly isTimeout?: boolean;
}

/** The number to send; undefined for none. */
export function errnoOf(failure: Failure): number | undefined {
  const { exitCode, errno: said, isTimeout = false } = failure;
  if (said !== undefined && said > 0) return said;
  if (exitCode === doesNotLoad && !isTimeout) return undefined;
  return isTimeout ? errno.ETIMEDOUT : (nearest[exitCode] ?? errno.EINVAL);
}
