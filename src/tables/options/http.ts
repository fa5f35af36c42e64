/**
 * Limits and timeouts of HTTP, the queue, and static files.
 */

import { bytes, integer, onOffOrInteger, seconds } from '../kinds.ts';
import { option } from '../option.ts';
import { list } from '../text-kinds.ts';

export const httpOptions = {
  'static-map': option({
    section: 'http',
    kind: list('PATH=DIRECTORY', 'a path and a directory such as /static=/srv/static'),
    default: [],
    summary: 'serve files of a directory under a path (repeatable)',
    details:
      'A missing file is left to the application, and so is one outside of the directory. Ranges, dates ' +
      'and tags of HTTP are honoured.',
    onReload: 'reload',
    uwsgi: { differs: 'parts and tags are served without honour-range' },
  }),
  'http-timeout': option({
    section: 'http',
    kind: seconds(),
    default: 60,
    summary: 'longest silence of a client of `http` while it is its turn (0: unlimited)',
    details:
      'A client may take any time for a request or an answer as a whole, but not be silent for ' +
      'longer than this within it: then it is answered 408, or its connection is closed. The time ' +
      'in which the application computes never counts; `harakiri` limits that.',
    onReload: 'reload',
    uwsgi: { differs: 'the time in which the application computes never counts' },
  }),
  'socket-timeout': option({
    section: 'http',
    kind: seconds(),
    default: 60,
    summary: 'the same as http-timeout, for clients of every other listener',
    details: 'The time in which the application computes never counts.',
    aliases: ['z'],
    onReload: 'reload',
    uwsgi: { differs: '60 instead of 4 unless it is written: a slow client holds no worker' },
  }),
  'http-keepalive': option({
    section: 'http',
    kind: onOffOrInteger('SECONDS', 'optional'),
    default: 1,
    summary: 'keep idle client connections (0: close, 1: for http-timeout, else seconds)',
    details: 'It counts for every listener that speaks HTTP.',
    onReload: 'reload',
    uwsgi: { differs: 'on by default, also for http-socket; and true means on' },
  }),
  'http-processes': option({
    section: 'http',
    kind: integer({ placeholder: 'NUMBER' }),
    default: 1,
    summary: 'number of gateways; there is one',
    aliases: ['http-workers', 'gateways'],
    onReload: 'reload',
    uwsgi: { differs: 'one gateway serves all clients; more is a note' },
  }),
  'buffer-size': option({
    section: 'http',
    kind: bytes({ min: 1, max: 1_048_576 }),
    default: 65_536,
    summary: 'largest head of a request',
    details:
      'Of HTTP the target and the names and values of the headers count, of a uwsgi packet its ' +
      'variables. A client that sends more is answered 431, and the log says so.',
    aliases: ['b'],
    onReload: 'reload',
    uwsgi: { differs: '64 KiB instead of 4096 unless it is written; 431 instead of no answer' },
  }),
  'limit-post': option({
    section: 'http',
    kind: bytes(),
    default: 0,
    summary: 'largest request body (0: unlimited)',
    onReload: 'reload',
    uwsgi: { differs: 'the client is answered 413 instead of nothing' },
  }),
  'post-buffering': option({
    section: 'http',
    kind: onOffOrInteger('BYTES', 'optional'),
    default: 0,
    summary: 'request bodies larger than this wait in a file (0: than 64 KiB)',
    details:
      '1 and true, found in many files, mean that every body of more than one byte does, as in uWSGI. ' +
      'The file has no name and lies in TMPDIR.',
    onReload: 'reload',
    uwsgi: { differs: 'unset, a body over 64 KiB waits in a file all the same' },
  }),
  'queue-max': option({
    section: 'http',
    kind: integer({ placeholder: 'NUMBER', min: 1 }),
    default: 1000,
    summary: 'requests that may wait for a worker; more are answered 503',
    onReload: 'reload',
    uwsgi: 'ours-alone',
  }),
  'send-ahead': option({
    section: 'http',
    kind: integer({ placeholder: 'NUMBER', min: 0, max: 100 }),
    default: 31,
    summary: 'requests that a busy thread may have waiting in its own channel; 0: none',
    details:
      'Only while the requests of the application are short, and the fewer the longer they take: ' +
      'none is to wait more than 4 ms. One that waits behind a request that turns out slow is taken ' +
      'back after 10 ms and given to another worker.',
    onReload: 'reload',
    uwsgi: 'ours-alone',
  }),
};
