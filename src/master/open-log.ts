/**
 * Opens the log: the file of `logto`, and the files and the pipe of loggers. Done before privileges
 * are dropped; a file that is made is given to the user who will have to open it again.
 */
import {
  fchmodSync,
  fstatSync,
  ftruncateSync,
  lstatSync,
  readdirSync,
  readlinkSync,
} from 'node:fs';
import { resolve } from 'node:path';

import { descriptorName } from '../base/sockets/datagrams.ts';
import { duplicateOnto } from '../base/descriptors.ts';
import { openLogFile } from '../base/files/log-file.ts';
import { reasonOf } from '../base/system-error.ts';
import { loggersOf, logPlanOf, needsWriter, type LogPlan } from '../log/loggers/log-plan.ts';
import type { Logger as Target } from '../log/loggers/target.ts';
import { createLogger, levelNamed, openLogOnto, type Logger } from '../log/logger.ts';
import type { Settings } from '../tables/options/options.ts';
import { LogWriter } from './children/log-writer.ts';
import { atLog, logOption } from './start/log-place.ts';
import type { NextUser } from './start/privileges.ts';

export interface OpenLogParts {
  readonly settings: Settings;
  readonly startDirectory: string;
  /** Where the application will run, from which paths of loggers are resolved, as in uWSGI. */
  readonly directory: string;
  readonly isInBackground: boolean;
  readonly user: NextUser | undefined;
  readonly logger: Logger;
}

export interface OpenedLog {
  /** Path of the log file that all processes write to; '' where they have none. */
  readonly file: string;
  readonly writer: LogWriter | undefined;
}

/** The logger of the master, for what the log will be. */
export function makeLogger(settings: Settings, app: string): Logger {
  const { 'log-json': json, 'log-date': date, 'log-level': level } = settings;
  const journal = { app, stream: process.env['JOURNAL_STREAM'] };
  const isElsewhere =
    logOption(settings) !== undefined || needsWriter(logPlanOf(settings), settings);
  // Lines in a file are complete, whatever standard error is.
  const terminal = isElsewhere ? false : undefined;
  return createLogger({ role: 'master', json, date, level: levelNamed(level), journal, terminal });
}

/** From now on lines go to the pipe, where there is one. */
export function openLog(parts: OpenLogParts): OpenedLog {
  const file = openOwnFile(parts);
  const { settings, directory } = parts;
  const plan = withPaths(logPlanOf(settings), directory);
  if (!needsWriter(plan, settings) || isJournalAlready(plan, settings)) {
    return { file, writer: undefined };
  }
  const files = openFiles(plan, parts);
  const ours = ownDescriptors();
  const inherited = loggersOf(plan).flatMap(({ target }) =>
    target.kind === 'fd' && target.fd > 2 && mayBeLog(target.fd, ours) ? [target.fd] : [],
  );
  const writer = new LogWriter({ plan, mainPath: file, files, inherited, owner: parts.user });
  return { file: '', writer };
}

/** Puts the log file in place of descriptors 1 and 2; returns its path, or '' without one. */
function openOwnFile(parts: OpenLogParts): string {
  const { settings, startDirectory, user } = parts;
  const option = logOption(settings);
  if (option === undefined) {
    const inherited = settings.daemonize || settings.daemonize2;
    return parts.isInBackground ? resolve(startDirectory, inherited) : '';
  }
  const path = resolve(startDirectory, settings[option]);
  atLog(path, option, () => {
    openLogOnto(path, 2, user);
    changeMode(2, settings['logfile-chmod']);
    if (settings['log-truncate'] && fstatSync(2).isFile()) ftruncateSync(2);
    duplicateOnto(2, 1);
  });
  return path;
}

/** A file that cannot be opened costs its lines, as in uWSGI, and no start; it is tried again. */
function openFiles(plan: LogPlan, parts: OpenLogParts): readonly (readonly [string, number])[] {
  const { user, logger } = parts;
  const paths = new Set(
    loggersOf(plan).flatMap(({ target }) => (target.kind === 'file' ? [target.path] : [])),
  );
  return [...paths].flatMap((path) => {
    try {
      const fd = openLogFile(path, user);
      changeMode(fd, plan.fileMode);
      return [[path, fd] as const];
    } catch (error) {
      const sentence = `the log ${path} of a logger cannot be opened: ${reasonOf(error)}`;
      logger.error('log.problem', {}, sentence);
      return [];
    }
  });
}

function changeMode(fd: number, mode: number | undefined): void {
  if (mode !== undefined && fstatSync(fd).isFile()) fchmodSync(fd, mode);
}

function withPaths(plan: LogPlan, directory: string): LogPlan {
  const absolute = (path: string): string => (path === '' ? '' : resolve(directory, path));
  const withPath = (logger: Target): Target => {
    const { target } = logger;
    if (target.kind !== 'file') return logger;
    const [path, backupName] = [absolute(target.path), absolute(target.backupName)];
    return { ...logger, target: { ...target, path, backupName } };
  };
  const { server, requests } = plan;
  return {
    ...plan,
    backupName: absolute(plan.backupName),
    server: { ...server, loggers: server.loggers.map(withPath) },
    requests:
      requests === undefined ? undefined : { ...requests, loggers: requests.loggers.map(withPath) },
  };
}

/** All loggers are the journal, and so is standard error: each process sends its entries. */
function isJournalAlready(plan: LogPlan, settings: Settings): boolean {
  const isOnlyJournal = loggersOf(plan).every(
    ({ name, target }) => name === '' && target.kind === 'journal' && target.ident === '',
  );
  const isStream = process.env['JOURNAL_STREAM'] === descriptorName(2);
  return isOnlyJournal && isStream && !needsWriter(withoutLoggers(plan), settings);
}

function withoutLoggers(plan: LogPlan): LogPlan {
  const { server, requests } = plan;
  const isJournalOnly =
    requests === undefined || requests.routes.length + requests.encoders.length === 0;
  return {
    ...plan,
    server: { ...server, loggers: [] },
    requests: isJournalOnly ? undefined : requests,
  };
}

/** A descriptor of this process, as /proc/self/fd has it. */
interface Descriptor {
  /** "pipe:[123]", "socket:[124]", "anon_inode:[eventpoll]", or a path. */
  readonly what: string;
  readonly isRead: boolean;
  readonly isWritten: boolean;
}

/**
 * Whether a logger may write to one of `ours`: not to what Node has opened for itself. It has both
 * ends of its own pipes, so what is written to one would be read as a message of its own.
 */
export function mayBeLog(fd: number, ours: ReadonlyMap<number, Descriptor>): boolean {
  const named = ours.get(fd);
  if (named?.isWritten !== true || named.what.startsWith('anon_inode:')) return false;
  if (!named.what.startsWith('pipe:')) return true;
  return ![...ours.values()].some(({ what, isRead }) => isRead && what === named.what);
}

function ownDescriptors(): ReadonlyMap<number, Descriptor> {
  const ours = new Map<number, Descriptor>();
  for (const name of readdirSync('/proc/self/fd')) {
    const path = `/proc/self/fd/${name}`;
    try {
      // The permissions of the link are those of the descriptor: proc_pid_fd(5).
      const { mode } = lstatSync(path);
      const [isRead, isWritten] = [(mode & 0o400) > 0, (mode & 0o200) > 0];
      ours.set(Number(name), { what: readlinkSync(path), isRead, isWritten });
    } catch {
      // It was that of the directory itself.
    }
  }
  return ours;
}
