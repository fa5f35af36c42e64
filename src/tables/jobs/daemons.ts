/**
 * Attached daemons: commands that run beside the workers.
 */

import { seconds } from '../kinds.ts';
import { option } from '../option.ts';
import { list } from '../text-kinds.ts';

const asChild =
  'it ends with Reeve, and with it all that it has started; what it prints is in the log, under its name';
const asDetached =
  "at a stop of its unit systemd ends it with KillMode=control-group or mixed, as Reeve's units " +
  'have; KillMode=process lets it go on';

export const daemonOptions = {
  'attach-daemon': option({
    section: 'jobs',
    kind: list('COMMAND', 'a command'),
    default: [],
    summary: 'run this command beside the workers, and start it again when it ends (repeatable)',
    details:
      'It is run by /bin/sh, in a session of its own, without the sockets of Reeve. When it ends, it is ' +
      'started again after a pause that grows from 0.1 to 30 s. A reload that succeeds ends it with ' +
      'SIGTERM and starts it again; a stop ends it when the workers have gone. What has not ended after ' +
      'reload-mercy is killed, and everything that its shell has started with it, also when Reeve ' +
      'itself is killed. See reeve-jobs in docs/jobs.md.',
    onReload: 'reload',
    uwsgi: { remark: asChild },
  }),
  'attach-control-daemon': option({
    section: 'jobs',
    kind: list('COMMAND', 'a command'),
    default: [],
    summary: 'as attach-daemon, but its end is the end of Reeve (repeatable)',
    onReload: 'reload',
    uwsgi: { remark: asChild },
  }),
  'attach-daemon2': option({
    section: 'jobs',
    kind: list('NAME=VALUE,…', 'names and values such as cmd=redis-server,freq=5'),
    default: [],
    summary: 'as attach-daemon, with names and values (repeatable)',
    details:
      'cmd (or command, exec) is the command. pidfile makes it one that outlives Reeve, as ' +
      'smart-attach-daemon; freq is how many seconds the pidfile may name no process after a start (10); ' +
      'daemonize puts it into the background. control=1: its end is the end of Reeve. stopsignal (15) ends ' +
      'it, reloadsignal in its place at a reload. touch: files, with semicolons between them, that start it ' +
      'again when they change. max_throttle: the longest pause, in seconds. notifypid=1: one with a ' +
      'pidfile gets reloadsignal (1) at a reload and stopsignal at a stop. uid, gid, chdir, and ' +
      'stdin=DESCRIPTOR are those of the command. A comma in a value has a backslash before it.',
    onReload: 'reload',
    uwsgi: { remark: asChild },
  }),
  'smart-attach-daemon': option({
    section: 'jobs',
    kind: list('PIDFILE COMMAND', 'a pidfile, a space and a command'),
    default: [],
    summary: 'run a command that outlives Reeve, and is found again by its pidfile (repeatable)',
    details:
      'The command writes the pidfile itself. While the file names a process that runs, nothing is ' +
      'started: not at the next start, nor at a reload. A process that is younger than the file has only ' +
      'got its number, and does not count. PIDFILE,SECONDS sets how long after a start the file may name no ' +
      'process (10). Its output goes to the log as it is.',
    onReload: 'reload',
    uwsgi: { remark: asDetached },
  }),
  'smart-attach-daemon2': option({
    section: 'jobs',
    kind: list('PIDFILE COMMAND', 'a pidfile, a space and a command'),
    default: [],
    summary: 'the same for a command that stays in the foreground: Reeve writes the pidfile',
    onReload: 'reload',
    uwsgi: { remark: asDetached },
  }),
  'reload-mercy': option({
    section: 'jobs',
    kind: seconds(),
    default: 0,
    summary:
      "seconds that attached daemons have to end (0: what is left of the workers' mercy, or 3)",
    details: 'For workers there is worker-reload-mercy.',
    onReload: 'reload',
    uwsgi: { differs: 'it is for attached daemons alone; for workers use worker-reload-mercy' },
  }),
};
