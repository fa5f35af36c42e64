/**
 * The head of a request whose variables a front server has made: nginx's `uwsgi_pass` (pure).
 *
 * All variables are passed on. What PEP 3333 requires and the peer left out is added; HTTP_PROXY is
 * dropped, since a front server passes a client's `Proxy:` header on ("httpoxy"). Of a variable
 * that comes twice the last counts.
 *
 * As in uWSGI, UWSGI_APPID names the mounted application, else SCRIPT_NAME does, with vhost among
 * those of the host; UWSGI_APPID then says what was looked for. With manage-script-name a
 * mountpoint that the path begins with takes the place of SCRIPT_NAME. Unlike uWSGI, no application
 * is loaded because a request names it (UWSGI_SCRIPT and the like): every process that reaches the
 * socket could run a file with them.
 */

import { withoutBlanks } from '../http/head.ts';
import { forwardedClient } from './forwarded.ts';
import type { Peer } from './forwarded.ts';
import { mountOf, tableFor } from './mounts.ts';
import type { MountedPath } from './mounts.ts';
import { refusedHead } from './variables.ts';
import type { HeadContext, RequestHead } from './variables.ts';

export interface PeerRequest {
  /** name, value, name, value … */
  readonly variables: readonly string[];
  /** modifier1 30: the front server's SCRIPT_NAME is still at the beginning of PATH_INFO. */
  readonly cutsScriptName: boolean;
}

interface NamedMount extends MountedPath {
  readonly notLoaded: string;
  /** UWSGI_APPID; '' for none. */
  readonly id: string;
}

/** Returns the variables for the application, or why the request is refused. */
export function readPeerHead(
  { variables, cutsScriptName }: PeerRequest,
  peer: Peer,
  context: HeadContext,
): RequestHead {
  const given = new Map<string, string>();
  for (let at = 0; at + 1 < variables.length; at += 2) {
    const name = variables[at] ?? '';
    const value = variables[at + 1] ?? '';
    if (name === '' || name.includes('\0') || value.includes('\0')) {
      return refusedHead(400, 'a variable that cannot be passed on');
    }
    given.set(name, value);
  }
  if ((given.get('REQUEST_METHOD') ?? '') === '') return refusedHead(400, 'no REQUEST_METHOD');
  const contentLength = given.get('CONTENT_LENGTH') ?? '';
  if (!/^[0-9]{0,15}$/.test(contentLength)) {
    return refusedHead(400, 'CONTENT_LENGTH is not a number');
  }
  given.delete('HTTP_PROXY');
  const path = given.get('PATH_INFO') ?? '';
  const mounted = mountedBy(given, path, cutsScriptName, context);
  const isHttps = saysHttps(given, peer.isBelieved);
  replaceClient(given, peer, context);
  given.set('SCRIPT_NAME', mounted.scriptName);
  given.set('PATH_INFO', mounted.pathInfo);
  if (mounted.id !== '') given.set('UWSGI_APPID', mounted.id);
  if (isHttps && !['on', '1'].includes(given.get('HTTPS') ?? '')) given.set('HTTPS', 'on');
  // As in uWSGI the application sees HTTPS as it came, and the scheme is http all the same.
  if (!isHttps && isOn(given.get('HTTPS'))) given.set('UWSGI_SCHEME', 'http');
  if ((given.get('SERVER_NAME') ?? '') === '') given.set('SERVER_NAME', context.serverName);
  if ((given.get('SERVER_PORT') ?? '') === '') given.set('SERVER_PORT', context.serverPort);
  if (!given.has('SERVER_PROTOCOL')) given.set('SERVER_PROTOCOL', 'HTTP/1.1');
  if (!given.has('QUERY_STRING')) given.set('QUERY_STRING', '');
  return {
    refusal: 0,
    problem: '',
    application: mounted.application,
    strings: [String(mounted.application), ...[...given].flat()],
    path,
    isHttps,
    contentLength: Number(contentLength),
    droppedNames: [],
    notLoaded: mounted.notLoaded,
  };
}

