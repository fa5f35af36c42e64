/** Puts the parts of the running daemon together, and waits for its end. */
import { createClocks, type Timers } from '../base/clock.ts';
import type { Pidfile } from '../base/files/pidfile.ts';
import { descriptorName } from '../base/sockets/datagrams.ts';
import { ownUnit } from '../base/own-unit.ts';
import { showTitle } from './start/own-title.ts';
import type { Loaded } from '../config/load.ts';
import type { Logger } from '../log/logger.ts';
import type { Notifier } from '../systemd/notify.ts';
import type { PassedDescriptor } from '../systemd/listen-fds.ts';
import { asOperatorError } from '../base/system-error.ts';
import { watchdogTimes } from '../systemd/watchdog.ts';
import { exitCodes } from '../tables/exit-codes.ts';
import type { Settings } from '../tables/options/options.ts';
import type { Configuration } from './settings/configuration.ts';
import { sharedState } from './settings/shared-state.ts';
import { Configurations } from './settings/configurations.ts';
import { evidenceFor } from './operator/evidence.ts';
import type { Control } from './operator/control.ts';
import { Daemon } from './daemon/daemon.ts';
import { childEnvironment, type launchFacts } from './start/environment.ts';
import { openFifos } from './triggers/fifo.ts';
import { bringIntoForce } from './listeners/listeners.ts';
import type { Listener } from './listeners/open.ts';
import type { openOutput } from './children/log-helper.ts';
import type { InstanceName } from './start/instance.ts';
import type { NextUser } from './start/privileges.ts';
import type { OpenedLog } from './open-log.ts';
import type { Hooks } from './hooks/hooks.ts';
import { writePidfiles } from './pidfiles.ts';
import { programs } from './start/programs.ts';
import { Logs } from './operator/logs.ts';
import { Reloads } from './operator/reloads.ts';
import { Actions } from './operator/actions.ts';
import { BackgroundCommands } from './triggers/background-commands.ts';
import { Touches } from './triggers/touches.ts';
import type { Monitoring } from './monitoring/monitoring.ts';
import { bindSignals } from './operator/signals.ts';
import type { KeptCaches } from './keeping/kept-caches.ts';
import type { SystemdListeners } from './listeners/systemd.ts';
import type { WorkerGroups } from './children/cgroups.ts';

/** What the steps of a start share. */
export interface Start {
  readonly parts: MasterParts;
  /** The settings of the start; see settings/configurations.ts for those that are in force. */
  readonly settings: Settings;
  /** A `cd` of a hook changes it. */
  startDirectory: string;
  readonly instance: InstanceName;
  readonly logger: Logger;
  readonly notifier: Notifier;
  readonly timers: Timers;
  /** Given back in reverse at the end, however it comes. */
  readonly taken: AsyncDisposableStack;
  readonly passed: readonly PassedDescriptor[];
  /** Memory files that systemd kept. */
  readonly memory: readonly PassedDescriptor[];
  /** Those that this process holds. */
  readonly pidfiles: Pidfile[];
  /** Opened, and not yet the daemon's. */
  listeners: readonly Listener[];
  /** What is logged now goes to loggers. */
  isLogElsewhere: boolean;
  /** It does not start: nothing is left behind. */
  hasFailed: boolean;
  readonly hooks: Hooks;
}

export interface MasterParts {
  readonly loaded: Loaded;
  /** Reads the configuration again, as the command line names it. */
  readonly loadAgain: () => Promise<Loaded>;
  readonly version: string;
  /**
   * The processes that systemd's sockets may be meant for: this one, in the background its parent
   * too.
   */
  readonly listenPids: readonly number[];
  /** Started by `daemonize`: its file is where the output goes. */
  readonly isInBackground: boolean;
  /** Tells the command that started us in the background that we serve. */
  readonly reportReady: () => void;
}

export interface Serving {
  readonly configuration: Configuration;
  readonly groups: WorkerGroups;
  readonly lifelineFd: number;
  readonly sharedFd: number;
  readonly output: ReturnType<typeof openOutput>;
  readonly log: OpenedLog;
  readonly launch: ReturnType<typeof launchFacts>;
  readonly user: NextUser | undefined;
  readonly control: Control | undefined;
  readonly monitoring: Monitoring;
  readonly systemd: SystemdListeners;
  readonly keptCaches: KeptCaches;
}

/** Runs the daemon; resolves to the exit code. */
export async function serve(start: Start, parts: Serving): Promise<number> {
  const { logger, timers, taken } = start;
  const ended = Promise.withResolvers<number>();
  const configurations = followed(new Configurations(parts.configuration), logger);
  const { daemon, reloads, actions, touches } = assemble(
    start,
    parts,
    configurations,
    ended.resolve,
  );
  const signals = bindSignals({
    onRequest: (request) => actions.take(request),
    isTaken: (signal) => actions.signal(signal),
    isHangupIgnored: parts.launch.isHangupIgnored,
    now: timers.now,
  });
  taken.defer(() => signals.close());
  const fifos = openFifos(
    configurations.settings['master-fifo'].map((entry) => entry.text),
    timers,
    {
      onCommands: (commands) => actions.letters(commands),
      onSwitch: (path) => logger.info('fifo.switched', {}, `active master fifo is now ${path}`),
    },
  );
  taken.defer(() => fifos.close(configurations.settings.vacuum ? 'vacuum' : 'keep'));
  taken.defer(() => touches.close());
  touches.start(signals.watchTerminal);
  parts.control?.serve({ configurations, daemon, reloads, logger, timers });
  parts.monitoring.serve({
    fleet: () => daemon.fleet,
    report: () => daemon.report(),
    evidence: () => evidenceFor(daemon, { logger, now: timers.now }),
  });
  configurations.whenInForce(({ settings }) => parts.monitoring.follow(settings));
  configurations.whenInForce((configuration) => keepCaches(parts, configuration));
  start.listeners = [];
  daemon.start();
  const exitCode = await ended.promise;
  daemon.close();
  start.hooks.cut();
  start.hasFailed = exitCode !== exitCodes.stopped;
  if (exitCode === exitCodes.stopped) logger.info('daemon.stopped', {}, 'stopped');
  return exitCode;
}

