/**
 * Requests and connections: how long they may take, how large a request may be, the queue, and
 * which files answer.
 */

import {
  bytes,
  daySeconds,
  diskBytes,
  integer,
  onOff,
  onOffOrInteger,
  seconds,
  workersBound,
} from '../kinds.ts';
import { option } from '../option.ts';
import { list } from '../text-kinds.ts';

export const httpOptions = {
  'static-map': option({
    section: 'http',
    kind: list('PATH=DIRECTORY', 'a path and a directory such as /static=/srv/static'),
    default: [],
    summary: 'serve the files of a directory under a path (repeatable)',
    details:
      'Requests for files that are missing or outside of the directory go to the application. ' +
      'Range:, If-Modified-Since:, If-None-Match: and their relatives are honoured.',
    onReload: 'reload',
    uwsgi: [
      {
        differs:
          'it holds below a mount too; with manage-script-name uWSGI compares only what is behind ' +
          'the mount, and asks the application',
        only: (_maps, { isGiven }) => isGiven('manage-script-name') && isGiven('mount'),
      },
      { remark: 'ranges and entity tags work without honour-range' },
    ],
  }),
  'http-timeout': option({
    section: 'http',
    kind: seconds(),
    default: 60,
    summary: 'maximum time without data from or to a client of `http` (0: unlimited)',
    details:
      'A client may take any time to send a whole request or to receive a whole response, but it may ' +
      'not pause for longer than this: then it is answered 408, or its connection is closed. The time ' +
      'in which the application works on the request does not count; `harakiri` limits that.',
    for: 'gateway',
    uwsgi: { differs: 'the time in which the application works does not count' },
  }),
  'socket-timeout': option({
    section: 'http',
    kind: seconds(),
    default: 60,
    summary: 'the same as http-timeout, for clients of every other listener',
    details: 'The time in which the application works does not count.',
    aliases: ['z'],
    for: 'gateway',
    uwsgi: { unset: 'the default is 60, not 4, as a slow client does not occupy a worker' },
  }),
  'http-keepalive': option({
    section: 'http',
    kind: onOffOrInteger({ placeholder: 'SECONDS', ...daySeconds }, 'optional'),
    default: 1,
    summary: 'keep idle connections (0: close them, 1: for http-timeout, else seconds)',
    details: 'It applies to every listener that speaks HTTP.',
    for: 'gateway',
    uwsgi: [
      {
        differs: 'true means on; uWSGI reads the word as 0, which is off',
        only: (value, { text, isGiven }) =>
          isGiven('http') && value === 1 && text !== '' && !/^\s*\d/.test(text),
      },
      { unset: 'it is on by default, also for http-socket' },
    ],
  }),
  'http-headers-timeout': option({
    section: 'http',
    kind: seconds(daySeconds),
    default: 0,
    summary:
      'for `http` in place of header-timeout: longest time to receive a head (0: that counts)',
    for: 'gateway',
    uwsgi: { remark: 'it limits the whole head, from its first byte, and not each pause' },
  }),
  'http-var': option({
    section: 'http',
    kind: list('NAME=VALUE', 'a variable such as NAME=VALUE'),
    default: [],
    summary: 'a variable of the environ of each request to `http` (repeatable)',
    details: 'It takes the place of a variable that has its name, also of one from a header.',
    for: 'gateway',
    uwsgi: 'same',
  }),
  'http-server-name-as-http-host': option({
    section: 'http',
    kind: onOff('required'),
    default: false,
    summary: 'the Host of a request to `http` is its SERVER_NAME',
    for: 'gateway',
    uwsgi: { remark: 'without Host the name is that of the machine; in uWSGI there is none' },
  }),
  'http-auto-gzip': option({
    section: 'http',
    kind: onOff(),
    default: false,
    summary: 'compress responses that the application marks with `uWSGI-Encoding: gzip`',
    details:
      'For clients that take gzip, where the response has neither Content-Length nor ' +
      'Content-Encoding. The worker compresses, and each chunk reaches the client when it comes. ' +
      'It needs a listener of `http`.',
    onReload: 'reload',
    uwsgi: [
      { always: 'it does nothing without http', only: (_, { isGiven }) => !isGiven('http') },
      {
        remark:
          'the worker compresses, for all listeners; q=0 is heeded, Vary is added, and what has a ' +
          'Content-Encoding is left alone',
        only: (value) => value,
      },
    ],
  }),
  'http-processes': option({
    section: 'http',
    kind: integer({ placeholder: 'NUMBER', ...workersBound }),
    default: 1,
    summary: 'number of gateways; there is always one',
    aliases: ['http-workers', 'gateways'],
    onReload: 'reload',
    uwsgi: { differs: 'one gateway serves all clients', only: (value) => value > 1 },
  }),
  'buffer-size': option({
    section: 'http',
    kind: bytes({ min: 1, max: 1_048_576, why: 'each client may use that much memory' }),
    default: 65_536,
    summary: 'maximum size of the request line and headers',
    details:
      'In HTTP the target and the names and values of the headers count, in a uwsgi packet its ' +
      'variables. A client that sends more is answered 431, which is logged.',
    aliases: ['b'],
    for: 'gateway',
    uwsgi: [
      { remark: 'the client of a larger head is answered 431, not dropped' },
      { unset: 'the default is 64 KiB, not 4096' },
    ],
  }),
  'limit-post': option({
    section: 'http',
    kind: bytes(diskBytes),
    default: 0,
    summary: 'largest request body (0: unlimited)',
    for: 'gateway',
    uwsgi: {
      remark: 'the client of a larger body is answered 413, not dropped',
      only: (value) => value > 0,
    },
  }),
  'post-buffering': option({
    section: 'http',
    kind: onOffOrInteger(
      { placeholder: 'BYTES', max: 1_073_741_824, why: 'smaller bodies wait in memory' },
      'required',
    ),
    default: 0,
    summary: 'request bodies larger than this wait in a file (0: as memory allows)',
    details:
      'With 0, a body up to 64 KiB waits in memory; up to 4 MiB as well, as long as no more than 32 MiB ' +
      'of all such bodies do; what is larger waits in a file. 1 and true, which many files have, put ' +
      'every body of more than one byte into a file, as in uWSGI. The file has no name; it is in ' +
      'TMPDIR. All files together are limited by spool-max.',
    for: 'gateway',
    uwsgi: { unset: 'a large body waits all the same, in memory or in a file' },
  }),
  'queue-max': option({
    section: 'http',
    kind: integer({
      placeholder: 'NUMBER',
      min: 1,
      max: 1_000_000,
      why: 'each request that waits needs memory',
    }),
    default: 1000,
    summary: 'requests that may wait for a worker; more are answered 503',
    for: 'gateway',
    uwsgi: 'ours-alone',
  }),
  'send-ahead': option({
    section: 'http',
    kind: integer({
      placeholder: 'NUMBER',
      min: 0,
      max: 100,
      why: 'a slow request would hold up all behind it',
    }),
    default: 31,
    summary: 'maximum number of short requests that wait directly at a busy thread (0: none)',
    details:
      'So a worker needs no pause between two short requests. The longer the requests of the ' +
      'application take, the fewer are sent ahead, so that none waits more than 4 ms. A request that ' +
      'waits behind a slow one is taken back after 10 ms and given to another worker.',
    for: 'gateway',
    uwsgi: 'ours-alone',
  }),
};
