/**
 * How many clients there may be, how long they may take to send a request, and which proxies are
 * trusted.
 */

import { daySeconds, integer, onOff, seconds } from '../kinds.ts';
import type { UwsgiMeaning } from '../judgement.ts';
import type { UpperBound } from '../kinds.ts';
import { option } from '../option.ts';
import { commaList } from '../text-kinds.ts';

const connectionsBound: UpperBound = {
  max: 1_000_000,
  why: 'one process cannot hold so many',
};

/** In uWSGI every client may say whose connection it is. */
const ofProxies: UwsgiMeaning<boolean> = [
  {
    differs:
      'only the proxies in trusted-proxies are believed, and there are none: add trusted-proxies = ' +
      'ADDRESS OF THE PROXY',
    only: (isOn, { isGiven }) => isOn && !isGiven('trusted-proxies'),
  },
  {
    remark: 'only the proxies in trusted-proxies are believed; version 2 is read as well',
    only: (isOn) => isOn,
  },
];

export const clientOptions = {
  'header-timeout': option({
    section: 'http',
    kind: seconds(daySeconds),
    default: 30,
    summary: 'longest time to receive the head of a request (0: only http-timeout counts)',
    details:
      'The time begins with the first byte. A client that takes longer, for example because it sends ' +
      'one byte at a time, is answered 408. http-timeout and socket-timeout still limit each silence.',
    for: 'gateway',
    uwsgi: 'ours-alone',
  }),
  'body-timeout': option({
    section: 'http',
    kind: seconds(),
    default: 0,
    summary: 'longest time to receive the whole body of a request (0: unlimited)',
    details:
      'A client that takes longer is answered 408. Without this option only silence is limited, by ' +
      'http-timeout and socket-timeout: a slow upload does not occupy a worker.',
    for: 'gateway',
    uwsgi: 'ours-alone',
  }),
  'max-connections': option({
    section: 'http',
    kind: integer({ placeholder: 'NUMBER', ...connectionsBound }),
    default: 0,
    summary: 'maximum number of client connections at one time (0: as many as max-fd allows)',
    details: 'Further connections are closed at once, which is logged.',
    for: 'gateway',
    uwsgi: 'ours-alone',
  }),
  'max-connections-per-address': option({
    section: 'http',
    kind: integer({ placeholder: 'NUMBER', ...connectionsBound }),
    default: 0,
    summary: 'maximum number of connections of one address (0: half of all; loopback: no limit)',
    details:
      'Further connections are answered 503, which is logged. Unix sockets and the addresses in ' +
      'trusted-proxies have no such limit.',
    for: 'gateway',
    uwsgi: 'ours-alone',
  }),
  'trusted-proxies': option({
    section: 'http',
    kind: commaList('ADDRESS,...', 'addresses such as 10.0.0.0/8'),
    default: [],
    summary: 'proxies whose X-Forwarded-For and X-Forwarded-Proto are trusted (repeatable)',
    details:
      'Addresses or networks, IPv4 or IPv6, or the word unix for clients of unix sockets. Behind such a ' +
      'proxy REMOTE_ADDR is the last address in X-Forwarded-For that is not itself a trusted proxy. ' +
      'X-Forwarded-Proto is also trusted from loopback addresses and unix sockets that are not listed. ' +
      'PROXY headers are read only from these: see enable-proxy-protocol.',
    for: 'gateway',
    uwsgi: 'ours-alone',
  }),
  'enable-proxy-protocol': option({
    section: 'http',
    kind: onOff(),
    default: false,
    summary: 'read the PROXY header of connections from trusted-proxies, on all HTTP listeners',
    details:
      'HAProxy sends it with send-proxy or send-proxy-v2, nginx with proxy_protocol in a stream ' +
      'server. Both versions are read, at the start of a connection. Its client becomes REMOTE_ADDR ' +
      'and REMOTE_PORT; on listeners other than `http` the address that it connected to becomes ' +
      'SERVER_ADDR and SERVER_PORT. A client that speaks TLS with the proxy (send-proxy-v2-ssl) makes ' +
      'HTTPS on. A connection without the header is served as usual. One with it whose address is not ' +
      'in trusted-proxies is answered 400, which is logged: it could pretend to be anybody. The proxy ' +
      'must send the header on each connection, or clients could write it themselves.',
    for: 'gateway',
    uwsgi: ofProxies,
  }),
  'http-enable-proxy-protocol': option({
    section: 'http',
    kind: onOff('optional'),
    default: false,
    summary: 'the same as enable-proxy-protocol, for the listeners of `http` only',
    for: 'gateway',
    uwsgi: ofProxies,
  }),
  'request-buffering': option({
    section: 'http',
    kind: onOff(),
    default: true,
    summary: 'read a whole request body before the application is called',
    details:
      'When it is off, a worker gets the request as soon as its head has arrived, and reads the body ' +
      'while it arrives: a slow upload occupies a worker, and its time counts for harakiri. A chunked ' +
      'body then has no CONTENT_LENGTH; wsgi.input ends at the end of the body.',
    for: 'gateway',
    uwsgi: 'ours-alone',
  }),
};
