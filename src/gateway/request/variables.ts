/**
 * An HTTP request's head as the variables that an application is given (pure).
 *
 * Names, order and merging are those of uWSGI's HTTP router, with three differences for safety:
 * a header name with `_` is dropped, as it could pose as the one with `-` that a proxy sets;
 * `Proxy` is dropped, as HTTP_PROXY redirects the outgoing requests of some libraries ("httpoxy");
 * X-Forwarded-Proto makes the request https only where it comes from this machine or a named proxy.
 */

import { withoutBlanks } from '../http/head.ts';
import { forwardedClient } from './forwarded.ts';
import type { ForwardedClient, IsNamedProxy, Peer } from './forwarded.ts';
import { mountOf, tableFor } from './mounts.ts';
import type { HostTables } from './mounts.ts';
import { isHost, readTarget } from './target.ts';
import type { RequestTarget } from './target.ts';

/** What the reader of heads has found; it has refused what is no HTTP. */
export interface RawRequest {
  readonly method: string;
  readonly target: string;
  readonly version: '1.0' | '1.1';
  /** name, value, name, value … as sent. */
  readonly rawHeaders: readonly string[];
  readonly bodyBytes: number | 'chunked';
}

/** What does not change from request to request of a listener. */
export interface HeadContext {
  readonly serverName: string;
  readonly serverPort: string;
  readonly mounts: HostTables;
  readonly isNamedProxy: IsNamedProxy;
  /** Undefined where the configuration changes nothing of the variables. */
  readonly ofListener?: ListenerVariables | undefined;
}

/** What the configuration makes of the variables of a listener's requests. */
export interface ListenerVariables {
  /** SERVER_NAME is the Host of the request, where it has one. */
  readonly isServerNamedByHost: boolean;
  /** They take the place of others with their names. */
  readonly added: readonly { readonly name: string; readonly value: string }[];
}

export interface RequestHead {
  /** 0, or the status that it is refused with: then no application is told of it. */
  readonly refusal: 0 | 400 | 431;
  /** Why it is refused; '' else. */
  readonly problem: string;
  readonly application: number;
  /** Application number, then name, value …: the strings of a REQUEST frame. */
  readonly strings: string[];
  /** Decoded, before a mountpoint is taken off. */
  readonly path: string;
  readonly isHttps: boolean;
  /** -1 when the length is not known before the body has come (chunked); 0 when there is none. */
  readonly contentLength: number;
  /** Names that were left out because of `_`; most often none. */
  readonly droppedNames: readonly string[];
  /** What uWSGI would have loaded for it, "UWSGI_SCRIPT shop"; '' for nothing. */
  readonly notLoaded: string;
}

/** More fields than this are an attack: names are looked up one by one. */
export const HEADER_FIELDS_MAX = 500;

/** Where headers may begin in the strings: behind the application number and fixed variables. */
const FIXED_STRINGS = 17;

const nothingDropped: readonly string[] = [];

/** As in uWSGI: applications read it as an address. */
const ADDRESS_OF_UNIX_PEER = '0.0.0.0';

/** Returns the variables of a request of `peer`, or its refusal. */
export function readRequestHead(raw: RawRequest, peer: Peer, context: HeadContext): RequestHead {
  const target = readTarget(raw.target, raw.method);
  if (target === undefined) return refusedHead(400, 'the request target cannot be passed on');
  if (raw.rawHeaders.length > 2 * HEADER_FIELDS_MAX) {
    return refusedHead(431, 'too many header fields');
  }
  const { mounts } = context;
  const host = mounts.hosts === undefined ? '' : hostOf(raw, target, context);
  const mounted = mountOf(host === '' ? mounts : tableFor(mounts, host), target.path);
  const strings = [
    String(mounted.application),
    'REQUEST_METHOD',
    raw.method,
    'PATH_INFO',
    mounted.pathInfo,
    'REQUEST_URI',
    raw.target,
    'QUERY_STRING',
    target.query,
    'SERVER_PROTOCOL',
    raw.version === '1.0' ? 'HTTP/1.0' : 'HTTP/1.1',
    'SCRIPT_NAME',
    mounted.scriptName,
    'SERVER_NAME',
    context.serverName,
    'SERVER_PORT',
    String(peer.proxied?.server?.port ?? context.serverPort),
    'REMOTE_ADDR',
    peer.address || ADDRESS_OF_UNIX_PEER,
  ];
  addEnds(strings, peer);
  const headers = addHeaders(strings, raw.rawHeaders, peer);
  if (headers.problem !== '') return refusedHead(400, headers.problem);
  if (target.authority !== '') replaceHost(strings, target.authority);
  if (headers.isHttps) strings.push('HTTPS', 'on');
  if (host !== '') strings.push('UWSGI_APPID', `${host}|${mounted.scriptName}`);
  if (peer.isNamed) replaceByForwarded(strings, peer, context);
  if (context.ofListener !== undefined) setForListener(strings, context.ofListener);
  return {
    refusal: 0,
    problem: '',
    application: mounted.application,
    strings,
    path: target.path,
    isHttps: headers.isHttps,
    contentLength: raw.bodyBytes === 'chunked' ? -1 : raw.bodyBytes,
    droppedNames: headers.droppedNames,
    notLoaded: '',
  };
}

function setForListener(
  strings: string[],
  { isServerNamedByHost, added }: ListenerVariables,
): void {
  const host = isServerNamedByHost ? variableOf(strings, 'HTTP_HOST') : undefined;
  if (host !== undefined) setVariable(strings, 'SERVER_NAME', host);
  for (const { name, value } of added) setVariable(strings, name, value);
}

