/**
 * Hooks: commands and small actions at points of the start, of each worker, and of the end.
 */

import { hookList, touchHookList } from './hooks.ts';
import { daySeconds, seconds, type Written } from '../kinds.ts';
import { option, type Option } from '../option.ts';
import { list } from '../text-kinds.ts';

import type { Relation, UwsgiMeaning } from '../judgement.ts';

type Lines = readonly Written[];

const startsWith =
  (action: string) =>
  (lines: Lines): boolean =>
    lines.some(({ text }) => text.replace(/^!/, '').startsWith(action));

const alarm: Relation<Lines> = {
  only: startsWith('alarm:'),
  differs: 'there are no alarms: the text is written to the log',
};
const mkdir: Relation<Lines> = {
  only: startsWith('mkdir:'),
  differs: 'a directory that is there already is no failure, so that a reload can run it again',
};
const unlink: Relation<Lines> = {
  only: startsWith('unlink:'),
  differs: 'a file that is not there is no failure',
};
const signal: Relation<Lines> = {
  only: startsWith('unix_signal:'),
  differs: 'a signal is bound at hook-master-start only; here it does nothing',
};
const exitCode: Relation<Lines> = {
  only: startsWith('exit:'),
  differs: 'exit ends Reeve with this code also with one digit, and a reload fails by it',
};
const everywhere: readonly Relation<Lines>[] = [alarm, mkdir, unlink, exitCode];

function hook(summary: string, ...relations: readonly Relation<Lines>[]): Option<Lines> {
  const uwsgi: UwsgiMeaning<Lines> = [...relations, ...everywhere, signal];
  return option({
    section: 'hooks',
    kind: hookList(),
    default: [],
    summary,
    onReload: 'reload',
    uwsgi,
  });
}

function command(summary: string, ...relations: readonly Relation<Lines>[]): Option<Lines> {
  return option({
    section: 'hooks',
    kind: list('COMMAND', 'a command for /bin/sh'),
    default: [],
    summary,
    onReload: 'reload',
    uwsgi: relations,
  });
}

const onlyAtStart = 'at a reload it runs again only where Reeve still has the user it started as';
const again: Relation<Lines> = {
  remark: onlyAtStart,
};
const asRoot: Relation<Lines> = {
  differs:
    'it runs once at a start; uWSGI runs it four times where root stays (no uid), and in both only root runs it',
};
const asUser: Relation<Lines> = {
  remark: 'it runs once; uWSGI runs it several times where root stays (no uid)',
};
const atExit: Relation<Lines> = {
  differs: 'it runs when Reeve ends, and not at a reload, where the old workers still serve',
};
const preApp: Relation<Lines> = {
  differs:
    'a failure refuses the start, or the reload, where uWSGI hangs; putenv reaches the application',
};
const inWorker: Relation<Lines> = {
  differs:
    'a failure refuses the start, or the reload; later it ends that worker only, where uWSGI ends as a ' +
    'whole with exit code 0',
};
const masterStart: readonly Relation<Lines>[] = [
  {
    only: (lines) => lines.some(({ text }) => text.startsWith('unix_signal:15 gracefully_kill')),
    always: 'SIGTERM always stops Reeve when running requests have finished',
  },
  {
    only: (lines) => lines.some(({ text }) => text.startsWith('unix_signal:1 grace')),
    always: 'SIGHUP always reloads gracefully',
  },
  {
    only: (lines) => !startsWith('unix_signal:')(lines),
    differs: 'it runs when the workers have loaded the application; a failure refuses the start',
  },
];

export const hookOptions = {
  'hook-asap': hook('first of all, before pidfile, log and sockets', again),
  'hook-pre-jail': hook('after the pidfile and the log, at a start only'),
  'hook-in-jail': hook('after hook-pre-jail', again),
  'hook-as-root': hook('before sockets are opened and privileges dropped, as root', asRoot),
  'hook-as-user': hook('when privileges are dropped', asUser),
  'hook-pre-app': hook('before the application is loaded, in the process that loads it', preApp),
  'hook-post-app': hook('when the application is loaded, in that process', preApp),
  'hook-post-fork': hook('in each worker, when it has been forked', inWorker),
  'hook-accepting': hook('in each worker, before it takes requests', inWorker),
  'hook-accepting-once': hook('the same, only in the first worker of each number', inWorker),
  'hook-accepting1': hook('in worker 1, before it takes requests', inWorker),
  'hook-accepting1-once': hook('the same, only in the first worker 1', inWorker),
  'hook-as-mule': hook('in each mule, first of all', {
    differs: 'a mule whose hook fails is started again after pauses that grow, not at once',
  }),
  'hook-master-start': option({
    section: 'hooks',
    kind: hookList(),
    default: [],
    summary: 'in the master, before the new workers take requests',
    details:
      'unix_signal:NUMBER FUNCTION gives a signal to the master another meaning. FUNCTION is one of ' +
      "uWSGI's: gracefully_kill_them_all, kill_them_all, grace_them_all, reap_them_all, " +
      'uwsgi_chain_reload, uwsgi_reload_workers, uwsgi_log_reopen, uwsgi_log_rotate, ' +
      'suspend_resume_them_all, uwsgi_go_cheap, stats.',
    onReload: 'reload',
    uwsgi: [...masterStart, ...everywhere],
  }),
  'hook-as-user-atexit': hook('when Reeve has stopped', atExit),
  'hook-touch': option({
    section: 'hooks',
    kind: touchHookList(),
    default: [],
    summary: 'when this file is touched, in the master (repeatable)',
    onReload: 'reload',
    uwsgi: [{ remark: 'the file is looked at once a second' }],
  }),
  'exec-asap': command('run a command at hook-asap', again),
  'exec-pre-jail': command('run a command at hook-pre-jail'),
  'exec-in-jail': command('run a command at hook-in-jail', again),
  'exec-as-root': command('run a command at hook-as-root', asRoot),
  'exec-as-user': command('run a command at hook-as-user', asUser),
  'exec-pre-app': command('run a command at hook-pre-app', preApp),
  'exec-post-app': command('run a command at hook-post-app', preApp),
  'exec-as-user-atexit': command('run a command at hook-as-user-atexit', atExit),
  'hook-timeout': option({
    section: 'hooks',
    kind: seconds(daySeconds),
    default: 300,
    summary: 'time for each command of a hook, of exec-* and of touch-exec; then it is killed',
    details:
      'What loads the application has start-timeout as well. A wait_for_* that finds nothing fails after ' +
      'this time too; in uWSGI after 60 seconds.',
    onReload: 'reload',
    uwsgi: 'ours-alone',
  }),
};
