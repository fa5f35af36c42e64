/** Puts the parts of the running daemon together, and waits for its end. */
import { descriptorName } from '../base/datagrams.ts';
import type { Loaded } from '../config/load.ts';
import type { Logger } from '../log/logger.ts';
import type { Notifier } from '../systemd/notify.ts';
import type { PassedDescriptor } from '../systemd/listen-fds.ts';
import { watchdogTimes } from '../systemd/watchdog.ts';
import { exitCodes } from '../tables/exit-codes.ts';
import type { Settings } from '../tables/options/options.ts';
import type { Configuration } from './settings/configuration.ts';
import type { Control } from './operator/control.ts';
import { Daemon } from './daemon/daemon.ts';
import { childEnvironment, type launchFacts } from './start/environment.ts';
import { openFifos } from './operator/fifo.ts';
import type { Listener } from './listeners/open.ts';
import type { openOutput } from './children/log-helper.ts';
import type { Owner } from './start/privileges.ts';
import { programs } from './start/programs.ts';
import { Reloads } from './operator/reloads.ts';
import { Actions } from './operator/actions.ts';
import { bindSignals } from './operator/signals.ts';
import type { SystemdListeners } from './listeners/systemd.ts';
import type { WorkerGroups } from './children/cgroups.ts';

/** What the steps of a start share. */
export interface Start {
  readonly parts: MasterParts;
  /** The settings of the start; `reloads` has the newest. */
  readonly settings: Settings;
  readonly startDirectory: string;
  /** What the application is called in the journal. */
  readonly app: string;
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
  readonly groups: WorkerGroups;
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
      outputStream: descriptorName(2),
    }),
    logFile,
    groups: parts.groups,
    onReady: start.parts.reportReady,
    onListenersObsolete: (listeners) => parts.systemd.giveBack(listeners, reloads.settings),
    onListenersDropped: (listeners) => parts.systemd.forget(listeners),
    onEnded: ended.resolve,
    onIdle: () => actions.idle(),
    onModules: (files) => reloads.watchModules(files),
  });
  const reloads = new Reloads({
    daemon,
    logger,
    settings,
    loadAgain: start.parts.loadAgain,
    startDirectory,
    logFile,
    app: start.app,
    output,
    user: parts.user,
    systemd: parts.systemd,
  });
  const actions = new Actions({ daemon, reloads, logger, environment: process.env });
  const signals = bindSignals({
    onRequest: (request) => actions.take(request),
    isHangupIgnored: parts.launch.isHangupIgnored,
  });
  taken.defer(() => signals.close());
  const fifos = openFifos(
    settings['master-fifo'].map((entry) => entry.text),
    {
      onCommand: (command) => actions.command(command),
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
