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
    onReload: 'replace-gateway',
    uwsgi: 'same',
  }),
  'log-format': option({
    section: 'logging',
    kind: text('FORMAT', 'a format such as %(method) %(uri) %(status)'),
    default: '',
    summary: 'format of request lines, with %(name) for each field',
    aliases: ['logformat'],
    onReload: 'replace-gateway',
    uwsgi: 'same',
  }),
  'log-4xx': option({
    section: 'logging',
    kind: onOff(),
    default: false,
    summary: 'with disable-logging: write lines for answers 400 to 499 all the same',
    onReload: 'replace-gateway',
    uwsgi: 'same',
  }),
  'log-5xx': option({
    section: 'logging',
    kind: onOff(),
    default: false,
    summary: 'with disable-logging: write lines for answers 500 to 599 all the same',
    onReload: 'replace-gateway',
    uwsgi: 'same',
  }),
  'log-slow': option({
    section: 'logging',
    kind: integer({ placeholder: 'MILLISECONDS' }),
    default: 0,
    summary: 'with disable-logging: write lines for requests that took this long (0: none)',
    onReload: 'replace-gateway',
    uwsgi: 'same',
  }),
  'log-x-forwarded-for': option({
    section: 'logging',
    kind: onOff(),
    default: false,
    summary: 'log the X-Forwarded-For header instead of the peer address',
    onReload: 'replace-gateway',
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
    onReload: 'needs-restart',
    uwsgi: 'ours-alone',
  }),
  'log-level': option({
    section: 'logging',
    kind: choice(['debug', 'info', 'warning', 'error'], { warn: 'warning' }),
    default: 'info',
    summary: 'least severe messages that are written',
    onReload: 'replace-gateway',
    uwsgi: 'ours-alone',
  }),
  logto: option({
    section: 'logging',
    kind: file(),
    default: '',
    summary: 'append the log to this file; opened before privileges are dropped',
    onReload: 'needs-restart',
    uwsgi: 'same',
  }),
  logto2: option({
    section: 'logging',
    kind: file(),
    default: '',
    summary: 'append the log to this file; opened after privileges are dropped',
    onReload: 'needs-restart',
    uwsgi: 'same',
  }),
};
