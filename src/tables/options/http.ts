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
    summary: 'longest silence of a client or of the application',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'socket-timeout': option({
    section: 'http',
    kind: seconds(),
    default: 4,
    summary: 'longest wait for one part of a request body',
    aliases: ['z'],
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'http-keepalive': option({
    section: 'http',
    kind: onOffOrInteger('SECONDS', 'optional'),
    default: 1,
    summary: 'keep idle client connections (0: close, 1: for http-timeout, else seconds)',
    onReload: 'reload',
    uwsgi: { differs: 'on by default, and true means on' },
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
    kind: bytes(),
    default: 4096,
    summary: 'largest head of a request',
    aliases: ['b'],
    onReload: 'reload',
    uwsgi: { differs: 'the client is answered 431 instead of nothing' },
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
    kind: bytes(),
    default: 0,
    summary: 'request bodies from this size on wait in a file',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'queue-max': option({
    section: 'http',
    kind: integer({ placeholder: 'NUMBER', min: 1 }),
    default: 1000,
    summary: 'requests that may wait for a worker; more are answered 503',
    onReload: 'reload',
    uwsgi: 'ours-alone',
  }),
};
