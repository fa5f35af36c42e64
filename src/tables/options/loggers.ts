/**
 * Loggers: where lines go, which lines, in which form; and how log files are rotated.
 */

import { bytes, diskBytes, integer, onOff, permissions } from '../kinds.ts';
import { option } from '../option.ts';
import { list, text } from '../text-kinds.ts';

const oneWriter =
  'Lines then go through a process of its own, the log writer: a logger that takes no lines holds ' +
  'up no request. Up to 4 MiB wait for each; more is dropped, counted and reported.';

const kindsInWords =
  'The kinds are `file:PATH` (or `file:logfile=PATH,maxsize=BYTES,backupname=PATH`), ' +
  '`syslog:IDENT,FACILITY`, `rsyslog:HOST:PORT,IDENT,PRIORITY` (or a path), ' +
  '`socket:HOST:PORT,PREFIX` (UDP, or a path), `fd:NUMBER`, `stdio` (logto, or standard error) and ' +
  '`systemd:IDENT` (the journal). With a name before it a logger gets only the lines that a route ' +
  'sends to it.';

export const loggerOptions = {
  logger: option({
    section: 'logging',
    kind: list('[NAME ]KIND:ARGUMENT', 'a logger such as file:/var/log/app.log'),
    default: [],
    summary: 'send the lines of the log there; several add up',
    details: `${kindsInWords} ${oneWriter}`,
    onReload: 'restart',
    uwsgi: {
      differs:
        'a slow or dead logger holds up nothing, and a file is opened before privileges are dropped, ' +
        'and again by a reload or `l`',
    },
  }),
  'req-logger': option({
    section: 'logging',
    kind: list('[NAME ]KIND:ARGUMENT', 'a logger such as file:/var/log/requests.log'),
    default: [],
    summary: 'send request lines there, and not where the others go; several add up',
    details: `${kindsInWords} ${oneWriter}`,
    aliases: ['logger-req'],
    onReload: 'restart',
    uwsgi: {
      differs:
        'a slow or dead logger holds up nothing, and a file is opened before privileges are dropped, ' +
        'and again by a reload or `l`',
    },
  }),
  'log-syslog': option({
    section: 'logging',
    kind: { ...list('IDENT,FACILITY', 'a name for syslog'), argument: 'optional' },
    default: [],
    summary: 'the same as logger = syslog:IDENT,FACILITY',
    onReload: 'restart',
    uwsgi: 'same',
  }),
  'log-socket': option({
    section: 'logging',
    kind: list('HOST:PORT', 'an address such as 192.0.2.1:5140'),
    default: [],
    summary: 'the same as logger = socket:HOST:PORT',
    onReload: 'restart',
    uwsgi: 'same',
  }),
  'log-route': option({
    section: 'logging',
    kind: list('NAME PATTERN', 'a name and a pattern, as in `errors ERROR|CRITICAL`'),
    default: [],
    summary: 'send lines that match to the logger with this name, and to no other',
    details:
      'The pattern is looked for anywhere in the line, in a time that grows only with the length of ' +
      'the line (RE2). Of what only PCRE has, `^((?!X).)*$` and `^(?!X)` are understood; others, ' +
      'such as backreferences, are reported by check, and their lines go where all go.',
    onReload: 'restart',
    uwsgi: 'same',
  }),
  'log-req-route': option({
    section: 'logging',
    kind: list('NAME PATTERN', 'a name and a pattern, as in `slow msecs`'),
    default: [],
    summary: 'the same for request lines',
    onReload: 'restart',
    uwsgi: { differs: 'names of req-logger are found too; uWSGI looks among those of logger only' },
  }),
  'log-drain': option({
    section: 'logging',
    kind: list('PATTERN', 'a pattern'),
    default: [],
    summary: 'drop lines that match; not those of req-logger',
    onReload: 'restart',
    uwsgi: 'same',
  }),
  'log-filter': option({
    section: 'logging',
    kind: list('PATTERN', 'a pattern'),
    default: [],
    summary: 'drop lines that match none of these; not those of req-logger',
    onReload: 'restart',
    uwsgi: 'same',
  }),
  'log-encoder': option({
    section: 'logging',
    kind: list('NAME[:LOGGER] ARGUMENT', 'an encoder such as json {"msg":"${msg}"}'),
    default: [],
    summary: 'change each line; several do so one after the other',
    details:
      'The encoders are `format TEXT` and `json TEXT` (with `${msg}`, `${msgnl}`, `${unix}`, ' +
      '`${millis}`, `${micros}` and `${strftime:FORMAT}`; json escapes what it puts in), `prefix ' +
      'TEXT`, `suffix TEXT` and `nl`. With `:LOGGER` one is for the logger of that name only. Each ' +
      'message ends with one newline, so `nl` is not needed.',
    onReload: 'restart',
    uwsgi: {
      differs: 'each message ends with one newline, without nl too, and a suffix is before it',
    },
  }),
  'log-req-encoder': option({
    section: 'logging',
    kind: list('NAME[:LOGGER] ARGUMENT', 'an encoder such as json {"msg":"${msg}"}'),
    default: [],
    summary: 'the same for request lines',
    onReload: 'restart',
    uwsgi: {
      differs:
        'each message ends with one newline, and it works without req-logger, too: uWSGI would ' +
        'ignore it',
    },
  }),
  'log-maxsize': option({
    section: 'logging',
    kind: bytes(diskBytes),
    default: 0,
    summary: 'rotate the log file before it is larger (0: never)',
    details:
      'The file is renamed as log-backupname says, and a new one is made. One process writes to it, ' +
      'the log writer: no line is lost, and none goes to the renamed file. It is for logto and for ' +
      '`file:` loggers without a maxsize of their own.',
    onReload: 'restart',
    uwsgi: {
      differs: 'the file is rotated before it is larger and not after; files of loggers are too',
    },
  }),
  'log-backupname': option({
    section: 'logging',
    kind: text('FILE', 'the path of a file'),
    default: '',
    summary: 'the name of the rotated log file; an older one is replaced',
    details: 'Without it the name is that of the file, a dot and the seconds since 1970.',
    onReload: 'restart',
    uwsgi: 'same',
  }),
  'log-truncate': option({
    section: 'logging',
    kind: onOff(),
    default: false,
    summary: 'empty the file of logto at the start',
    onReload: 'restart',
    uwsgi: { remark: 'a reload does not empty it' },
  }),
  'touch-logrotate': option({
    section: 'logging',
    kind: list('FILE', 'the path of a file'),
    default: [],
    summary: 'rotate the log file when this file is touched',
    onReload: 'reload',
    uwsgi: { remark: 'files of loggers are rotated too' },
  }),
  'touch-logreopen': option({
    section: 'logging',
    kind: list('FILE', 'the path of a file'),
    default: [],
    summary: 'open the log file again when this file is touched',
    onReload: 'reload',
    uwsgi: { remark: 'files of loggers are opened again too' },
  }),
  'logfile-chmod': option({
    section: 'logging',
    kind: permissions(undefined),
    default: undefined,
    summary: 'permissions of the log file (640)',
    onReload: 'restart',
    uwsgi: { remark: 'files of loggers have them too' },
  }),
  'rsyslog-packet-size': option({
    section: 'logging',
    kind: integer({ placeholder: 'BYTES', min: 128, max: 65_000, why: 'no datagram is larger' }),
    default: 1024,
    summary: 'size of messages of rsyslog; a longer line is sent in several',
    onReload: 'restart',
    uwsgi: { differs: 'longer lines are never cut: see rsyslog-split-messages' },
  }),
};