/** What a configuration that comes into force changes in the master itself and its listeners. */
function followed(configurations: Configurations, logger: Logger): Configurations {
  configurations.whenInForce(({ titles, listeners }) => {
    showTitle(titles.master);
    for (const problem of bringIntoForce(listeners)) logger.warn('listener.problem', {}, problem);
  });
  return configurations;
}

function logFdsOf({ writer }: OpenedLog) {
  return { requestLogFd: writer?.requestFd, lastingLogFd: writer?.mainFd ?? 2 };
}

function nowReady(start: Start, parts: Serving, configurations: Configurations): void {
  keepCaches(parts, configurations.inForce);
  start.parts.reportReady();
}

/** Until its generation serves, systemd has what it had: a start that fails loses nothing. */
function keepCaches({ keptCaches }: Serving, { settings }: Configuration): void {
  keptCaches.inForce(sharedState(settings).caches);
}

interface Assembled {
  readonly daemon: Daemon;
  readonly reloads: Reloads;
  readonly actions: Actions;
  readonly touches: Touches;
}

/** The daemon, and the parts that ask it for something. */
function assemble(
  start: Start,
  parts: Serving,
  configurations: Configurations,
  onEnded: (exitCode: number) => void,
): Assembled {
  const { logger, notifier, timers } = start;
  const { output, systemd } = parts;
  const { file: logFile } = parts.log;
  const watchdog = watchdogTimes(process.env, process.pid);
  const daemon = new Daemon({
    logger,
    notifier,
    timers,
    watchdog,
    dateMs: createClocks().dateMs,
    systemd: {
      isNotified: (process.env['NOTIFY_SOCKET'] ?? '') !== '',
      watchdogSeconds: watchdog === undefined ? null : (2 * watchdog.everyMs) / 1000,
      unit: ownUnit(process.env) ?? '',
    },
    ...{ lifelineFd: parts.lifelineFd, sharedFd: parts.sharedFd, keptCaches: parts.keptCaches },
    ...{ outputFd: output.fd, ...logFdsOf(parts.log) },
    programs: programs(),
    gatewayEnvironment: childEnvironment({
      inherited: process.env,
      env: [],
      unenv: [],
      outputStream: descriptorName(2),
    }),
    logFile,
    groups: parts.groups,
    configurations,
    onReady: () => nowReady(start, parts, configurations),
    runStartHooks: (settings) => sentenceOf(start.hooks.at('master-start', settings)),
    onListenersObsolete: (listeners) => {
      // A start that fails leaves no file of a socket.
      const vacuum = configurations.settings.vacuum || !daemon.fleet.everReady;
      systemd.giveBack(listeners, { ...configurations.settings, vacuum });
    },
    onListenersDropped: (listeners) => systemd.forget(listeners),
    onEnded,
    onIdle: () => asking.actions.idle(),
    onModules: (files) => asking.touches.watchModules(files),
  });
  const asking = askers(start, parts, configurations, daemon);
  return { daemon, ...asking };
}

/** The parts that ask the daemon for something. */
function askers(
  start: Start,
  parts: Serving,
  configurations: Configurations,
  daemon: Daemon,
): Omit<Assembled, 'daemon'> {
  const { startDirectory, logger, timers, instance } = start;
  const { output, systemd, user } = parts;
  const { file: logFile, writer: logWriter } = parts.log;
  const { loadAgain } = start.parts;
  const { hooks } = start;
  const reading = { loadAgain, startDirectory, logFile, instance, user, systemd, hooks };
  const clocks = createClocks();
  const logs = new Logs({ daemon, logger, configurations, clocks, logFile, logWriter, output });
  const reloads = new Reloads({ daemon, configurations, logger, logs, ...reading });
  const commands = new BackgroundCommands({ configurations, logger, timers, outputFd: output.fd });
  start.taken.defer(() => commands.close());
  const touches = new Touches({
    ...{ configurations, logs, timers },
    reload: (why, how) => reloads.request(why, { how }),
    runHook: (hook) => void start.hooks.logged(hook, 'touch', configurations.settings),
    runCommand: (command, file) => commands.run(command, `${file} has been touched`),
  });
  const actions = new Actions({
    ...{ daemon, reloads, logs, configurations, logger },
    environment: process.env,
    now: timers.now,
    writePidfiles: () => writePidfiles(start),
  });
  return { reloads, actions, touches };
}

/** Why it was refused; '' where it was not. */
async function sentenceOf(work: Promise<void>): Promise<string> {
  try {
    await work;
    return '';
  } catch (error) {
    const refusal = asOperatorError(error);
    if (refusal === undefined) throw error;
    return refusal.message;
  }
}
