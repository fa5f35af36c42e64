/**
 * The real world, as the configuration asks for it.
 *
 * Relative paths start at the directory that the process was started in, also at a reload, when the
 * process may stand somewhere else.
 */

import { globSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { availableParallelism, hostname, userInfo } from 'node:os';
import { resolve } from 'node:path';

import { ownUnit } from '../../base/own-unit.ts';
import { readFileBounded, readStandardInput } from './read-bounded.ts';

import type { ConfigHost } from '../../config/reading/host.ts';
import type { Stats } from 'node:fs';

export interface HostFacts {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly version: string;
  /** Path of the executable, for `%b`. */
  readonly binary: string;
  readonly sockets?: ConfigHost['sockets'];
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

/** The host of this process. */
export function createConfigHost(facts: HostFacts): ConfigHost {
  return hostWith(facts, new StandardInput(), false);
}
