/**
 * Which instance is meant: by its name, pidfile, ini file, pid or control socket; or the only one
 * that runs. With several running, none is chosen: they are listed, and the operator names one.
 */
import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { isatty } from 'node:tty';

import { OperatorError } from '../../base/operator-error.ts';
import { ownInstance, ownUnit } from '../../base/own-unit.ts';
import { inspectPidfile } from '../../base/files/pidfile.ts';
import { fileName, formatOf } from '../../config/reading/files.ts';
import { loadConfiguration } from '../../config/load.ts';
import { didYouMean, nearest } from '../../config/reading/nearest.ts';
import { controlFileName, controlSuffix } from '../../protocol/operator-messages.ts';
import { exitCodes } from '../../tables/exit-codes.ts';
import { hostOf } from '../process/real-host.ts';
import {
  directoriesIn,
  foldersOfUsers,
  instanceOfPid,
  instancesAt,
  instancesIn,
  isSocket,
  knock,
  namesIn,
  runningInstances,
  runtimeFolders,
  type FoundInstance,
  type Instances,
  type MuteInstance,
} from './instances.ts';

const howToName = 'name an instance, its pidfile, its ini file, its pid or its control socket';
const elsewhere = 'name one that runs elsewhere by its ini file, its pid or its control socket';

type Environment = Readonly<Record<string, string | undefined>>;

/** The instance that is meant; throws an OperatorError where there is none, or more than one. */
export async function instanceMeant(
  target: string | undefined,
  environment: Environment,
): Promise<FoundInstance> {
  if (target === undefined) return await theOnly(environment);
  if (/^\d+$/.test(target)) return await ofPid(Number(target), `pid ${target}`);
  const { path } = fileName(target);
  if (isSocket(path)) return await ofSocket(path);
  const isConfiguration = formatOf(path) !== undefined;
  if (isFile(path)) {
    return isConfiguration ? await ofConfiguration(path, environment) : await ofPidfile(path);
  }
  if (isConfiguration || path.includes('/')) {
    throw new OperatorError({ what: `there is no ${path}`, exitCode: exitCodes.noInput });
  }
  return await ofName(target, environment);
}

/** Within a unit its own instance, and never another's; else the only one. */
async function theOnly(environment: Environment): Promise<FoundInstance> {
  if (isInUnit(environment)) return await ofOwnUnit(environment);
  const looked = runtimeFolders(environment).join(' and ');
  return one(await everyInstance(environment), `no instance runs in ${looked}`);
}

/** Those in the usual places; without one there, those of users without a session. */
export async function everyInstance(environment: Environment): Promise<Instances> {
  const own = await runningInstances(environment);
  const isNone = own.answering.length + own.mute.length === 0;
  return isNone ? await instancesIn(directoriesIn(foldersOfUsers())) : own;
}

/** What `reeve status` lists: root sees those of all users, beside its own. */
export async function visibleInstances(environment: Environment): Promise<Instances> {
  const folders = new Set([...runtimeFolders(environment), ...foldersOfUsers()]);
  return await instancesIn(directoriesIn([...folders]));
}

/** A shell on a desktop inherits INVOCATION_ID as well; but it has a terminal. */
export function isInUnit(environment: Environment): boolean {
  const { RUNTIME_DIRECTORY, MAINPID, INVOCATION_ID } = environment;
  return Boolean(RUNTIME_DIRECTORY) || Boolean(MAINPID) || (Boolean(INVOCATION_ID) && !isatty(0));
}

