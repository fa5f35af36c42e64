/**
 * The log: its content, its place, and its format.
 */

import { logFormatInWords } from '../log-format.ts';
import { bytes, diskBytes, integer, onOff, onOffOrInteger } from '../kinds.ts';
import { option } from '../option.ts';
import { choice, file, text, timeFormat } from '../text-kinds.ts';

export const loggingOptions = {
  'disable-logging': option({
    section: 'logging',
    kind: onOff(),
    default: false,
    summary: 'write no request lines',
    aliases: ['L'],
    for: 'gateway',
    uwsgi: 'same',
  }),
  'log-format': option({
    section: 'logging',
    kind: text('FORMAT', 'a format such as %(method) %(uri) %(status)'),
    default: '',
    summary: 'format of request lines, with %(name) for each field',
    details:
      `The names are uWSGI's: ${logFormatInWords()}. wait_micros, wait_msecs, queued and request_id ` +
      "are Reeve's own; the time that a request waited is not part of micros, msecs and secs. The " +
      'status is 499 where the client left before the response. Other names are those of ' +
      'uwsgi.set_logvar; they are named at the start and by check. A value that is missing is -. No ' +
      'value makes a second line. A format that is a JSON object, or has one in it, gives valid JSON whatever a ' +
      "client sends: in its strings JSON's escapes are used, elsewhere \\x22 for a quote.",
    aliases: ['logformat'],
    for: 'gateway',
    uwsgi: { differs: 'values are escaped, so that lines and JSON stay whole' },
  }),
  'logformat-strftime': option({
    section: 'logging',
    kind: onOff(),
    default: false,
    summary: 'write %(ftime) of log-format as log-date says',
    details: 'Without it, or without a format in log-date, %(ftime) is the same as %(ltime).',
    aliases: ['log-format-strftime'],
    for: 'gateway',
    uwsgi: 'same',
  }),
  'log-date': option({
    section: 'logging',
    kind: timeFormat(),
    default: '',
    summary: 'how the time of lines of Reeve is written, in the format of strftime(3)',
    details:
      'A dash stands after it: "2026-11-29 10:00:00 - master info ...". true is the form of ' +
      'ctime(3). Request lines and what the application prints are not marked, as in uWSGI. Names of ' +
      'days and months are English.',
    aliases: ['logdate', 'log-prefix'],
    for: 'gateway',
    onReload: 'restart',
    uwsgi: { differs: 'false means off; uWSGI would write the word before each line' },
  }),
  'log-micros': option({
    section: 'logging',
    kind: onOff(),
    default: false,
    summary: 'write microseconds in request lines of the default format',
    for: 'gateway',
    uwsgi: 'same',
  }),
  'memory-report': option({
    section: 'logging',
    kind: onOffOrInteger({ placeholder: 'NUMBER', max: 2, why: 'there are two kinds' }, 'optional'),
    default: 0,
    summary: 'begin request lines of the default format with the memory of the worker',
    details:
      '1 is its address space and resident memory, 2 also what it alone has (USS) and its share of ' +
      'what is shared (PSS). It is looked up at most once a second for each worker. %(rss) and ' +
      '%(vsz) of log-format are known without it, too.',
    aliases: ['m'],
    for: 'gateway',
    uwsgi: 'same',
  }),
  'log-4xx': option({
    section: 'logging',
    kind: onOff(),
    default: false,
    summary: 'with disable-logging: still log responses 400 to 499',
    for: 'gateway',
    uwsgi: 'same',
  }),
  'log-5xx': option({
    section: 'logging',
    kind: onOff(),
    default: false,
    summary: 'with disable-logging: still log responses 500 to 599',
    for: 'gateway',
    uwsgi: 'same',
  }),
  'log-slow': option({
    section: 'logging',
    kind: integer({ placeholder: 'MILLISECONDS', max: 86_400_000, why: 'that is a day' }),
    default: 0,
    summary: 'with disable-logging: still log requests that took this long (0: none)',
    for: 'gateway',
    uwsgi: 'same',
  }),
  'log-big': option({
    section: 'logging',
    kind: bytes(diskBytes),
    default: 0,
    summary: 'with disable-logging: still log responses with a body of this size or more (0: none)',
    for: 'gateway',
    uwsgi: 'same',
  }),
  'log-zero': option({
    section: 'logging',
    kind: onOff(),
    default: false,
    summary: 'with disable-logging: still log responses without a body',
    for: 'gateway',
    uwsgi: 'same',
  }),
  'log-sendfile': option({
    section: 'logging',
    kind: onOff(),
    default: false,
    summary: 'with disable-logging: still log responses whose body is a file',
    for: 'gateway',
    uwsgi: 'same',
  }),
  'log-ioerror': option({
    section: 'logging',
    kind: onOff(),
    default: false,
    summary: 'with disable-logging: still log requests whose client left before it had all',
    for: 'gateway',
    uwsgi: {
      differs: 'one error is enough; uWSGI logs only what could be neither read nor written',
    },
  }),
  'log-x-forwarded-for': option({
    section: 'logging',
    kind: onOff(),
    default: false,
    summary: 'log the X-Forwarded-For header instead of the peer address',
    for: 'gateway',
    uwsgi: 'same',
  }),
  'log-json': option({
    section: 'logging',
    kind: onOff(),
    default: false,
    summary: 'write every line as one JSON object',
    details:
      'Each has `level`, `time`, `role` (the process that wrote it: master, http 1, python), `event`, ' +
      '`msg` and fields of the event. A line that the application prints has the role app and the ' +
      'event application.output; a traceback is one record. Requests have the event request.served.',
    for: 'gateway',
    onReload: 'restart',
    uwsgi: 'ours-alone',
  }),
  'log-python': option({
    section: 'logging',
    kind: onOff(),
    default: true,
    summary: "show records of Python's logging with their level, also those that no handler shows",
    details:
      'A record of `logging` that the application writes to standard error becomes one entry of the ' +
      'journal, or one record with log-json, with its level. Records that no handler shows, such as ' +
      'the errors of requests in Django with DEBUG = False, are logged by a handler of Reeve. It is ' +
      'silent while the root logger has a handler. An application that configures its logging keeps ' +
      'what it has configured. false: Reeve does not look at `logging`.',
    onReload: 'reload',
    uwsgi: 'ours-alone',
  }),
  'log-level': option({
    section: 'logging',
    kind: choice(['debug', 'info', 'warning', 'error'], { warn: 'warning' }),
    default: 'info',
    summary: 'least severe level that is logged',
    for: 'gateway',
    onReload: 'restart',
    uwsgi: 'ours-alone',
  }),
  logto: option({
    section: 'logging',
    kind: file(),
    default: '',
    summary: 'append the log to this file; opened before privileges are dropped',
    onReload: 'restart',
    uwsgi: { remark: 'a reload opens the file again; with uid it belongs to that user' },
  }),
  logto2: option({
    section: 'logging',
    kind: file(),
    default: '',
    summary: 'the same as logto; where both are given, logto2 counts',
    onReload: 'restart',
    uwsgi: {
      differs:
        'it is opened before privileges are dropped; a new file is given to the user in `uid`',
    },
  }),
};
