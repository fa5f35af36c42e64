/**
 * Cron entries: commands that run at certain times.
 */

import { seconds } from '../kinds.ts';
import { option } from '../option.ts';
import { list } from '../text-kinds.ts';

export const cronOptions = {
  cron: option({
    section: 'jobs',
    kind: list('TIMES COMMAND', 'minute, hour, day, month, week day and a command'),
    default: [],
    summary: 'run a command when the clock shows these times (repeatable)',
    details:
      'Five numbers: minute, hour, day, month, week day (0 and 7 are Sunday). -1 is every one, -N each that ' +
      'N divides; several are written with semicolons, as in 0;30. Where neither day nor week day is ' +
      'negative, one of them is enough. It is run by /bin/sh, once in its minute, also where a reload comes in ' +
      'between. What it prints is in the log, under its name; an end with a code other than 0 is an error ' +
      'there. A stop waits for it as for requests.',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'unique-cron': option({
    section: 'jobs',
    kind: list('TIMES COMMAND', 'minute, hour, day, month, week day and a command'),
    default: [],
    summary: 'as cron, but not while the command runs still (repeatable)',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  cron2: option({
    section: 'jobs',
    kind: list('NAME=VALUE,… COMMAND', 'times such as minute=-10,unique=1 and a command'),
    default: [],
    summary: 'as cron, with names: minute, hour, day, month, week, unique, harakiri (repeatable)',
    details: 'What is not named is every one. harakiri is a limit in seconds, 0 for none.',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'cron-harakiri': option({
    section: 'jobs',
    kind: seconds(),
    default: 0,
    summary: 'kill a cron command that has run for so many seconds (0: never)',
    onReload: 'reload',
    uwsgi: 'same',
  }),
};
