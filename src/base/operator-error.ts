/**
 * An error that the operator can fix: what is wrong, where, and what to do about it.
 *
 * It is printed as one sentence without a stack, and carries the exit code that the process
 * ends with if nobody handles it. A bug of ours is any other exception.
 */

export interface OperatorErrorParts {
  /** What is wrong, without a full stop. */
  readonly what: string;
  /** Where: `app.ini:7`, `--http`, a path. */
  readonly where?: string | undefined;
  /** What the operator can do about it, without a full stop. */
  readonly advice?: string | undefined;
  /** One of `exitCodes`. */
  readonly exitCode: number;
  /** What the kernel refused it with, for the service manager. */
  readonly errno?: number | undefined;
}

/** The message is the full sentence: `where: what; advice`. */
export class OperatorError extends Error {
  readonly exitCode: number;
  readonly what: string;
  readonly where: string | undefined;
  readonly advice: string | undefined;
  readonly errno: number | undefined;

  constructor(parts: OperatorErrorParts) {
    const where = parts.where === undefined ? '' : `${parts.where}: `;
    const advice = parts.advice === undefined ? '' : `; ${parts.advice}`;
    super(`${where}${parts.what}${advice}`);
    this.name = 'OperatorError';
    this.exitCode = parts.exitCode;
    this.what = parts.what;
    this.where = parts.where;
    this.advice = parts.advice;
    this.errno = parts.errno;
  }
}
