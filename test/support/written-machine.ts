/**
 * A machine that is written down: whose directories and files there are, with which accounts and
 * which web server.
 */

import type { Account, FileFacts, MachineFacts, WebServer } from '../../src/units/machine.ts';

/** Facts as the root directory of a Debian has them, with these in addition or instead. */
export interface WrittenMachine {
  /** "/run/uwsgi root:root 1755", one each. */
  readonly files?: readonly string[];
  /** "deploy deploy www-data": a user, its own group, its other groups. */
  readonly accounts?: readonly string[];
  /** From link to target. */
  readonly links?: Readonly<Record<string, string>>;
  readonly webServer?: MachineFacts['webServer'];
  readonly systemdVersion?: number;
}

const usualFiles = [
  '/ root:root 0755',
  '/etc root:root 0755',
  '/home root:root 0755',
  '/root root:root 0700',
  '/run root:root 0755',
  '/srv root:root 0755',
  '/tmp root:root 1777',
  '/var root:root 0755',
  '/var/log root:root 0755',
  '/var/lib root:root 0755',
  '/var/cache root:root 0755',
  '/var/tmp root:root 1777',
];
const usualAccounts = ['root root', 'reeve reeve', 'www-data www-data', 'nobody nogroup'];

export const nginxOfDebian: WebServer = {
  name: 'nginx',
  user: 'www-data',
  groups: ['www-data'],
  group: 'www-data',
  sandbox: { hidesTmp: false, hidesHome: false },
};

export function writtenMachine(written: WrittenMachine = {}): MachineFacts {
  const files = new Map([...usualFiles, ...(written.files ?? [])].map(fileOf));
  const accounts = new Map(
    [...usualAccounts, ...(written.accounts ?? [])].map((line) => {
      const [name = '', group = name, ...others] = line.split(' ');
      const account: Account = { name, group, groups: [group, ...others] };
      return [name, account] as const;
    }),
  );
  const groups = new Set([...accounts.values()].flatMap((account) => account.groups));
  const links = Object.entries(written.links ?? {});
  return {
    fileAt: (path) => files.get(path),
    realPath: (path) => {
      const [from = '', to = ''] =
        links.find(([link]) => path === link || path.startsWith(`${link}/`)) ?? [];
      return from === '' ? path : to + path.slice(from.length);
    },
    account: (name) => accounts.get(name),
    group: (name) => (groups.has(name) ? name : undefined),
    webServer: 'webServer' in written ? written.webServer : nginxOfDebian,
    systemdVersion: written.systemdVersion ?? 257,
  };
}

function fileOf(line: string): readonly [path: string, facts: FileFacts] {
  const [path = '', who = '', mode = ''] = line.split(' ');
  const [owner = '', group = ''] = who.split(':');
  return [path, { owner, group, mode: Number.parseInt(mode, 8) }];
}
