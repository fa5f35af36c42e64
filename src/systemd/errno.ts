/**
 * PURE but for the system's own table. The ERRNO that systemd shows beside a failed start
 * (`Error: 98 (Address already in use)`): what the kernel said where it said something, else the
 * number that comes nearest to the exit code.
 */
import { constants } from 'node:os';

const { errno } = constants;

const nearest: Readonly<Record<number, number>> = {
  22: errno.ENOEXEC, // The application cannot be run.
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

/** The number to send. */
export function errnoOf({ exitCode, errno: said, isTimeout = false }: Failure): number {
  if (said !== undefined && said > 0) return said;
  return isTimeout ? errno.ETIMEDOUT : (nearest[exitCode] ?? errno.EINVAL);
}
