/**
 * Becomes the master: takes what only root can take, drops its privileges, and runs the daemon
 * until it ends. The order is that of privileges: pidfile, log and listeners before the drop;
 * lifeline, fifos and children after it. What was taken is given back in reverse.
 */
import { constants as system, hostname } from 'node:os';

import { createTimers } from '../base/clock.ts';
import { descriptorName } from '../base/sockets/datagrams.ts';
import { ignoreSignal, openMemoryFile, openPipe, setSubreaper } from '../base/libc.ts';
import { startedAsUnit } from '../base/own-unit.ts';
import { OperatorError } from '../base/operator-error.ts';
import { asOperatorError, errnoNumberOf, errorCodeOf } from '../base/system-error.ts';
import { startThreadPool } from '../base/threads.ts';
import { printDiagnostic } from '../config/reading/diagnostic.ts';
import { findingsOfStart, type Loaded } from '../config/load.ts';
import type { Logger } from '../log/logger.ts';
import { errnoOf } from '../systemd/errno.ts';
import { refusedInWords, wantNamed } from '../systemd/limits.ts';
import { takePassedDescriptors } from '../systemd/listen-fds.ts';
import { openFdStore } from '../systemd/fd-store.ts';
import { createNotifier } from '../systemd/notify.ts';
import { exitCodes } from '../tables/exit-codes.ts';
import { instanceName } from './start/instance.ts';
import { showTitle } from './start/own-title.ts';
import { holdPidfiles, holdUnitPidfile } from './pidfiles.ts';
import { Hooks } from './hooks/hooks.ts';
import {
  applicationEnvironment,
  workingDirectoryOf,
  makeConfiguration,
  titlesOf,
} from './settings/configuration.ts';
import { openControl, type Control } from './operator/control.ts';
import { Monitoring } from './monitoring/monitoring.ts';
import { childEnvironment, launchFacts } from './start/environment.ts';
import { openOutput } from './children/log-helper.ts';
import { KeptCaches } from './keeping/kept-caches.ts';
import { makeLogger, openLog, type OpenedLog } from './open-log.ts';
import {
  dropPrivileges,
  userAndGroupsOf,
  ownerAfterDrop,
  type NextUser,
} from './start/privileges.ts';
import { restoreFileLimits } from './start/file-limits.ts';
import { takePriority } from './start/priority.ts';
import { programs } from './start/programs.ts';
import { serve, type MasterParts, type Start } from './serve.ts';
import { openListeners, sayListening } from './listeners/listeners.ts';
import { listenerRequests, listenerTerms } from './listeners/wanted.ts';
import { SystemdListeners } from './listeners/systemd.ts';
import { openWorkerGroups } from './children/cgroups.ts';

export type { MasterParts } from './serve.ts';

/** Runs the daemon; resolves to the exit code, also where it could not start. */
export async function runMaster(parts: MasterParts): Promise<number> {
  const { settings } = parts.loaded;
  const { passed, memory, warnings } = takePassedDescriptors({
    environment: process.env,
    pids: parts.listenPids,
  });
  const instance = ownName(parts);
  showTitle(titlesOf(settings, instance).master);
  setSubreaper();
  // A log at its size limit (RLIMIT_FSIZE) is an error of that write, and no reason to die.
  ignoreSignal(system.signals.SIGXFSZ);
  const logger = makeLogger(settings, instance.name);
  const notifier = createNotifier({
    socket: process.env['NOTIFY_SOCKET'],
    onProblem: (sentence) => logger.warn('systemd.unreachable', {}, sentence),
  });
  for (const warning of warnings) logger.warn('listener.warning', {}, warning);
  const timers = createTimers();
  const taken = new AsyncDisposableStack();
  const start: Start = {
    parts,
    settings,
    startDirectory: process.cwd(),
    instance,
    logger,
    notifier,
    timers,
    hooks: newHooks(logger, timers),
    taken,
    ...{ passed, memory },
    pidfiles: [],
    listeners: [],
    isLogElsewhere: false,
    hasFailed: false,
  };
  let sayAgain = (): void => {};
  try {
    return await run(start);
  } catch (error) {
    const refusal = asOperatorError(error);
    if (refusal === undefined) throw error;
    start.hasFailed = true;
    sayAgain = sayRefused(start, refusal);
    notifier.failed({ errno: errnoOf(refusal), status: refusal.message });
    return refusal.exitCode;
  } finally {
    await taken.disposeAsync();
    sayAgain();
  }
}

