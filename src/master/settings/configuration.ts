/**
 * One reading of the configuration, made ready to run: interpreter, directory, applications,
 * listeners, and what its gateway is told. Generations refer to it by its number.
 */
import { accessSync, constants, statSync } from 'node:fs';
import { basename, resolve } from 'node:path';

import { temporaryDirectories } from '../../temporary/directories.ts';
import { OperatorError } from '../../base/operator-error.ts';
import { errorCodeOf, exitCodeFor, isForbidden, reasonOf } from '../../base/system-error.ts';
import type { Loaded } from '../../config/load.ts';
import { cronsOf } from '../../config/values/crons.ts';
import { daemonsOf } from '../../config/values/daemons.ts';
import type { GatewaySettings } from '../../protocol/control-messages.ts';
import type { ApplicationSource, SpawnerSettings } from '../../protocol/spawner-settings.ts';
import { ownService } from '../../systemd/cgroup.ts';
import { isJournalStream } from '../../systemd/journal-entry.ts';
import { exitCodes } from '../../tables/exit-codes.ts';
import { messageIdsOf, pythonEvents } from '../../tables/log-events.ts';
import type { Settings } from '../../tables/options/options.ts';
import { childEnvironment, keptForApplication, PYTHON_VARIABLE } from '../start/environment.ts';
import type { Environment } from '../start/environment.ts';
import type { InstanceName } from '../start/instance.ts';
import { findInterpreter } from '../start/interpreter.ts';
import type { Listener } from '../listeners/open.ts';
import { demandCacheFiles } from './cache-files.ts';
import { demandOpenFiles } from './open-files.ts';
import { applicationsOf, gatewayIdentity, gatewaySettings } from './plan.ts';
import { responseSettings } from './responses.ts';
import { openSpoolDirectories, type SpoolDirectories } from './spool-directories.ts';
import { titles, type Titles } from '../start/titles.ts';

const pythonMessageIds = messageIdsOf(pythonEvents);

export interface Configuration {
  readonly number: number;
  readonly settings: Settings;
  readonly applications: readonly ApplicationSource[];
  /** What is loaded, for people: "flask-app, admin". */
  readonly applicationNames: string;
  readonly titles: Titles;
  /** Where the application runs. */
  readonly directory: string;
  /** '' where there is neither an application nor a job to run. */
  readonly python: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly moduleFacts: Loaded['moduleFacts'];
  /** What the Python processes need to know of the journal; null where they do not write to it. */
  readonly journal: SpawnerSettings['journal'];
  readonly listeners: readonly Listener[];
  /** Where tasks are queued. */
  readonly spool: SpoolDirectories;
  readonly gateway: GatewaySettings;
  /** Equal texts: one gateway can serve both configurations. */
  readonly gatewayIdentity: string;
}

export interface ConfigurationParts {
  readonly number: number;
  readonly settings: Settings;
  readonly given: Loaded['given'];
  readonly moduleFacts: Loaded['moduleFacts'];
  readonly listeners: readonly Listener[];
  readonly startDirectory: string;
  /** Absolute path of the log file, '' where fd 2 was inherited. */
  readonly logFile: string;
  /** Device and inode of the stream that the application writes to. */
  readonly outputStream: string;
  readonly instance: InstanceName;
}

/** Throws an OperatorError where something that is named is not there, or a limit is too low. */
export function makeConfiguration(parts: ConfigurationParts): Configuration {
  const { number, settings, listeners, instance, outputStream } = parts;
  demandOpenFiles(settings, listeners.length, parts.given);
  const directory = workingDirectoryOf(settings, parts.startDirectory);
  demandWorkerDirectory(settings, directory);
  demandCacheFiles(settings, directory);
  const applications = applicationsOf(settings, (option) => parts.given.get(option) ?? '');
  const environment = applicationEnvironment(parts, directory, process.env);
  const isJournal = isJournalStream(process.env['JOURNAL_STREAM'], outputStream);
  const installedFor = process.env[PYTHON_VARIABLE] ?? '';
  const isPythonNeeded = applications.length > 0 || hasJobs(settings);
  const python = !isPythonNeeded
    ? ''
    : interpreterOf(settings, directory, environment, installedFor);
  const spoolDirectories = temporaryDirectories(environment, directory);
  const gateway = toldToGateway(parts, { directory, applications, spoolDirectories });
  return {
    number,
    settings,
    applications,
    applicationNames: [...new Set(applications.map(applicationName))].join(', '),
    titles: titlesOf(settings, instance),
    directory,
    python,
    environment,
    moduleFacts: parts.moduleFacts,
    journal: isJournal
      ? { app: instance.name, unit: believedUnit(), messageIds: pythonMessageIds }
      : null,
    listeners,
    spool: openSpoolDirectories(settings, parts.startDirectory),
    gateway,
    gatewayIdentity: gatewayIdentity(gateway),
  };
}

