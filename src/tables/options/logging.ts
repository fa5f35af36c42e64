/**
 * What is logged, where, and how a line looks.
 */

import { integer, onOff } from '../kinds.ts';
import { option } from '../option.ts';
import { choice, file, text } from '../text-kinds.ts';

export const loggingOptions = {
  'disable-logging': option({
    section: 'logging',
    kind: onOff(),
    default: false,
    summary: 'write no request lines',
    aliases: ['L'],
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'log-format': option({
    section: 'logging',
    kind: text('FORMAT', 'a format such as %(method) %(uri) %(status)'),
    default: '',
    summary: 'format of request lines, with %(name) for each field',
    details:
      "The names are uWSGI's. Three are Reeve's own: %(wait_msecs) and %(wait_micros) are the time for " +
      'which a request waited for a worker, which %(msecs) does not count, and %(queued) is how many ' +
      'requests waited before it. A client that goes away before it has its answer has the status 499.',
    aliases: ['logformat'],
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'log-4xx': option({
    section: 'logging',
    kind: onOff(),
    default: false,
    summary: 'with disable-logging: write lines for answers 400 to 499 all the same',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'log-5xx': option({
    section: 'logging',
    kind: onOff(),
    default: false,
    summary: 'with disable-logging: write lines for answers 500 to 599 all the same',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'log-slow': option({
    section: 'logging',
    kind: integer({ placeholder: 'MILLISECONDS' }),
    default: 0,
    summary: 'with disable-logging: write lines for requests that took this long (0: none)',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'log-x-forwarded-for': option({
    section: 'logging',
    kind: onOff(),
    default: false,
    summary: 'log the X-Forwarded-For header instead of the peer address',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'log-json': option({
    section: 'logging',
    kind: onOff(),
    default: false,
    summary: 'write every line as one JSON object',
    details:
      'Each has `level`, `time`, `role` (the process that speaks: master, http 1, python), `event`, ' +
      '`msg` and fields of the event. A line that the application prints has the role app and the ' +
      'event application.output; a traceback is one record. Requests have the event request.served.',
    onReload: 'restart',
    uwsgi: 'ours-alone',
  }),
  'log-level': option({
    section: 'logging',
    kind: choice(['debug', 'info', 'warning', 'error'], { warn: 'warning' }),
    default: 'info',
    summary: 'least severe messages that are written',
    onReload: 'restart',
    uwsgi: 'ours-alone',
  }),
  logto: option({
    section: 'logging',
    kind: file(),
    default: '',
    summary: 'append the log to this file; opened before privileges are dropped',
    onReload: 'restart',
    uwsgi: { differs: 'a reload opens the file anew' },
  }),
  logto2: option({
    section: 'logging',
    kind: file(),
    default: '',
    summary: 'the same as logto, which counts where both are given',
    onReload: 'restart',
    uwsgi: { differs: 'it is opened before privileges are dropped, and a new file given to `uid`' },
  }),
};