function setVariable(strings: string[], name: string, value: string): void {
  for (let at = 1; at < strings.length; at += 2) {
    if (strings[at] !== name) continue;
    strings[at + 1] = value;
    return;
  }
  strings.push(name, value);
}

/** What is known of the two ends beyond their addresses. */
function addEnds(strings: string[], { port, proxied }: Peer): void {
  if (port !== 0) strings.push('REMOTE_PORT', String(port));
  if (proxied?.server !== undefined) strings.push('SERVER_ADDR', proxied.server.address);
}

/** The host that a request is for, which only vhost needs so early. */
function hostOf(
  { rawHeaders }: RawRequest,
  { authority }: RequestTarget,
  { serverName }: HeadContext,
): string {
  if (authority !== '') return authority;
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    if (rawHeaders[at]?.toLowerCase() === 'host') return rawHeaders[at + 1] || serverName;
  }
  return serverName;
}

interface HeaderFindings {
  readonly isHttps: boolean;
  readonly droppedNames: readonly string[];
  /** '' when all is well. */
  readonly problem: string;
}

/** Appends the headers as variables, and returns what the gateway itself must know of them. */
function addHeaders(
  strings: string[],
  rawHeaders: readonly string[],
  { isBelieved, proxied }: Peer,
): HeaderFindings {
  const isTls = proxied?.isTls === true;
  let isHttps = isTls;
  let dropped: string[] | undefined;
  let problem = '';
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    const value = rawHeaders[at + 1] ?? '';
    const variable = variableNameOf(name);
    switch (variable) {
      case '':
        (dropped ??= []).push(name);
        continue;
      // The application gets the body decoded.
      case 'HTTP_TRANSFER_ENCODING':
      case 'HTTP_PROXY':
        continue;
      case 'HTTP_X_FORWARDED_PROTO':
        isHttps = isTls || (isBelieved && withoutBlanks(value).toLowerCase() === 'https');
        break;
      case 'HTTP_HOST':
        if (!isHost(value)) problem = 'the Host header is not a host';
        break;
    }
    if (!addVariable(strings, variable, value)) problem = `${name} was sent twice`;
  }
  return { isHttps, droppedNames: dropped ?? nothingDropped, problem };
}

/** Appends a variable, or joins it to the one of that name; false where it may not repeat. */
function addVariable(strings: string[], variable: string, value: string): boolean {
  for (let at = FIXED_STRINGS; at < strings.length; at += 2) {
    if (strings[at] !== variable) continue;
    if (mayNotRepeat.has(variable)) return false;
    const separator = variable === 'HTTP_COOKIE' ? '; ' : ', ';
    strings[at + 1] = `${strings[at + 1]}${separator}${value}`;
    return true;
  }
  strings.push(variable, value);
  return true;
}

const mayNotRepeat = new Set(['HTTP_HOST', 'CONTENT_LENGTH', 'CONTENT_TYPE', 'HTTP_AUTHORIZATION']);

/** Few names are used, each translated once; the limit is against clients that make names up. */
const variableNames = new Map<string, string>();
const VARIABLE_NAMES_MAX = 1000;

/** Returns HTTP_X_Y for X-Y; '' for a name that must be left out. */
function variableNameOf(name: string): string {
  const known = variableNames.get(name);
  if (known !== undefined) return known;
  const upper = name.toUpperCase().replaceAll('-', '_');
  const isPlain = upper === 'CONTENT_TYPE' || upper === 'CONTENT_LENGTH';
  const variable = name.includes('_') ? '' : isPlain ? upper : `HTTP_${upper}`;
  if (variableNames.size < VARIABLE_NAMES_MAX && name.length <= 64) {
    variableNames.set(name, variable);
  }
  return variable;
}

/** Returns the value of a variable in `strings`, or undefined. */
export function variableOf(strings: readonly string[], name: string): string | undefined {
  for (let at = 1; at < strings.length; at += 2) {
    if (strings[at] === name) return strings[at + 1];
  }
  return undefined;
}

/** The authority of an absolute target counts, not the Host header (RFC 9112, section 3.2.2). */
function replaceHost(strings: string[], authority: string): void {
  const at = strings.indexOf('HTTP_HOST', FIXED_STRINGS);
  if (at < 0) strings.push('HTTP_HOST', authority);
  else strings[at + 1] = authority;
}

/** The client that a named proxy speaks for in X-Forwarded-For takes the proxy's place. */
function replaceByForwarded(strings: string[], peer: Peer, { isNamedProxy }: HeadContext): void {
  const forwardedFor = variableOf(strings, 'HTTP_X_FORWARDED_FOR');
  const client = forwardedClient(peer.address, forwardedFor, isNamedProxy);
  if (client !== undefined) replaceClient(strings, client);
}

function replaceClient(strings: string[], client: ForwardedClient): void {
  const at = strings.indexOf('REMOTE_ADDR', FIXED_STRINGS);
  strings[at + 1] = client.address;
  const hasPort = strings[at + 2] === 'REMOTE_PORT';
  const port = client.port === 0 ? [] : ['REMOTE_PORT', String(client.port)];
  strings.splice(at + 2, hasPort ? 2 : 0, ...port);
}

/** The head of a request that no application is told of. */
export function refusedHead(refusal: RequestHead['refusal'], problem: string): RequestHead {
  return {
    refusal,
    problem,
    application: -1,
    strings: ['-1'],
    path: '',
    isHttps: false,
    contentLength: -1,
    droppedNames: nothingDropped,
    notLoaded: '',
  };
}
