/**
 * The command line: which command it is, and how its failure is told.
 *
 * A start loads the configuration and hands it to the master. Modules that only some commands need
 * are loaded by those.
 */

import { existsSync, readlinkSync } from 'node:fs';

import { OperatorError } from '../base/operator-error.ts';
import { asOperatorError } from '../base/system-error.ts';
import { earlyLines, reportFindings } from './process/findings.ts';
import { hostOf } from './process/real-host.ts';
import { version } from './process/version.ts';
import { write } from './process/write.ts';
import { findingsOfStart, loadConfiguration } from '../config/load.ts';
import { firstError, printDiagnostic } from '../config/reading/diagnostic.ts';
import { didYouMean, nearest } from '../config/reading/nearest.ts';
import { arePassedSockets, READY_VARIABLE } from '../master/start/environment.ts';
import { commandNames, habitOf, isCommandName } from '../tables/commands.ts';
import { exitCodes } from '../tables/exit-codes.ts';

import type { Doing } from './process/progress-line.ts';
import type { StartFailure } from './start/failed-start.ts';
import type { Command, Loaded } from '../config/load.ts';

type Environment = Readonly<Record<string, string | undefined>>;

async function runNamed(command: Command): Promise<number> {
  switch (command.kind) {
    case 'version':
      write(1, `${version}\n`);
      return exitCodes.stopped;
    case 'help': {
      const { helpOn } = await import('./help.ts');
      write(1, helpOn([]));
      return exitCodes.stopped;
    }
    default: {
      const { runPidfileCommand } = await import('./start/pidfile-commands.ts');
      return await runPidfileCommand(command.kind, command.pidfile);
    }
  }
}

/** systemd listens to this process. */
function isNotifying({ NOTIFY_SOCKET: socket = '' }: Environment): boolean {
  return socket !== '';
}

async function leavesTheDaemon(isAsked: boolean, environment: Environment): Promise<boolean> {
  const isInUnit = environment['INVOCATION_ID'] !== undefined;
  if (!isAsked && !isInUnit) return false;
  const { leavesDaemon, unitTypeOf } = await import('./start/unit-type.ts');
  const type = unitTypeOf(environment);
  const leaves = leavesDaemon({ type, isAsked, isNotifying: isNotifying(environment) });
  // A daemon that says MAINPID would be waited for until it ends.
  if (leaves && type === 'oneshot') delete process.env['NOTIFY_SOCKET'];
  return leaves;
}

/** Between the lines that uWSGI puts there, on standard output: the log may be of JSON lines. */
async function showConfig(loaded: Loaded): Promise<void> {
  const { settingsAsIni } = await import('../manual/ini.ts');
  const text = settingsAsIni(loaded);
  write(1, `\n;uWSGI instance configuration\n${text};end of configuration\n\n`);
}

async function start(argv: readonly string[], environment: Environment): Promise<number> {
  // In the background the sockets were passed to the parent, which waits until we are ready.
  const isBackground = environment[READY_VARIABLE] !== undefined;
  const listenPids = isBackground ? [process.pid, process.ppid] : [process.pid];
  const sockets = arePassedSockets(environment, listenPids) ? 'passed' : undefined;
  const host = hostOf(environment, sockets);
  const loaded = await loadConfiguration(argv, host);
  const error = firstError(loaded.diagnostics);
  const { command } = loaded;
  if (command !== undefined && error?.exitCode !== exitCodes.usage) return await runNamed(command);
  if (error !== undefined) {
    reportFindings(findingsOfStart(loaded), loaded.settings);
    const exitCode = error.exitCode ?? exitCodes.config;
    await tellFailure(environment, { exitCode, sentence: printDiagnostic(error) });
    return exitCode;
  }
  const { daemonize, takeReadiness } = await import('./start/daemonize.ts');
  const readiness = takeReadiness(process.env);
  // The daemon of a command that waits for it does not print again what that has printed.
  if (loaded.showsConfig && readiness === undefined) await showConfig(loaded);
  const background = loaded.settings.daemonize || loaded.settings.daemonize2;
  if (readiness === undefined && (await leavesTheDaemon(background !== '', environment))) {
    const { logOwner, startLimitMs } = await import('./start/daemonize.ts');
    const limitMs = startLimitMs(loaded.settings);
    const owner = logOwner(loaded.settings);
    const { logOption } = await import('../master/start/log-place.ts');
    const option = logOption(loaded.settings);
    const finalLogFile = option === undefined ? background : loaded.settings[option];
    const words = process.argv.slice(1);
    const log = { logFile: background, owner, finalLogFile };
    return await daemonize({ ...log, argv: words, limitMs, shownWhile: shownWhileStarting });
  }
  const { runMaster } = await import('../master/main.ts');
  const loadAgain = (): Promise<Loaded> => loadConfiguration(argv, host.forReload());
  const reportReady = (): void => readiness?.report();
  const isInBackground = background !== '' && readiness !== undefined;
  return await runMaster({ loaded, loadAgain, version, listenPids, isInBackground, reportReady });
}