/**
 * REMOTE_ADDR is the client of the front server, and counts; where that is itself a proxy which the
 * operator has named, the client is the one that it speaks for.
 */
function replaceClient(given: Map<string, string>, peer: Peer, context: HeadContext): void {
  const seen = given.get('REMOTE_ADDR') || peer.address;
  const forwardedFor = given.get('HTTP_X_FORWARDED_FOR');
  const client = forwardedClient(seen, forwardedFor, context.isNamedProxy);
  if (client === undefined) return;
  given.set('REMOTE_ADDR', client.address);
  if (client.port === 0) given.delete('REMOTE_PORT');
  else given.set('REMOTE_PORT', String(client.port));
}

function mountedBy(
  given: ReadonlyMap<string, string>,
  path: string,
  cutsScriptName: boolean,
  { mounts, serverName }: HeadContext,
): NamedMount {
  // As in uWSGI the client's Host counts, and SERVER_NAME only without one.
  const host = given.get('HTTP_HOST') || given.get('SERVER_NAME') || serverName;
  const table = mounts.hosts === undefined ? mounts : tableFor(mounts, host);
  const byPath = mountOf(table, path);
  const asked = given.get('SCRIPT_NAME') ?? '';
  const scriptName = byPath.scriptName || asked;
  const isCut = cutsScriptName && byPath.scriptName === '';
  const id = given.get('UWSGI_APPID') || '';
  const application = id === '' ? table.byName.get(scriptName) : mounts.byName.get(id);
  return {
    application: application ?? table.defaultApplication,
    scriptName,
    pathInfo: isCut ? pathBelow(asked, path) : byPath.pathInfo,
    notLoaded: application === undefined ? loadingOf(given) : '',
    id: id === '' && mounts.hosts !== undefined ? `${host}|${scriptName}` : id,
  };
}

/** The path without the name at its beginning; what does not begin with it stays as it is. */
function pathBelow(name: string, path: string): string {
  const prefix = name.endsWith('/') ? name.slice(0, -1) : name;
  const isBelow = path === prefix || path.startsWith(`${prefix}/`);
  return isBelow ? path.slice(prefix.length) : path;
}

/** What uWSGI would load for this request, as a front server writes it; '' for nothing. */
function loadingOf(given: ReadonlyMap<string, string>): string {
  for (const variable of ['UWSGI_SCRIPT', 'UWSGI_FILE', 'UWSGI_MODULE']) {
    const value = given.get(variable) ?? '';
    if (value !== '') return `${variable} ${value}`;
  }
  return '';
}

/** As in uWSGI, but a client's header counts only from a front server that is believed. */
function saysHttps(given: ReadonlyMap<string, string>, isTrusted: boolean): boolean {
  const forwarded = isTrusted ? given.get('HTTP_X_FORWARDED_PROTO') : undefined;
  const scheme = given.get('UWSGI_SCHEME') || forwarded || '';
  if (scheme !== '') return withoutBlanks(scheme).toLowerCase() === 'https';
  return isOn(given.get('HTTPS')) || (isTrusted && isOn(given.get('HTTP_X_FORWARDED_SSL')));
}

function isOn(value: string | undefined): boolean {
  return value?.toLowerCase() === 'on' || value === '1';
}

/** Returns the parts of a request line; '' for what the peer has left out. */
export function requestLineOf({ variables }: PeerRequest): {
  readonly method: string;
  readonly target: string;
  readonly version: '1.0' | '1.1';
} {
  let [method, target, protocol] = ['', '', ''];
  for (let at = 0; at + 1 < variables.length; at += 2) {
    const value = variables[at + 1] ?? '';
    if (variables[at] === 'REQUEST_METHOD') method = value;
    else if (variables[at] === 'REQUEST_URI') target = value;
    else if (variables[at] === 'SERVER_PROTOCOL') protocol = value;
  }
  return { method, target, version: protocol === 'HTTP/1.0' ? '1.0' : '1.1' };
}
