/** A machine that is written down: these files in /srv, these variables, and nothing else. */

import path from 'node:path';

import { OperatorError } from '../../src/base/operator-error.ts';
import type { ConfigHost } from '../../src/config/reading/host.ts';

export function writtenHost(
  written: ReadonlyMap<string, string>,
  environment: Readonly<Record<string, string>> = {},
): ConfigHost {
  const absolute = (name: string) => path.resolve('/srv', name);
  const files = new Map([...written].map(([name, body]) => [absolute(name), body]));
  return {
    readText(name) {
      const body = files.get(absolute(name));
      if (body !== undefined) return body;
      throw new OperatorError({ what: `cannot read ${name}: there is no such file`, exitCode: 66 });
    },
    realPath: absolute,
    inode: () => 42,
    exists: (name) => files.has(absolute(name)) || absolute(name) === '/srv',
    isFile: (name) => files.has(absolute(name)),
    isDirectory: (name) => absolute(name) === '/srv',
    glob: (pattern) =>
      [...files.keys()].filter((name) => path.matchesGlob(name, absolute(pattern))).toSorted(),
    environment,
    cwd: '/srv',
    hostname: 'host',
    cores: 4,
    uid: 0,
    gid: 0,
    userName: 'root',
    groupName: 'root',
    unixMicroseconds: 1_700_000_000_000_000,
    binary: '/usr/bin/reeve',
    version: '0.1.0',
    isReload: false,
    forReload: () => writtenHost(written, environment),
  };
}
