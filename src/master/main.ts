/**
 * Becomes the master: takes what only root can take, drops its privileges, and runs the daemon
 * until it ends. The order is that of privileges: pidfile, log and listeners before the drop;
 * lifeline, fifos and children after it. What was taken is given back in reverse.
 */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { openPipe, setSubreaper } from '../base/libc.ts';
import { showTitle } from '../base/own-title.ts';
import { acquirePidfile } from '../base/pidfile.ts';
import { asOperatorError, cannotMake } from '../base/system-error.ts';
import { printDiagnostic } from '../config/diagnostic.ts';
import type { Loaded } from '../config/load.ts';
import { createLogger, openLogOnto, type Logger } from '../log/logger.ts';
import { createNotifier } from '../systemd/notify.ts';
import { exitCodes } from '../tables/exit-codes.ts';
import type { Settings } from '../tables/options.ts';
import { sayListening } from './announcements.ts';
import {
  directoryOf,
  listenerRequests,
  listenerTerms,
  makeConfiguration,
} from './configuration.ts';
import { titlesOf, type Configuration } from './configuration.ts';
import { Daemon } from './daemon.ts';
import { childEnvironment, launchFacts } from './environment.ts';
import { openFifos } from './fifo.ts';
import { restoreFileLimits } from './file-limits.ts';
import { closeListeners, openListeners, type Listener } from './listeners.ts';
import { openOutput } from './output.ts';
import { dropPrivileges, identityOf, ownerAfterDrop, type Owner } from './privileges.ts';
import { Reloads } from './reloads.ts';
import { Requests } from './requests.ts';
import { bindSignals } from './signals.ts';
import { streamName } from './spawn.ts';

export interface MasterParts {
  readonly loaded: Loaded;
  /** Reads the configuration again, as the command line names it. */
  readonly loadAgain: () => Loaded;
  readonly version: string;
  /** Tells whoever started us in the background that we serve. */
  readonly reportReady: () => void;
}

/** What the steps of a start share. */
interface Start {
  readonly parts: MasterParts;
  /** The settings of the start; `reloads` has the newest. */
  readonly settings: Settings;
  readonly startDirectory: string;
  readonly logger: Logger;
  /** Given back in reverse at the end, however it comes. */
  readonly taken: AsyncDisposableStack;
  /** Opened, and not yet the daemon's. */
  listeners: readonly Listener[];
}

/** Runs the daemon; resolves to the exit code, also where it could not start. */
export async function runMaster(parts: MasterParts): Promise<number> {
  const { settings } = parts.loaded;
  showTitle(titlesOf(settings).master);
  setSubreaper();
  const level = settings['log-level'] === 'warning' ? 'warn' : settings['log-level'];
  const logger = createLogger({ role: 'master', json: settings['log-json'], level });
  const taken = new AsyncDisposableStack();
  try {
    return await run({
      parts,
      settings,
      startDirectory: process.cwd(),
      logger,
      taken,
      listeners: [],
    });
  } catch (error) {
    const refusal = asOperatorError(error);
    if (refusal === undefined) throw error;
    logger.error('start.refused', { exitCode: refusal.exitCode }, refusal.message);
    return refusal.exitCode;
  } finally {
    await taken.disposeAsync();
  }
}

async function run(start: Start): Promise<number> {
  const { settings, startDirectory, logger, taken } = start;
  const launch = launchFacts(process.env);
  restoreFileLimits(settings['max-fd'], launch.softFileLimit);
  if (settings.umask !== undefined) process.umask(settings.umask);
  const identity = identityOf(settings);
  const user = ownerAfterDrop(identity);
  const directory = directoryOf(settings, startDirectory);
  holdPidfiles(start, ['pidfile', 'safe-pidfile'], startDirectory);
  const logFile = openLogFile(start, user);
  sayHello(start);
  process.chdir(directory);
  const listeners = await listen(start, user);
  for (const warning of dropPrivileges(identity)) logger.warn('identity', {}, warning);
  holdPidfiles(start, ['pidfile2', 'safe-pidfile2'], directory);

  const configuration = makeConfiguration({
    number: 1,
    settings,
    given: start.parts.loaded.given,
    listeners,
    startDirectory,
    logFile,
    outputStream: settings['log-json'] ? '' : streamName(2),
  });
  // Made after the drop: the files of /proc/self/fd would belong to root else (EACCES).
  const lifeline = openPipe();
  const output = openOutput({
    isJson: settings['log-json'],
    python: configuration.python,
    program: programs().logLines,
    title: configuration.titles.log,
    lifelineFd: lifeline.readFd,
    environment: configuration.environment,
    logFile,
    onProblem: (sentence) => logger.error('log.problem', {}, sentence),
  });
  taken.defer(() => output.close());
  return serve(start, {
    configuration,
    lifelineFd: lifeline.readFd,
    output,
    logFile,
    launch,
    user,
  });
}

interface Serving {
  readonly configuration: Configuration;
  readonly lifelineFd: number;
  readonly output: ReturnType<typeof openOutput>;
  readonly logFile: string;
  readonly launch: ReturnType<typeof launchFacts>;
  readonly user: Owner | undefined;
}

