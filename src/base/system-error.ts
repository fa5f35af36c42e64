/**
 * What the kernel refused, in words and as an exit code.
 *
 * A system call that fails is no bug of ours: directories are closed, disks fill up. Whoever
 * knows what was wanted says so in an OperatorError of its own, with `reasonOf` for the cause; what
 * nobody expected is made one by `asOperatorError`, so that nobody sees a stack for it.
 */
import { getSystemErrorMap } from 'node:util';

import { OperatorError } from './operator-error.ts';

// The exit codes of tables/exit-codes.ts that base may not import.
const OS_ERROR = 71;
const CANNOT_CREATE = 73;
const NO_PERMISSION = 77;

const WORDS: Readonly<Record<string, string>> = {
  EACCES: 'not permitted',
  EPERM: 'not permitted',
  ENOENT: 'there is no such file or directory',
  EISDIR: 'it is a directory',
  ENOSPC: 'the disk is full',
  EMFILE: 'the process has as many open files as it may (LimitNOFILE= of the unit, ulimit -n)',
  ENFILE: 'the machine has as many open files as it may (fs.file-max)',
  ENXIO: 'it is a fifo that nobody reads, or no file',
};

/**
 * A path that Reeve itself refuses to use as root, as the kernel refuses others (trusted-path.ts).
 * The message is the reason.
 */
export class UntrustedPathError extends Error {}

/** The name of the kernel's error, "ENOENT"; undefined for what is none of the kernel's. */
export function errorCodeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || !('errno' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** The kernel's number of the error, for the service manager; undefined as above. */
export function errnoNumberOf(error: unknown): number | undefined {
  if (errorCodeOf(error) === undefined || !(error instanceof Error)) return undefined;
  return 'errno' in error && typeof error.errno === 'number' ? Math.abs(error.errno) : undefined;
}

/** Why it failed, in a few words without names of calls: "the disk is full". */
export function reasonOf(error: unknown): string {
  const code = errorCodeOf(error);
  if (code !== undefined) {
    const known = WORDS[code] ?? messages().get(code);
    if (known !== undefined) return known;
  }
  return error instanceof Error ? error.message : String(error);
}

/** Whether privileges are missing, rather than something else. */
export function isForbidden(error: unknown): boolean {
  const code = errorCodeOf(error);
  return code === 'EACCES' || code === 'EPERM';
}

/** Descriptors or memory are missing: no other path would help. */
function isWant(error: unknown): boolean {
  const code = errorCodeOf(error);
  return code === 'EMFILE' || code === 'ENFILE' || code === 'ENOMEM';
}

/** 77 where privileges are missing, 71 for a limit, else `otherwise`: one cause has one code. */
export function exitCodeFor(error: unknown, otherwise: number): number {
  if (isForbidden(error)) return NO_PERMISSION;
  return isWant(error) ? OS_ERROR : otherwise;
}

/** The sentence for what the kernel refused; undefined for anything else: a bug of ours. */
export function asOperatorError(error: unknown): OperatorError | undefined {
  if (error instanceof OperatorError) return error;
  if (error instanceof UntrustedPathError) {
    return new OperatorError({ what: error.message, exitCode: CANNOT_CREATE });
  }
  if (errorCodeOf(error) === undefined || !(error instanceof Error)) return undefined;
  const call = 'syscall' in error ? String(error.syscall) : error.message.split(':', 1)[0];
  const path = 'path' in error && typeof error.path === 'string' ? ` ${error.path}` : '';
  const what = `the system refused ${call}${path}: ${reasonOf(error)}`;
  const errno = errnoNumberOf(error);
  return new OperatorError({ what, exitCode: exitCodeFor(error, OS_ERROR), errno });
}

/** A pidfile, log, fifo or socket that cannot be made: why, what helps, and 77 or else 73. */
export function cannotMake(
  thing: string,
  error: unknown,
  parts: { readonly where?: string; readonly advice?: string } = {},
): OperatorError {
  const isMissing = errorCodeOf(error) === 'ENOENT';
  const reason = isMissing ? 'its directory does not exist' : reasonOf(error);
  const first = isMissing
    ? 'make its directory (RuntimeDirectory= or LogsDirectory= in a unit does)'
    : isForbidden(error)
      ? 'let this user write there, or start as root'
      : undefined;
  const other = [first, 'choose another path'].filter(Boolean).join(', or ');
  const advice = isWant(error) ? undefined : (parts.advice ?? other);
  return new OperatorError({
    what: `${thing} cannot be made or written: ${reason}`,
    where: parts.where,
    advice,
    exitCode: exitCodeFor(error, CANNOT_CREATE),
    errno: errnoNumberOf(error),
  });
}

function messages(): ReadonlyMap<string, string> {
  return new Map(getSystemErrorMap().values());
}
