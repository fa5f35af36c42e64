/**
 * The addresses that clients connect to.
 */

import { bytes, integer, onOff, permissions } from '../kinds.ts';
import type { Relation } from '../judgement.ts';
import type { Written } from '../kinds.ts';
import { option } from '../option.ts';
import { choice, list, text } from '../text-kinds.ts';

const address = 'an address such as :8000';

/** What a proxy on another machine says of the scheme. */
const ofProxies: Relation<readonly Written[]> = {
  differs: 'X-Forwarded-Proto counts only from loopback, unix sockets and trusted-proxies',
  only: (addresses, { isGiven }) =>
    !isGiven('trusted-proxies') &&
    addresses.some(({ text }) => /^(0\.0\.0\.0|0|\*|\[::\])?:\d/.test(text)),
};

const bufferBytes = { max: 1_073_741_823, why: 'the kernel doubles it, in a number of 32 bits' };

/** A socket that systemd has made has the options of its unit. */
function ofUnits(directive: string): Relation<unknown> {
  return { remark: `for the sockets of a socket unit ${directive} counts` };
}

export const listenerOptions = {
  http: option({
    section: 'listeners',
    kind: list('ADDRESS', address),
    default: [],
    summary: 'listen for HTTP (repeatable)',
    details:
      'An address with a colon is TCP (`:8000`, `127.0.0.1:8000`, `[::1]:8000`), one without is the ' +
      'path of a unix socket. A socket that systemd passes is used when its FileDescriptorName= ' +
      'is the name of the option, or when it is bound to the same address; `fd://3` and `fd://NAME` ' +
      'ask for a particular one.',
    aliases: ['httprouter'],
    onReload: 'reload',
    uwsgi: [ofProxies, { remark: 'a reload does not cut running requests' }],
  }),
  'http-socket': option({
    section: 'listeners',
    kind: list('ADDRESS', address),
    default: [],
    summary: 'listen for HTTP (repeatable); as http, but with socket-timeout',
    onReload: 'reload',
    uwsgi: [ofProxies, { differs: 'the gateway serves it, with keep-alive' }],
  }),
  'http11-socket': option({
    section: 'listeners',
    kind: list('ADDRESS', address),
    default: [],
    summary: 'listen for HTTP (repeatable); the same as http-socket',
    onReload: 'reload',
    uwsgi: [ofProxies, { remark: 'a worker is not tied to one client' }],
  }),
  socket: option({
    section: 'listeners',
    kind: list('ADDRESS', address),
    default: [],
    summary: 'listen for the protocol that `protocol` names (repeatable)',
    aliases: ['s'],
    onReload: 'reload',
    uwsgi: [ofProxies, { remark: 'a slow client does not occupy a worker' }],
  }),
  'uwsgi-socket': option({
    section: 'listeners',
    kind: list('ADDRESS', address),
    default: [],
    summary: 'listen for the uwsgi protocol, as nginx speaks it with uwsgi_pass (repeatable)',
    onReload: 'reload',
    uwsgi: {
      differs: "of the client's UWSGI_* variables only UWSGI_SCHEME and UWSGI_APPID are used",
    },
  }),
  protocol: option({
    section: 'listeners',
    kind: choice([
      'uwsgi',
      'http',
      'http11',
      'fastcgi',
      'scgi',
      'raw',
      'https',
      'suwsgi',
      'puwsgi',
    ]),
    default: 'uwsgi',
    summary: 'protocol of `socket`',
    aliases: ['socket-protocol'],
    onReload: 'reload',
    uwsgi: {
      differs: 'only uwsgi, http and http11 work',
      only: (value) => !['uwsgi', 'http', 'http11'].includes(value),
    },
  }),
  listen: option({
    section: 'listeners',
    kind: integer({
      placeholder: 'NUMBER',
      max: 1_000_000,
      why: 'each connection that waits needs memory of the kernel',
    }),
    default: 100,
    summary: 'maximum number of connections that wait in the kernel, for each listener',
    aliases: ['l'],
    for: 'gateway',
    uwsgi: {
      remark:
        'more than net.core.somaxconn causes a warning; the Backlog= of a socket unit is not changed',
    },
  }),
  'shared-socket': option({
    section: 'listeners',
    kind: list('ADDRESS', address),
    default: [],
    summary: 'an address that listeners name by its number: `http = =0` for the first (repeatable)',
    aliases: ['undeferred-shared-socket'],
    onReload: 'reload',
    uwsgi: { remark: 'every listener is bound before privileges are dropped, so none needs it' },
  }),
  'so-keepalive': option({
    section: 'listeners',
    kind: onOff(),
    default: false,
    summary: 'have the kernel look whether silent TCP clients are still there (SO_KEEPALIVE)',
    onReload: 'reload',
    uwsgi: ofUnits('KeepAlive='),
  }),
  'socket-sndbuf': option({
    section: 'listeners',
    kind: bytes(bufferBytes),
    default: 0,
    summary: 'send buffer of connections in the kernel (SO_SNDBUF; 0: as the kernel chooses)',
    details: 'The kernel doubles it, for its own needs, and cuts it to net.core.wmem_max.',
    onReload: 'reload',
    uwsgi: ofUnits('SendBuffer='),
  }),
  'socket-rcvbuf': option({
    section: 'listeners',
    kind: bytes(bufferBytes),
    default: 0,
    summary: 'receive buffer of connections in the kernel (SO_RCVBUF; 0: as the kernel chooses)',
    details: 'The kernel doubles it, for its own needs, and cuts it to net.core.rmem_max.',
    onReload: 'reload',
    uwsgi: ofUnits('ReceiveBuffer='),
  }),
  'reuse-port': option({
    section: 'listeners',
    kind: onOff(),
    default: false,
    summary: 'let other processes of this user listen on the same TCP ports (SO_REUSEPORT)',
    details: 'The kernel then gives each connection to one of them.',
    onReload: 'reload',
    uwsgi: ofUnits('ReusePort='),
  }),
  'tcp-fast-open': option({
    section: 'listeners',
    kind: integer({ placeholder: 'NUMBER', max: 65_535, why: 'the kernel counts no more' }),
    default: 0,
    summary: 'connections that may send with their first packet and wait (TCP_FASTOPEN; 0: none)',
    details: 'The kernel does so only if bit 2 of net.ipv4.tcp_fastopen is set.',
    aliases: ['tcp-fastopen'],
    onReload: 'reload',
    uwsgi: ofUnits('FastOpen=, where systemd knows it,'),
  }),
  freebind: option({
    section: 'listeners',
    kind: onOff(),
    default: false,
    summary: 'listen on addresses that this machine does not have yet (IP_FREEBIND)',
    onReload: 'reload',
    uwsgi: ofUnits('FreeBind='),
  }),
  'chmod-socket': option({
    section: 'listeners',
    kind: permissions(0o666),
    default: undefined,
    summary: 'mode of unix sockets (without a value: 666)',
    aliases: ['chmod', 'C'],
    onReload: 'reload',
    uwsgi: { remark: 'the sockets of a socket unit stay as they are' },
  }),
  'chown-socket': option({
    section: 'listeners',
    kind: text('USER[:GROUP]', 'a user such as www-data:www-data'),
    default: '',
    summary: 'owner of unix sockets',
    onReload: 'reload',
    uwsgi: { remark: 'the sockets of a socket unit stay as they are' },
  }),
};
