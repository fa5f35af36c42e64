/**
 * The command line: which command it is, and how its failure is told.
 *
 * A start loads the configuration and hands it to the master. Modules that only some commands need
 * are loaded by those.
 */

import { OperatorError } from '../base/operator-error.ts';
import { firstError, printDiagnostic } from '../config/diagnostic.ts';
import { loadConfiguration } from '../config/load.ts';
import { arePassedSockets, READY_VARIABLE } from '../master/environment.ts';
import { isCommandName } from '../tables/commands.ts';
import { exitCodes } from '../tables/exit-codes.ts';
import { hostOf } from './facts.ts';
import { reportFindings } from './findings.ts';
import { version } from './version.ts';
import { write } from './write.ts';

import type { Command, Loaded } from '../config/load.ts';
import type { StartFailure } from '../master/failed-start.ts';

type Environment = Readonly<Record<string, string | undefined>>;

async function runNamed(command: Command): Promise<number> {
  switch (command.kind) {
    case 'version':
      write(1, `${version}\n`);
      return exitCodes.stopped;
    case 'help': {
      const { fullHelp } = await import('../manual/help.ts');
      write(1, fullHelp());
      return exitCodes.stopped;
    }
    default: {
      const { runPidfileCommand } = await import('./pidfile-commands.ts');
      return await runPidfileCommand(command.kind, command.pidfile);
    }
  }
}

/**
 * With Type=notify systemd does the work of daemonize, and would lose a daemon that leaves its
 * process. Without, the unit may be Type=forking, which waits for just that.
 */
function isNotifying({ NOTIFY_SOCKET: socket = '' }: Environment): boolean {
  return socket !== '';
}

async function start(argv: readonly string[], environment: Environment): Promise<number> {
  // In the background the sockets were passed to the parent, which waits until we are ready.
  const isBackground = environment[READY_VARIABLE] !== undefined;
  const listenPids = isBackground ? [process.pid, process.ppid] : [process.pid];
  const sockets = arePassedSockets(environment, listenPids) ? 'passed' : undefined;
  const host = hostOf(environment, sockets);
  const loaded = loadConfiguration(argv, host);
  const error = firstError(loaded.diagnostics);
  const { command } = loaded;
  if (command !== undefined && error?.exitCode !== exitCodes.usage) return await runNamed(command);
  if (error !== undefined) {
    reportFindings(loaded.diagnostics, loaded.settings);
    const exitCode = error.exitCode ?? exitCodes.config;
    await tellFailure(environment, { exitCode, sentence: printDiagnostic(error) });
    return exitCode;
  }
  const { daemonize, takeReadiness } = await import('./daemonize.ts');
  const readiness = takeReadiness(process.env);
  const background = loaded.settings.daemonize || loaded.settings.daemonize2;
  if (background !== '' && readiness === undefined && !isNotifying(environment)) {
    return await daemonize({ logFile: background, argv: process.argv.slice(1) });
  }
  const { runMaster } = await import('../master/main.ts');
  const loadAgain = (): Loaded => loadConfiguration(argv, host.forReload());
  const reportReady = (): void => readiness?.report();
  const isInBackground = background !== '' && readiness !== undefined;
  return await runMaster({ loaded, loadAgain, version, listenPids, isInBackground, reportReady });
}

/** Under systemd: why it does not start, which the unit's status then shows. */
async function tellFailure(environment: Environment, failure: StartFailure): Promise<void> {
  if (!isNotifying(environment)) return;
  const { tellFailedStart } = await import('../master/failed-start.ts');
  tellFailedStart(environment, failure);
}

async function run(argv: readonly string[], environment: Environment): Promise<number> {
  const [first] = argv;
  if (first !== undefined && isCommandName(first)) {
    const { runCommand } = await import('./commands.ts');
    return await runCommand(argv, environment);
  }
  const isAsked = Object.keys(environment).some((name) => name.startsWith('UWSGI_'));
  if (first === undefined && !isAsked) {
    const { shortHelp } = await import('../manual/help.ts');
    write(2, shortHelp());
    return exitCodes.usage;
  }
  try {
    return await start(argv, environment);
  } catch (error) {
    const sentence = error instanceof Error ? error.message : String(error);
    const exitCode = error instanceof OperatorError ? error.exitCode : exitCodes.software;
    await tellFailure(environment, { exitCode, sentence });
    throw error;
  }
}

/** Does what the arguments (after the name of the program) say; resolves to the exit code. */
export async function main(argv: readonly string[], environment: Environment): Promise<number> {
  try {
    return await run(argv, environment);
  } catch (error) {
    if (error instanceof OperatorError) {
      write(2, `reeve: ${error.message}\n`);
      return error.exitCode;
    }
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    write(2, `reeve: this is a fault of Reeve, please report it with what follows\n${stack}\n`);
    return exitCodes.software;
  }
}