/** Loaded only where a daemon is waited for. */
async function shownWhileStarting<Result>(
  pid: number,
  work: () => Promise<Result>,
): Promise<Result> {
  const { shownWhile } = await import('./process/progress.ts');
  const look = async (): Promise<Doing | undefined> => {
    const { lookAtStart } = await import('./instances/progress.ts');
    return await lookAtStart(pid);
  };
  const asked = { what: `starting in the background as pid ${pid}`, facts: '' };
  return await shownWhile({ asked, look }, work);
}

/** Under systemd: why it does not start, which the unit's status then shows. */
async function tellFailure(environment: Environment, failure: StartFailure): Promise<void> {
  if (!isNotifying(environment)) return;
  const { tellFailedStart } = await import('./start/failed-start.ts');
  tellFailedStart(environment, failure);
}

async function run(argv: readonly string[], environment: Environment): Promise<number> {
  const [first] = argv;
  if (first !== undefined && isCommandName(first)) {
    const { runCommand } = await import('./commands.ts');
    return await runCommand(argv, environment);
  }
  const topics = helpTopics(argv);
  if (topics !== undefined) {
    const { helpOn } = await import('./help.ts');
    write(1, helpOn(topics));
    return exitCodes.stopped;
  }
  if (first !== undefined) refuseUnknownCommand(first);
  const isAsked = Object.keys(environment).some((name) => name.startsWith('UWSGI_'));
  if (first === undefined && !isAsked) {
    const { shortHelp } = await import('../manual/help.ts');
    write(2, shortHelp());
    return exitCodes.usage;
  }
  try {
    return await start(argv, environment);
  } catch (error) {
    const refusal = asOperatorError(error);
    const sentence = refusal?.message ?? (error instanceof Error ? error.message : String(error));
    const exitCode = refusal?.exitCode ?? exitCodes.software;
    await tellFailure(environment, { exitCode, sentence, errno: refusal?.errno });
    throw error;
  }
}

/** What is asked for by `--help all` or `--help=http`; undefined where it is no call for help. */
function helpTopics([first = '', ...others]: readonly string[]): readonly string[] | undefined {
  const [, inWord] = /^--help=(.*)$/s.exec(first) ?? [];
  if (inWord !== undefined) return [inWord];
  const isHelp = first === '--help' || first === '-h';
  const isOption = others.some((word) => word.startsWith('-'));
  return isHelp && others.length > 0 && !isOption ? others : undefined;
}

/** `statsu` is no file and no option: a command was meant. */
function refuseUnknownCommand(word: string): void {
  if (!/^[a-z][a-z-]*$/i.test(word) || existsSync(word)) return;
  const what = `unknown command ${word}`;
  const habit = habitOf(word);
  if (habit !== undefined) {
    throw new OperatorError({ what, advice: habit, exitCode: exitCodes.usage });
  }
  const meant = nearest(word, commandNames);
  if (meant === undefined) return;
  throw new OperatorError({ what, advice: didYouMean(meant), exitCode: exitCodes.usage });
}

/** Does what the arguments (after the name of the program) say; resolves to the exit code. */
export async function main(argv: readonly string[], environment: Environment): Promise<number> {
  const isGone = replacesDeletedDirectory();
  const exitCode = await exitCodeOf(argv, environment);
  if (isGone && exitCode === exitCodes.noInput) {
    const what = 'the directory that this was started in has been deleted';
    const advice = 'no relative path leads anywhere: name files by their whole path';
    write(2, earlyLines(`reeve: ${what}; ${advice}\n`, 'error'));
  }
  return exitCode;
}

/** Whatever fails is told, and has its exit code. */
async function exitCodeOf(argv: readonly string[], environment: Environment): Promise<number> {
  try {
    return await run(argv, environment);
  } catch (error) {
    const refusal = asOperatorError(error);
    if (refusal !== undefined) {
      write(2, earlyLines(`reeve: ${refusal.message}\n`, 'error'));
      return refusal.exitCode;
    }
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const text = `reeve: this is a fault of Reeve, please report it with what follows\n${stack}\n`;
    write(2, earlyLines(text, 'error'));
    return exitCodes.software;
  }
}

/**
 * Whether the directory that this process was started in has been deleted: scripts that deploy
 * delete the one they stand in, and there a command works as long as it names no file in it. If so,
 * process.cwd() no longer throws, which libraries call when they are loaded; it returns a path that
 * leads nowhere, `/srv/old (deleted)`.
 */
function replacesDeletedDirectory(): boolean {
  try {
    process.cwd();
    return false;
  } catch {
    const path = readlinkSync('/proc/self/cwd');
    process.cwd = () => path;
    return true;
  }
}
