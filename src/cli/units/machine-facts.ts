/** Looks at this machine for the rules about units: files, accounts, the web server, systemd. */

import { existsSync, globSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { findGroup, findUser, groupsOf } from '../../base/accounts.ts';
import { OperatorError } from '../../base/operator-error.ts';
import { exitCodes } from '../../tables/exit-codes.ts';
import {
  effectiveUnit,
  hidesHome,
  hidesTmp,
  systemFolders,
  unitTexts,
} from '../../units/effective-unit.ts';
import { nginxUser } from '../../units/nginx.ts';
import { systemdVersion } from './systemctl.ts';

import type { Account, FileFacts, MachineFacts, WebServer } from '../../units/machine.ts';

export interface FactsRequest {
  /** A directory in place of `/`; '' for none. */
  readonly root: string;
  /** `nginx`, `none`, a user; undefined: nginx, or what Debian or Fedora would run it as. */
  readonly webServer: string | undefined;
}

const NGINX_CONF = '/etc/nginx/nginx.conf';
/** Accounts of web servers: nginx in Fedora and in nginx's own packages, www-data in Debian. */
const usualAccounts = ['nginx', 'www-data'];

/** What holds on this machine. Throws where the web server that was asked for is not known. */
export function machineFacts(request: FactsRequest): MachineFacts {
  return {
    fileAt,
    realPath,
    account,
    group: (name) => findGroup(name)?.name,
    webServer: webServerOf(request),
    // Only a unit that is written needs it: systemctl is asked for it.
    get systemdVersion() {
      return request.root === '' ? systemdVersion() : versionIn(request.root);
    },
  };
}

function fileAt(path: string): FileFacts | undefined {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined) return undefined;
    const owner = findUser(String(found.uid))?.name ?? String(found.uid);
    return { owner, group: groupName(found.gid), mode: found.mode & 0o7777 };
  } catch {
    // A user other than root may not look there, or a link leads nowhere.
    return undefined;
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // It is not there, or may not be looked at: the path itself has to do.
    return path;
  }
}

function account(name: string): Account | undefined {
  const user = findUser(name);
  if (user === undefined) return undefined;
  const groups = groupsOf(user.name, user.gid).map(groupName);
  return { name: user.name, group: groupName(user.gid), groups };
}

function groupName(gid: number): string {
  return findGroup(String(gid))?.name ?? String(gid);
}

function webServerOf({ root, webServer: asked }: FactsRequest): WebServer | undefined {
  if (asked === 'none') return undefined;
  if (asked !== undefined && asked !== 'nginx') return namedServer(asked);
  const conf = join(root || '/', NGINX_CONF);
  const hasNginx = existsSync(conf);
  const [user, group] = (hasNginx ? nginxUser(readFileSync(conf, 'utf8')) : undefined) ?? [];
  const isApache = !hasNginx && existsSync(join(root || '/', '/etc/apache2'));
  const name = isApache && asked === undefined ? 'apache2' : 'nginx';
  const candidates = user === undefined ? usualAccounts : [user, ...usualAccounts];
  const found = candidates
    .flatMap((each) => account(each) ?? [])
    .find((each) => each.name !== 'root');
  if (found !== undefined) return server(name, found, group ?? found.group);
  if (asked === undefined) return undefined;
  const none = `there is none of ${usualAccounts.join(', ')}`;
  const what = `nginx is not on this machine: ${NGINX_CONF} names no user, and ${none}`;
  const advice = 'install nginx first, or name the user of the web server';
  throw new OperatorError({ what, where: '--for', advice, exitCode: exitCodes.config });
}

/** Any other one, by its user. */
function namedServer(asked: string): WebServer {
  const found = account(asked);
  if (found !== undefined) return server(asked, found, found.group);
  const what = `there is no user ${asked}`;
  const advice = 'say nginx, none, or the user of another web server';
  throw new OperatorError({ what, where: '--for', advice, exitCode: exitCodes.config });
}

function server(name: string, { name: user, groups }: Account, group: string): WebServer {
  const files = { text: textOf, names: namesIn };
  const unit = effectiveUnit(unitTexts(`${name}.service`, systemFolders, files) ?? []);
  const sandbox = { hidesTmp: hidesTmp(unit), hidesHome: hidesHome(unit) };
  return { name, user, groups: [...new Set([...groups, group])], group, sandbox };
}

function textOf(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

function namesIn(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

/** The version of systemd below another root, which its library is named after; 0: unknown. */
function versionIn(root: string): number {
  const [library = ''] = globSync(`${root}/usr/lib{,64}/{*/,}systemd/libsystemd-shared-*.so`);
  return Number(/shared-(\d+)[^/]*\.so$/.exec(library)?.[1] ?? 0);
}
