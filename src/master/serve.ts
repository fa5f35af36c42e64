/** Puts the parts of the running daemon together, and waits for its end. */
import type { Loaded } from '../config/load.ts';
import type { Logger } from '../log/logger.ts';
import type { Notifier } from '../systemd/notify.ts';
import type { PassedDescriptor } from '../systemd/listen-fds.ts';
import { watchdogTimes } from '../systemd/watchdog.ts';
import { exitCodes } from '../tables/exit-codes.ts';
import type { Settings } from '../tables/options.ts';
import type { Configuration } from './configuration.ts';
import type { Control } from './control.ts';
import { Daemon } from './daemon.ts';
import { childEnvironment, type launchFacts } from './environment.ts';
import { openFifos } from './fifo.ts';
import type { Listener } from './listeners.ts';
import type { openOutput } from './output.ts';
import type { Owner } from './privileges.ts';
import { programs } from './programs.ts';
import { Reloads } from './reloads.ts';
import { Requests } from './requests.ts';
import { bindSignals } from './signals.ts';
import { streamName } from './spawn.ts';
import type { SystemdListeners } from './systemd-listeners.ts';

/** What the steps of a start share. */
export interface Start {
  readonly parts: MasterParts;
  /** The settings of the start; `reloads` has the newest. */
  readonly settings: Settings;
  readonly startDirectory: string;
  readonly logger: Logger;
  readonly notifier: Notifier;
  /** Given back in reverse at the end, however it comes. */
  readonly taken: AsyncDisposableStack;
  readonly passed: readonly PassedDescriptor[];
  /** Opened, and not yet the daemon's. */
  listeners: readonly Listener[];
}

export interface MasterParts {
  readonly loaded: Loaded;
  /** Reads the configuration again, as the command line names it. */
  readonly loadAgain: () => Loaded;
  readonly version: string;
  /** Whom systemd's sockets may be meant for: this process, and in the background its parent. */
  readonly listenPids: readonly number[];
  /** Started by `daemonize`: its file is where the output goes. */
  readonly isInBackground: boolean;
  /** Tells whoever started us in the background that we serve. */
  readonly reportReady: () => void;
}

export interface Serving {
  readonly configuration: Configuration;
  readonly lifelineFd: number;
  readonly output: ReturnType<typeof openOutput>;
  readonly logFile: string;
  readonly launch: ReturnType<typeof launchFacts>;
  readonly user: Owner | undefined;
  readonly control: Control | undefined;
  readonly systemd: SystemdListeners;
}

/** Runs the daemon; resolves to the exit code. */
export async function serve(start: Start, parts: Serving): Promise<number> {
  const { settings, startDirectory, logger, notifier, taken } = start;
  const { configuration, output, logFile } = parts;
  const ended = Promise.withResolvers<number>();
  const daemon = new Daemon({
    logger,
    notifier,
    watchdog: watchdogTimes(process.env, process.pid),
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
    onListenersObsolete: (listeners) => parts.systemd.giveBack(listeners, reloads.settings),
    onListenersDropped: (listeners) => parts.systemd.forget(listeners),
    onEnded: ended.resolve,
    onIdle: () => requests.idle(),
    onModules: (files) => reloads.watchModules(files),
  });
  const reloads = new Reloads({
    daemon,
    logger,
    settings,
    loadAgain: start.parts.loadAgain,
    startDirectory,
    logFile,
    output,
    user: parts.user,
    systemd: parts.systemd,
  });
  const requests = new Requests({ daemon, reloads, logger, environment: process.env });
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
  parts.control?.serve({ daemon, reloads, logger });
  start.listeners = [];
  daemon.start(configuration);
  const exitCode = await ended.promise;
  daemon.close();
  if (exitCode === exitCodes.stopped) logger.info('daemon.stopped', {}, 'stopped');
  return exitCode;
}