function newHooks(logger: Logger, timers: Start['timers']): Hooks {
  return new Hooks({
    ...{ logger, timers },
    directory: process.cwd(),
    environmentOf: (settings, directory) => {
      return applicationEnvironment({ settings, outputStream: '' }, directory, process.env);
    },
  });
}

function ownName({ loaded: { settings, files } }: MasterParts): Start['instance'] {
  return instanceName({
    unit: startedAsUnit(process.env, process.pid, process.ppid),
    runtimeDirectory: process.env['RUNTIME_DIRECTORY'] ?? '',
    settings,
    files,
    startDirectory: process.cwd(),
  });
}

/**
 * Logs why the start is refused. With loggers the function that is returned, called when those have
 * ended, does so again: where the log would be without them, as few look into their files at once.
 */
function sayRefused(start: Start, { exitCode, message }: OperatorError): () => void {
  const say = (): void => start.logger.error('start.refused', { exitCode }, message);
  say();
  return start.isLogElsewhere ? say : () => {};
}

async function run(start: Start): Promise<number> {
  const { settings, logger } = start;
  await startThreads();
  const launch = launchFacts(process.env);
  restoreFileLimits(settings['max-fd'], launch.softFileLimit);
  if (settings.umask !== undefined) process.umask(settings.umask);
  const unwilling = takePriority(settings.prio);
  if (unwilling !== undefined) logger.warn('priority.refused', {}, unwilling);
  const identity = userAndGroupsOf(settings);
  const user = ownerAfterDrop(identity);
  await start.hooks.atStart(['asap'], settings);
  start.startDirectory = start.hooks.directory;
  const { taken, directory } = await takeBeforeDrop(start, user);
  for (const warning of dropPrivileges(identity)) logger.warn('identity', {}, warning);
  holdPidfiles(start, ['pidfile2', 'safe-pidfile2'], directory, user);
  start.taken.defer(() => start.hooks.atExit(start.settings));
  await start.hooks.atStart(['as-user'], settings);
  start.startDirectory = start.hooks.directory;
  return serve(start, { ...taken, ...makeAfterDrop(start, taken.log), launch, user });
}

/** All that the master will ever need: it then goes on where the system refuses more. */
async function startThreads(): Promise<void> {
  try {
    await startThreadPool(process.env);
  } catch (error) {
    const want = wantNamed(errorCodeOf(error));
    if (want === undefined) throw error;
    throw new OperatorError({
      what: refusedInWords('the threads of the master cannot be started', want),
      exitCode: exitCodes.osError,
      errno: errnoNumberOf(error),
    });
  }
}

/** What may need root: pidfiles, log, control socket, listeners, control groups. */
async function takeBeforeDrop(start: Start, user: NextUser | undefined) {
  const { logger, timers, settings } = start;
  holdPidfiles(start, ['pidfile', 'safe-pidfile'], start.startDirectory, user);
  holdUnitPidfile(start);
  const { isInBackground } = start.parts;
  const directory = workingDirectoryOf(settings, start.startDirectory);
  const log = openLog({ ...start, directory, isInBackground, user });
  start.taken.defer(() => log.writer?.close());
  sayHello(start, directory);
  await start.hooks.atStart(['pre-jail', 'in-jail', 'as-root'], settings);
  process.chdir(directory);
  const control = holdControl(start, user);
  const store = openFdStore({
    environment: process.env,
    onProblem: (sentence) => logger.warn('systemd.unreachable', {}, sentence),
  });
  const systemd = new SystemdListeners({ ...start, store });
  const keptCaches = new KeptCaches({ store, passed: start.memory, logger });
  await listen(start, systemd, user);
  const monitoring = await holdMonitoring(start, user);
  const groups = openWorkerGroups(logger, timers, user);
  start.taken.defer(() => groups.close());
  return { taken: { log, control, monitoring, systemd, keptCaches, groups }, directory };
}

/** What belongs to the user that the master is now: files of /proc/self/fd would be root's else. */
function makeAfterDrop(start: Start, log: OpenedLog) {
  const { settings, startDirectory, logger, timers, instance, listeners, taken } = start;
  const { given, moduleFacts } = start.parts.loaded;
  const isJson = settings['log-json'];
  const output = descriptorName(2);
  const outputStream = isJson ? '' : output;
  const made = {
    number: 1,
    settings,
    given,
    moduleFacts,
    listeners,
    startDirectory,
    logFile: log.file,
    outputStream,
    instance,
  };
  const configuration = makeConfiguration(made);
  const lifelineFd = openPipe().readFd;
  const { python, titles, environment } = configuration;
  startLogWriter(start, log, { title: titles.log, lifelineFd });
  const helper = openOutput({
    isJson,
    python,
    program: programs().launcher,
    title: titles.log,
    lifelineFd,
    environment,
    logFile: log.file,
    journalApp: process.env['JOURNAL_STREAM'] === output ? instance.name : '',
    timers,
    onProblem: (sentence) => logger.error('log.problem', {}, sentence),
  });
  taken.defer(() => helper.close());
  return { configuration, lifelineFd, sharedFd: openMemoryFile('reeve'), output: helper };
}