/** By the socket in the unit's directory, or by the pid that systemd gives ExecReload=. */
async function ofOwnUnit(environment: Environment): Promise<FoundInstance> {
  const { RUNTIME_DIRECTORY: directories = '', MAINPID = '' } = environment;
  const mainPid = /^\d+$/.test(MAINPID) ? Number(MAINPID) : undefined;
  const sockets = directories.split(':').filter(Boolean).flatMap(socketsIn).filter(isSocket);
  const all = await Promise.all(sockets.map(knock));
  const ofMainPid = all.find((each) => each !== undefined && 'pid' in each && each.pid === mainPid);
  const own = ofMainPid ?? all.find((each) => each?.path.endsWith(`/${controlFileName}`));
  // Two units may share a directory; and where a shell is the main process, it has no socket.
  const isOther = own === undefined || ('pid' in own && own.pid !== mainPid);
  const ofMain = isOther && mainPid !== undefined ? await instanceOfPid(mainPid) : undefined;
  const instance = ofMain ?? own ?? (await ofOwnFile(environment, mainPid));
  if (instance !== undefined) return answering(instance);
  throw new OperatorError({
    what: 'the instance of this unit has no control socket that answers',
    advice:
      'control-socket = off leaves it none, and without RuntimeDirectory= or a main process it is ' +
      'not found: name its control-socket to the command',
    exitCode: exitCodes.unavailable,
  });
}

/** The configuration of `reeve@NAME`. */
export function instanceFile(name: string): string {
  return `/etc/reeve/${name}.ini`;
}

/** With PrivateUsers= the sockets of the main process are not seen: reeve@NAME has its ini. */
async function ofOwnFile(
  environment: Environment,
  mainPid: number | undefined,
): Promise<FoundInstance | undefined> {
  const name = ownInstance(ownUnit(environment));
  if (name === undefined) return undefined;
  const path = instanceFile(name);
  if (!isFile(path)) return undefined;
  const { settings } = await loadConfiguration([path], hostOf(environment));
  const found = await knock(resolve(settings['control-socket'] || '/'));
  return found !== undefined && 'pid' in found && found.pid === mainPid ? found : undefined;
}

async function ofSocket(path: string): Promise<FoundInstance> {
  const instance = await knock(path);
  return instance === undefined
    ? found(undefined, `nobody answers at ${path}`)
    : answering(instance);
}

/** The instance; throws for one that is there and cannot be asked. */
function answering(instance: FoundInstance | MuteInstance): FoundInstance {
  if ('pid' in instance) return instance;
  const { name, reason } = instance;
  const what = `${name} is there but cannot be asked: ${reason.message}`;
  throw new OperatorError({ what, exitCode: reason.exitCode });
}

async function ofPid(pid: number, what: string): Promise<FoundInstance> {
  const instance = await instanceOfPid(pid);
  if (instance === undefined && !existsSync(`/proc/${pid}`)) {
    return found(undefined, `no process has ${what}`);
  }
  if (instance === undefined && !isReadable(`/proc/${pid}/fd`)) {
    const denied = `not permitted to see what ${what} listens on`;
    const advice = 'ask as root or as the user of the daemon';
    throw new OperatorError({ what: denied, advice, exitCode: exitCodes.noPermission });
  }
  return found(instance, `${what} has no control socket that answers`);
}

async function ofPidfile(path: string): Promise<FoundInstance> {
  const state = inspectPidfile(path);
  switch (state.kind) {
    case 'held':
      return await ofPid(state.pid, `pid ${state.pid} of ${path}`);
    case 'stale':
      return found(undefined, `${path} is stale: no process holds it (it says pid ${state.pid})`);
    case 'foreign':
      return found(undefined, `${path} names pid ${state.pid}, but pid ${state.holder} holds it`);
    case 'no-pid':
      return found(undefined, `${path} holds no pid`);
    case 'unreadable':
      return found(undefined, `${path} cannot be read: ${state.why}`);
    default:
      return state satisfies never;
  }
}

/** By the socket or pidfile that it names, or as the file that an instance says it has read. */
async function ofConfiguration(path: string, environment: Environment): Promise<FoundInstance> {
  const running = await runningInstances(environment);
  const real = realpathSync(path);
  const readers = running.answering.filter(({ files }) => files.some((each) => isSame(each, real)));
  if (readers.length > 0) return one({ answering: believedFirst(readers), mute: [] }, '');
  const { settings } = await loadConfiguration([path], hostOf(environment));
  const socket = resolve(settings['control-socket'] || '/');
  if (isSocket(socket)) return await ofSocket(socket);
  const pidfile = settings.pidfile || settings['safe-pidfile'] || settings.pidfile2;
  if (pidfile !== '' && isFile(pidfile)) return await ofPidfile(pidfile);
  return found(undefined, `no instance that runs has read ${path}`);
}

