/**
 * Reads a configuration file without waiting and without end: what is no file is said to be none.
 */

import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

import { OperatorError } from '../../base/operator-error.ts';
import { exitCodes } from '../../tables/exit-codes.ts';

/** Far above any configuration, far below what would be felt. */
const bytesMax = 1024 * 1024;

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'a part of the path is no directory',
  EACCES: 'reading it is not permitted',
  EPERM: 'reading it is not permitted',
  EISDIR: 'it is a directory',
  ELOOP: 'its links lead in a circle',
  ENXIO: 'it is not a file',
  ENAMETOOLONG: 'the path is too long',
};

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return reasons[code] ?? error.message;
}

function unreadable(shown: string, reason: string, exitCode: number): OperatorError {
  return new OperatorError({ what: `cannot read ${shown}: ${reason}`, exitCode });
}

function readAll(descriptor: number, shown: string): Buffer {
  const chunks: Buffer[] = [];
  for (let total = 0; total <= bytesMax;) {
    const chunk = Buffer.alloc(64 * 1024);
    const count = readSync(descriptor, chunk);
    if (count === 0) return Buffer.concat(chunks);
    chunks.push(chunk.subarray(0, count));
    total += count;
  }
  const reason = 'it is longer than 1 MiB, which no configuration is';
  throw unreadable(shown, reason, exitCodes.config);
}

function toText(bytes: Buffer, shown: string): string {
  if (bytes.includes(0)) {
    throw unreadable(shown, 'it is not text (it has NUL bytes)', exitCodes.config);
  }
  return bytes.toString('utf8').replace(/^\u{feff}/u, '');
}

/** The text of standard input up to its end. Throws OperatorError. */
export function readStandardInput(): string {
  const shown = 'standard input';
  try {
    return toText(readAll(0, shown), shown);
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    throw unreadable(shown, reasonOf(error), exitCodes.noInput);
  }
}

/** The text of a file of at most 1 MiB; `shown` is its name in sentences. Throws OperatorError. */
export function readFileBounded(path: string, shown: string): string {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = fstatSync(descriptor);
    if (stat.isDirectory()) throw unreadable(shown, 'it is a directory', exitCodes.noInput);
    if (stat.isFIFO()) throw unreadable(shown, 'it is a named pipe', exitCodes.noInput);
    return toText(readAll(descriptor, shown), shown);
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    throw unreadable(shown, reasonOf(error), exitCodes.noInput);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