async function serve(start: Start, parts: Serving): Promise<number> {
  const { settings, startDirectory, logger, taken } = start;
  const { configuration, output, logFile } = parts;
  const notifier = createNotifier({
    socket: process.env['NOTIFY_SOCKET'],
    onProblem: (sentence) => logger.warn('systemd.unreachable', {}, sentence),
  });
  const ended = Promise.withResolvers<number>();
  const daemon = new Daemon({
    logger,
    notifier,
    lifelineFd: parts.lifelineFd,
    outputFd: output.fd,
    programs: programs(),
    gatewayEnvironment: childEnvironment({
      inherited: process.env,
      env: [],
      unenv: [],
      outputStream: streamName(2),
    }),
    logFile,
    onReady: start.parts.reportReady,
    onListenersObsolete: (listeners) => giveBackListeners(listeners, reloads.settings, logger),
    onEnded: ended.resolve,
    onModules: (files) => reloads.watchModules(files),
  });
  const reloads = new Reloads({
    daemon,
    logger,
    notifier,
    settings,
    loadAgain: start.parts.loadAgain,
    startDirectory,
    logFile,
    output,
    user: parts.user,
  });
  const requests = new Requests({ daemon, reloads, logger, notifier, environment: process.env });
  const signals = bindSignals({
    onRequest: (request) => requests.take(request),
    isHangupIgnored: parts.launch.isHangupIgnored,
  });
  taken.defer(() => signals.close());
  const fifos = openFifos(
    settings['master-fifo'].map((entry) => entry.text),
    {
      onCommand: (command) => requests.command(command),
      onSwitch: (path) => logger.info('fifo.switched', {}, `active master fifo is now ${path}`),
    },
  );
  taken.defer(() => fifos.close(reloads.settings.vacuum ? 'vacuum' : 'keep'));
  taken.defer(() => reloads.close());
  reloads.watchFiles(signals.watchTerminal);
  start.listeners = [];
  daemon.start(configuration);
  const exitCode = await ended.promise;
  if (exitCode === exitCodes.stopped) logger.info('daemon.stopped', {}, 'stopped');
  return exitCode;
}

/** Opens the listeners; until the daemon has them they are closed when the start fails. */
async function listen(start: Start, user: Owner | undefined): Promise<readonly Listener[]> {
  const { settings, logger } = start;
  const opened = await openListeners(listenerRequests(settings), listenerTerms(settings, user));
  start.listeners = opened.listeners;
  start.taken.defer(() => giveBackListeners(start.listeners, settings, logger));
  for (const warning of opened.warnings) logger.warn('listener.backlog', {}, warning);
  sayListening(logger, opened.listeners);
  return opened.listeners;
}

function giveBackListeners(
  listeners: readonly Listener[],
  settings: Settings,
  logger: Logger,
): void {
  const problems = closeListeners(listeners, settings.vacuum ? 'vacuum' : 'keep');
  for (const problem of problems) logger.warn('listener.problem', {}, problem);
}

type PidfileOption = 'pidfile' | 'safe-pidfile' | 'pidfile2' | 'safe-pidfile2';

function holdPidfiles(start: Start, options: readonly PidfileOption[], directory: string): void {
  for (const option of options) {
    if (start.settings[option] === '') continue;
    const pidfile = acquirePidfile(resolve(directory, start.settings[option]), process.pid);
    start.taken.defer(() => pidfile.release(start.settings.vacuum ? 'remove' : 'keep'));
  }
}

/** Puts the log file in place of descriptors 1 and 2; returns its path, or '' without one. */
function openLogFile(start: Start, user: Owner | undefined): string {
  const { settings, startDirectory } = start;
  const name = settings.logto || settings.logto2;
  if (name === '') {
    const inherited = settings.daemonize || settings.daemonize2;
    return inherited === '' ? '' : resolve(startDirectory, inherited);
  }
  const path = resolve(startDirectory, name);
  try {
    openLogOnto(path, 2, user);
    openLogOnto(path, 1, user);
  } catch (error) {
    throw cannotMake(`the log ${path}`, error, { where: settings.logto ? 'logto' : 'logto2' });
  }
  return path;
}

function sayHello(start: Start): void {
  const { settings, logger, parts, startDirectory } = start;
  const say = (sentence: string) => logger.info('daemon.starting', {}, sentence);
  say(`Reeve ${parts.version} starting as pid ${process.pid}, working directory ${startDirectory}`);
  for (const finding of parts.loaded.diagnostics) sayFinding(logger, finding);
  say(
    `your mercy for graceful operations on workers is ${settings['worker-reload-mercy']} seconds`,
  );
}

/** A finding of the configuration, as severe as it is. */
export function sayFinding(logger: Logger, finding: Loaded['diagnostics'][number]): void {
  const level = finding.severity === 'warning' ? 'warn' : finding.severity;
  logger[level === 'note' ? 'info' : level]('configuration', {}, printDiagnostic(finding));
}

/** The programs of the other processes: bundles beside ours, or the sources of a checkout. */
function programs(): {
  readonly gateway: string;
  readonly spawner: string;
  readonly logLines: string;
} {
  const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
  if (import.meta.url.endsWith('.ts')) {
    const gateway = at('../gateway/main.ts');
    const python = (name: string) => at(`../workers/python/${name}`);
    return { gateway, spawner: python('launch.py'), logLines: python('log_lines.py') };
  }
  const python = (name: string) => at(`./python/${name}`);
  return {
    gateway: at('./gateway.mjs'),
    spawner: python('launch.py'),
    logLines: python('log_lines.py'),
  };
}
