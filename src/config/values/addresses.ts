/**
 * What the operator wrote as an address, read.
 *
 * As uWSGI reads it: what holds a colon is host and port, what begins with @ is an abstract name,
 * anything else is a path, also a mere number; most often its colon was forgotten, so that is
 * reported.
 * `fd://3` and `fd://name` are sockets that systemd passes.
 */

import type { Written } from '../../tables/kinds.ts';
import type { Settings } from '../../tables/options/options.ts';

export type Address =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'abstract'; readonly name: string };

/** A socket that was passed to us: by its descriptor, or by the name that its unit gives it. */
export type PassedSocketName =
  | { readonly kind: 'fd'; readonly fd: number }
  | { readonly kind: 'fd-name'; readonly name: string };

export type ReadAddress =
  | { readonly kind: 'passed'; readonly socket: PassedSocketName }
  | { readonly kind: 'address'; readonly address: Address }
  | { readonly kind: 'problem'; readonly what: string; readonly advice: string };

const PORT_MAX = 65_535;
/** The kernel's limit (108) less the NUL that ends a path or begins an abstract name. */
const NAME_BYTES_MAX = 107;
/** `http = =0`: the first shared-socket. */
const SHARED = /^=(\d+)$/;
const FD_SCHEME = 'fd://';
/** Descriptors below are the standard streams. */
const FD_MIN = 3;
const SHARED_ADVICE = 'write the address, or shared-socket = ADDRESS, the first of which is =0';
const ADVICE = 'write :8000, 127.0.0.1:8000, [::1]:8000, /run/app.sock or @name';

/** Reads ":8000", "host:8000", "[::1]:8000", "/run/app.sock" or "@name". */
export function readAddress(text: string): ReadAddress {
  if (text === '') return problem('the address is empty');
  if (text.startsWith('@')) return unix(text, { kind: 'abstract', name: text.slice(1) });
  if (text.startsWith('/')) return unix(text, { kind: 'path', path: text });
  if (text.startsWith('='))
    return problem(`there is no shared-socket with the number of "${text}"`, SHARED_ADVICE);
  if (text.startsWith(FD_SCHEME)) return passed(text, text.slice(FD_SCHEME.length));
  const [scheme] = /^\w+:\/\//.exec(text) ?? [];
  if (scheme !== undefined) {
    const rest = text.slice(scheme.length).replace(/\/$/, '');
    return problem(`"${text}" is a URL, not an address`, `write ${rest}`);
  }
  const colon = text.lastIndexOf(':');
  if (colon !== -1) return tcp(text, text.slice(0, colon), text.slice(colon + 1));
  return unix(text, { kind: 'path', path: text });
}

/** The settings in which listeners have the addresses of the shared sockets that they name. */
export function withSharedSockets(settings: Settings): Settings {
  const shared = settings['shared-socket'];
  if (shared.length === 0) return settings;
  const named = (listeners: readonly Written[]): readonly Written[] =>
    listeners.map((listener) => {
      const number = SHARED.exec(listener.text)?.[1];
      const found = number === undefined ? undefined : shared[Number(number)];
      return found === undefined ? listener : { ...listener, text: found.text };
    });
  return {
    ...settings,
    http: named(settings.http),
    'http-socket': named(settings['http-socket']),
    'http11-socket': named(settings['http11-socket']),
    socket: named(settings.socket),
    'uwsgi-socket': named(settings['uwsgi-socket']),
  };
}

/** Whether `app.ini:4` stands before `app.ini:7`; places of different files are not compared. */
export function isBefore(one: string, other: string): boolean {
  const [, file = '', line = ''] = /^(.*):(\d+)$/.exec(one) ?? [];
  const [, otherFile = '', otherLine = ''] = /^(.*):(\d+)$/.exec(other) ?? [];
  return file !== '' && file === otherFile && Number(line) < Number(otherLine);
}

/** What makes two addresses the same; port 0 is a different one each time it is asked for. */
export function addressKey(address: Address): string {
  switch (address.kind) {
    case 'tcp':
      return `tcp ${address.host} ${address.port}`;
    case 'path':
      return `path ${address.path}`;
    case 'abstract':
      return `abstract ${address.name}`;
    default:
      return address satisfies never;
  }
}

/** An address as people write it. */
export function addressText(address: Address): string {
  if (address.kind === 'path') return address.path;
  if (address.kind === 'abstract') return `@${address.name}`;
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return `${host}:${address.port}`;
}

function passed(text: string, name: string): ReadAddress {
  const advice = 'write fd://3, or fd:// and the FileDescriptorName= of the socket unit';
  if (name === '') return problem(`"${text}" names no descriptor`, advice);
  if (!/^\d+$/.test(name)) return { kind: 'passed', socket: { kind: 'fd-name', name } };
  const fd = Number(name);
  if (fd < FD_MIN) return problem(`"${text}" is a standard stream, not a socket`, advice);
  return { kind: 'passed', socket: { kind: 'fd', fd } };
}

function tcp(text: string, host: string, port: string): ReadAddress {
  if (!/^\d{1,5}$/.test(port) || Number(port) > PORT_MAX) {
    return problem(`"${port}" in "${text}" is not a port`);
  }
  const isBracketed = host.startsWith('[') && host.endsWith(']');
  if (!isBracketed && host.includes(':')) {
    return problem(
      `"${text}" is ambiguous`,
      `write an IPv6 address in brackets: [${host}]:${port}`,
    );
  }
  const bare = isBracketed ? host.slice(1, -1) : host;
  // uWSGI knows "0" and an empty host as all IPv4 addresses; "*" is what others write.
  const isAny = bare === '' || bare === '0' || bare === '*';
  const address = { kind: 'tcp', host: isAny ? '0.0.0.0' : bare, port: Number(port) } as const;
  return { kind: 'address', address };
}

function unix(text: string, address: Address): ReadAddress {
  const bytes = new TextEncoder().encode(address.kind === 'path' ? text : text.slice(1)).length;
  if (bytes === 0) return problem('the abstract name is empty');
  if (text.includes('\0')) return problem('the address holds a NUL character');
  if (bytes > NAME_BYTES_MAX) {
    const what = `"${text}" is too long for a unix socket: ${bytes} bytes of at most ${NAME_BYTES_MAX}`;
    return problem(what, 'choose a shorter path');
  }
  return { kind: 'address', address };
}

function problem(what: string, advice: string = ADVICE): ReadAddress {
  return { kind: 'problem', what, advice };
}