/** Daemons and cron commands are kept by a program in Python. */
function hasJobs(settings: Settings): boolean {
  return daemonsOf(settings).length + cronsOf(settings).length > 0;
}

/** What the application finds in its environment; `inherited` is what Reeve was started with. */
export function applicationEnvironment(
  { settings, outputStream }: Pick<ConfigurationParts, 'settings' | 'outputStream'>,
  directory: string,
  inherited: Environment,
): Configuration['environment'] {
  return childEnvironment({
    inherited,
    env: [...keptForApplication(inherited), ...settings.env.map((entry) => entry.text)],
    unenv: settings.unenv.map((entry) => entry.text),
    outputStream,
    home: settings.home === '' ? undefined : resolve(directory, settings.home),
  });
}

/** The interpreter that runs the application. @throws OperatorError where there is none. */
export function interpreterOf(
  { python, home }: Settings,
  directory: string,
  environment: Configuration['environment'],
  installedFor: string,
): string {
  return findInterpreter({
    python: python.includes('/') ? resolve(directory, python) : python,
    home: home === '' ? '' : resolve(directory, home),
    installedFor,
    path: environment['PATH'] ?? '',
  });
}

function toldToGateway(
  { settings, given, listeners, logFile, instance }: ConfigurationParts,
  made: Pick<Configuration, 'directory' | 'applications'> &
    Pick<GatewaySettings, 'spoolDirectories'>,
): GatewaySettings {
  const { directory, applications, spoolDirectories } = made;
  const resolvePath = (path: string): string => (path === '' ? '' : resolve(directory, path));
  return gatewaySettings({
    settings,
    applications,
    listeners: listeners.map(({ name, option, protocol, serverPort, backlog }) => {
      return { fd: 0, name, option, protocol, serverPort, backlog };
    }),
    channelFd: 0,
    title: titlesOf(settings, instance).gateway,
    logFile,
    app: instance.name,
    spoolDirectories,
    responses: responseSettings({ settings, given, resolvePath }),
  });
}

/** journald believes the unit that root names; for other users it looks the unit up by pid. */
function believedUnit(): string {
  return process.geteuid?.() === 0 ? ownService() : '';
}

/** "app" of /srv/demo/app.py and of config:/srv/demo/app.ini, "demo.wsgi" of that module. */
function applicationName({ kind, name }: ApplicationSource): string {
  return kind === 'module' ? name : basename(name).replace(/\.(py|wsgi|ini)$/, '');
}

/**
 * The directory that `chdir` names, from the one that the master was started in. Throws an
 * OperatorError where this process, as the user that it is now, may not enter it.
 */
export function workingDirectoryOf(settings: Settings, startDirectory: string): string {
  return enterable('chdir', settings, startDirectory);
}

/** Throws an OperatorError where workers may not enter the directory of `chdir2`. */
export function demandWorkerDirectory(settings: Settings, directory: string): void {
  if (settings.chdir2 !== '') enterable('chdir2', settings, directory);
}

type DirectoryOption = 'chdir' | 'chdir2';

function enterable(option: DirectoryOption, settings: Settings, base: string): string {
  const directory = resolve(base, settings[option]);
  try {
    if (statSync(directory).isDirectory()) {
      accessSync(directory, constants.X_OK);
      return directory;
    }
  } catch (error) {
    if (errorCodeOf(error) !== 'ENOENT' && errorCodeOf(error) !== 'ENOTDIR') {
      throw cannotEnter(option, directory, settings, error);
    }
  }
  const what = `${directory} is not a directory`;
  const advice = 'make it, or correct the path';
  throw new OperatorError({ what, where: option, advice, exitCode: exitCodes.config });
}

/** Without `chdir` it is the directory that Reeve was started in, which no option names. */
function cannotEnter(
  option: DirectoryOption,
  directory: string,
  settings: Settings,
  error: unknown,
): OperatorError {
  const isNamed = settings[option] !== '';
  const started = isNamed ? '' : ', where Reeve was started,';
  const user = settings.uid === '' ? '' : ` by uid = ${settings.uid}`;
  const what = `the directory ${directory}${started} cannot be entered${user}: ${reasonOf(error)}`;
  const another = isNamed ? 'name another' : 'name another with chdir =';
  const forbidden = `let that user enter it and all above it, or ${another}`;
  return new OperatorError({
    what,
    where: isNamed ? option : undefined,
    advice: isForbidden(error) ? forbidden : another,
    exitCode: exitCodeFor(error, exitCodes.config),
  });
}

export function titlesOf(settings: Settings, { titlePrefix }: InstanceName): Titles {
  return titles({
    procname: settings.procname,
    procnameMaster: settings['procname-master'],
    procnamePrefix: settings['procname-prefix'],
    procnamePrefixSpaced: settings['procname-prefix-spaced'],
    procnameAppend: settings['procname-append'],
    ofUnit: titlePrefix,
  });
}
