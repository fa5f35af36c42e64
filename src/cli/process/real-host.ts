/**
 * What the configuration may ask of the world, answered by this machine: files, environment, user.
 *
 * Relative paths start at the directory that the process was started in, also at a reload, when the
 * process may have another working directory. A file is read without waiting (a named pipe is
 * refused) and up to a limit.
 */

import {
  closeSync,
  constants,
  fstatSync,
  globSync,
  openSync,
  readFileSync,
  readSync,
  realpathSync,
  statSync,
} from 'node:fs';
import type { Stats } from 'node:fs';
import { availableParallelism, hostname, userInfo } from 'node:os';
import { resolve } from 'node:path';

import { OperatorError } from '../../base/operator-error.ts';
import { ownUnit } from '../../base/own-unit.ts';
import { errorCodeOf, reasonOf as kernelReasonOf } from '../../base/system-error.ts';
import { version } from './version.ts';
import { PROGRAM_VARIABLE } from '../../master/start/environment.ts';
import { exitCodes } from '../../tables/exit-codes.ts';

import type { ConfigHost } from '../../config/reading/host.ts';

export interface HostFacts {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly version: string;
  /** Path of the executable, for `%b`. */
  readonly binary: string;
  readonly sockets?: ConfigHost['sockets'];
}

/** In bytes: far above any configuration, and read in no time. */
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

/** The host for this process with this environment. */
export function hostOf(
  environment: Readonly<Record<string, string | undefined>>,
  sockets?: ConfigHost['sockets'],
): ConfigHost {
  const binary = environment[PROGRAM_VARIABLE] ?? process.argv[1] ?? process.execPath;
  return createConfigHost({ environment, cwd: process.cwd(), version, binary, sockets });
}

/** The host that these facts describe. */
export function createConfigHost(facts: HostFacts): ConfigHost {
  return hostWith(facts, new StandardInput(), false);
}

/** Standard input can be read once, but is asked for again at a reload. */
class StandardInput {
  #text: string | undefined;

  text(): string {
    this.#text ??= readStandardInput();
    return this.#text;
  }
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    // What cannot be looked at is as good as absent for a question about its existence.
    return undefined;
  }
}

function userName(uid: number): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run under a number that no user has.
    return String(uid);
  }
}

function groupName(gid: number): string {
  try {
    const lines = readFileSync('/etc/group', 'utf8').split('\n');
    const fields = lines.map((line) => line.split(':')).find((line) => line[2] === String(gid));
    return fields?.[0] ?? String(gid);
  } catch {
    return String(gid);
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // The file may be missing: reading it will say so.
    return path;
  }
}

function hostWith(facts: HostFacts, input: StandardInput, isReload: boolean): ConfigHost {
  const { environment, cwd, version, binary, sockets } = facts;
  const at = (path: string) => resolve(cwd, path);
  return {
    environment,
    cwd,
    version,
    binary,
    sockets,
    isReload,
    readText: (path) => (path === '-' ? input.text() : readFileBounded(at(path), path)),
    realPath: (path) => (path === '-' ? path : realPath(at(path))),
    inode: (path) => statOf(at(path))?.ino ?? 0,
    exists: (path) => statOf(at(path)) !== undefined,
    isFile: (path) => statOf(at(path))?.isFile() ?? false,
    isDirectory: (path) => statOf(at(path))?.isDirectory() ?? false,
    glob: (pattern) => globSync(pattern, { cwd }).toSorted(),
    get hostname() {
      return hostname();
    },
    get cores() {
      return availableParallelism();
    },
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
    get userName() {
      return userName(process.getuid?.() ?? 0);
    },
    get groupName() {
      return groupName(process.getgid?.() ?? 0);
    },
    get unixMicroseconds() {
      return Math.trunc((performance.timeOrigin + performance.now()) * 1000);
    },
    get unit() {
      return ownUnit(environment);
    },
    forReload: () => hostWith(facts, input, true),
  };
}

function reasonOf(error: unknown): string {
  return reasons[errorCodeOf(error) ?? ''] ?? kernelReasonOf(error);
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
function readStandardInput(): string {
  const shown = 'standard input';
  try {
    return toText(readAll(0, shown), shown);
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    throw unreadable(shown, reasonOf(error), exitCodes.noInput);
  }
}

/** The text of a file of at most 1 MiB; `shown` is its name in sentences. Throws OperatorError. */
function readFileBounded(path: string, shown: string): string {
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