/**
 * Which file an instance has read is known from itself alone. One of another user may claim any:
 * it does not hold up a command for one that is root's, or of the user who asks.
 */
function believedFirst(readers: readonly FoundInstance[]): readonly FoundInstance[] {
  const own = process.geteuid?.() ?? 0;
  const believed = readers.filter(({ uid }) => uid === 0 || uid === own);
  return believed.length > 0 ? believed : readers;
}

/** `app`, `reeve@app`, `reeve@app.service`, `app.service`. */
async function ofName(target: string, environment: Environment): Promise<FoundInstance> {
  const name = target.replace(/\.service$/, '').replace(/^reeve@/, '');
  const own = await instancesAt([
    ...runtimeFolders(environment).flatMap((folder) => namesakes(folder, name)),
    // Most directories there are not ours: one that is closed is no sign of an instance.
    ...[
      ...namesakes('/run', name),
      ...directoriesIn(['/run']).map((each) => `${each}/${name}${controlSuffix}`),
    ].filter(isSocket),
  ]);
  const isNone = own.answering.length + own.mute.length === 0;
  const others = isNone ? foldersOfUsers().flatMap((folder) => namesakes(folder, name)) : [];
  const named = isNone ? await instancesAt(others) : own;
  if (named.answering.length + named.mute.length > 0) return one(named, '');
  const running = await everyInstance(environment);
  const names = [...running.answering, ...running.mute].map((each) => each.name);
  const meant = nearest(name, names) ?? names.find((each) => each.startsWith(name));
  const some = names.length === 0 ? howToName : `these run: ${names.slice(0, 10).join(', ')}`;
  const advice = meant === undefined ? some : didYouMean(meant);
  return found(undefined, `no instance called ${name} runs`, advice);
}

/** The sockets in its directory, and in those of instances that found that one taken: NAME-PID. */
function namesakes(folder: string, name: string): readonly string[] {
  const isNamesake = (each: string): boolean =>
    each === name || (each.startsWith(`${name}-`) && /^\d+$/.test(each.slice(name.length + 1)));
  const names = namesIn(folder).filter(isNamesake);
  return names.map((each) => `${folder}/${each}/${controlFileName}`);
}

/** In a runtime directory: that of its only instance, and those of instances that share it. */
function socketsIn(directory: string): readonly string[] {
  const names = namesIn(directory).filter((name) => name.endsWith(controlSuffix));
  return [controlFileName, ...names].map((name) => `${directory}/${name}`);
}

/** Those of other users are not meant where one may be asked; one that hangs may be. */
function one(instances: Instances, none: string): FoundInstance {
  const isOurs = ({ reason }: MuteInstance) => reason.exitCode !== exitCodes.noPermission;
  const ours = [...instances.answering, ...instances.mute.filter(isOurs)];
  const all = ours.length > 0 ? ours : instances.mute;
  const [first, ...others] = all;
  if (first === undefined) return found(undefined, none, elsewhere);
  if (others.length === 0) return answering(first);
  const list = all.map((each) => {
    if ('reason' in each) return `\n  ${each.name}: ${each.reason.message}`;
    return `\n  ${each.name}: pid ${each.pid}, ${each.files[0] ?? 'no file'}, ${each.path}`;
  });
  throw new OperatorError({
    what: `${all.length} instances run; name one of them:${list.join('')}`,
    exitCode: exitCodes.usage,
  });
}

function found(
  instance: FoundInstance | undefined,
  none: string,
  advice = howToName,
): FoundInstance {
  if (instance !== undefined) return instance;
  throw new OperatorError({ what: none, advice, exitCode: exitCodes.unavailable });
}

function isReadable(directory: string): boolean {
  try {
    readdirSync(directory);
    return true;
  } catch {
    return false;
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function isSame(file: string, real: string): boolean {
  try {
    return realpathSync(fileName(file).path) === real;
  } catch {
    // The file that it was started with is gone.
    return file === real;
  }
}