function startLogWriter(
  start: Start,
  { writer }: OpenedLog,
  { title, lifelineFd }: { readonly title: string; readonly lifelineFd: number },
): void {
  if (writer === undefined) return;
  const { settings, instance, logger, timers } = start;
  start.isLogElsewhere = true;
  writer.start({
    program: programs().logWriter,
    title,
    lifelineFd,
    environment: childEnvironment({
      inherited: process.env,
      env: [],
      unenv: [],
      outputStream: descriptorName(2),
    }),
    app: instance.name,
    hostname: hostname(),
    isJson: settings['log-json'],
    timers,
    onProblem: (sentence) => logger.error('log.problem', {}, sentence),
    onRotated: (file, backup, bytes) => {
      const sentence = `the log ${file} (${bytes} bytes) was rotated to ${backup}`;
      logger.info('log.rotated', { file, backup, bytes }, sentence);
    },
  });
}

/**
 * The listeners of a start: adopted or opened, and logged. They are closed when the start fails
 * before the daemon has them. Throws an OperatorError, and then nothing is left open.
 */
async function listen(start: Start, systemd: SystemdListeners, user: NextUser | undefined) {
  const { settings, logger, parts } = start;
  const passing = systemd.passing(settings, parts.loaded.given, 'start');
  const terms = listenerTerms(settings, user);
  const opened = await openListeners(listenerRequests(settings), terms, passing);
  systemd.started(opened);
  sayListening(logger, opened.listeners);
  if (settings['die-on-idle'] && settings.idle > 0 && !systemd.areActivated) {
    const sentence =
      'die-on-idle will end Reeve, and no request will start it again: no socket unit has passed ' +
      'a socket';
    logger.warn('idle.final', {}, sentence);
  }
  start.listeners = opened.listeners;
  start.taken.defer(() => {
    systemd.giveBack(start.listeners, start.hasFailed ? { ...settings, vacuum: true } : settings);
    systemd.vacuum();
  });
}

async function holdMonitoring(start: Start, user: NextUser | undefined): Promise<Monitoring> {
  const { settings, logger, timers, taken, parts, instance } = start;
  const facts = { name: instance.name, version: parts.version };
  const monitoring = await Monitoring.open({ settings, user, facts, logger, timers });
  taken.defer(() => monitoring.close(settings.vacuum ? 'vacuum' : 'keep'));
  return monitoring;
}

function holdControl(start: Start, user: NextUser | undefined): Control | undefined {
  const { settings, startDirectory, logger, timers, parts, taken } = start;
  const { version, loaded } = parts;
  const environment = process.env;
  const { files } = loaded;
  const control = openControl({
    settings,
    files,
    startDirectory,
    version,
    environment,
    logger,
    timers,
    user,
    name: start.instance.name,
  });
  taken.defer(() => control?.close());
  return control;
}

/** `directory`: where the application will run. */
function sayHello(start: Start, directory: string): void {
  const { settings, logger, parts } = start;
  const say = (sentence: string) => logger.info('daemon.starting', {}, sentence);
  say(`Reeve ${parts.version} starting as pid ${process.pid}, working directory ${directory}`);
  for (const finding of findingsOfStart(parts.loaded)) sayFinding(logger, finding);
  const background = start.settings.daemonize || start.settings.daemonize2;
  if (background !== '' && !parts.isInBackground) {
    const sentence = `daemonize = ${background} is ignored under systemd, which runs Reeve in the background; for a log in that file write logto = ${background}`;
    logger.warn('daemonize.ignored', {}, sentence);
  }
  say(
    `your mercy for graceful operations on workers is ${settings['worker-reload-mercy']} seconds`,
  );
}

/** A finding of the configuration, as severe as it is. */
function sayFinding(logger: Logger, finding: Loaded['diagnostics'][number]): void {
  const level = finding.severity === 'warning' ? 'warn' : finding.severity;
  logger[level === 'note' ? 'info' : level]('configuration', {}, printDiagnostic(finding));
}
