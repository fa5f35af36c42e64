/**
 * What clients may do: how long they may take, how many there may be, and whose word counts.
 */

import { integer, onOff, seconds } from '../kinds.ts';
import { option } from '../option.ts';
import { commaList } from '../text-kinds.ts';

export const clientOptions = {
  'header-timeout': option({
    section: 'http',
    kind: seconds(),
    default: 30,
    summary: 'longest time that the head of a request may take (0: only http-timeout counts)',
    details:
      'It begins with the first byte, and ends a client that sends its head a byte at a time: it is ' +
      'answered 408. A silence is limited by http-timeout and socket-timeout all the same.',
    onReload: 'reload',
    uwsgi: 'ours-alone',
  }),
  'body-timeout': option({
    section: 'http',
    kind: seconds(),
    default: 0,
    summary: 'longest time that the whole body of a request may take (0: unlimited)',
    details:
      'A client that takes longer is answered 408. Without it only silence within a body is limited, ' +
      'by http-timeout and socket-timeout, as a slow upload holds no worker.',
    onReload: 'reload',
    uwsgi: 'ours-alone',
  }),
  'max-connections': option({
    section: 'http',
    kind: integer({ placeholder: 'NUMBER' }),
    default: 0,
    summary: 'connections of clients at one time (0: as many as open files allow)',
    details: 'One more is closed at once, and the log says so.',
    onReload: 'reload',
    uwsgi: 'ours-alone',
  }),
  'max-connections-per-address': option({
    section: 'http',
    kind: integer({ placeholder: 'NUMBER' }),
    default: 0,
    summary: 'connections of one address at one time (0: half of all, loopback excepted)',
    details:
      'One more is answered 503, and the log says so. Unix sockets have no such limit, nor have the ' +
      'addresses that trusted-proxies names.',
    onReload: 'reload',
    uwsgi: 'ours-alone',
  }),
  'trusted-proxies': option({
    section: 'http',
    kind: commaList('ADDRESS,...', 'addresses such as 10.0.0.0/8'),
    default: [],
    summary: 'proxies whose X-Forwarded-For and X-Forwarded-Proto count (repeatable)',
    details:
      'Addresses or networks, IPv4 or IPv6, or the word unix for the peers of unix sockets. From ' +
      'these REMOTE_ADDR is the last address of X-Forwarded-For that is not itself a named proxy. ' +
      'X-Forwarded-Proto counts from loopback addresses and unix sockets also where they are not named.',
    onReload: 'reload',
    uwsgi: 'ours-alone',
  }),
  'request-buffering': option({
    section: 'http',
    kind: onOff(),
    default: true,
    summary: 'read a whole request body before the application is called',
    details:
      'Off, a worker is given a request as soon as its head has come, and reads the body while it ' +
      'arrives: a slow upload holds a worker, and the time for it counts for harakiri. A body in ' +
      'chunks then has no CONTENT_LENGTH; wsgi.input ends where the body does.',
    onReload: 'reload',
    uwsgi: 'ours-alone',
  }),
};
