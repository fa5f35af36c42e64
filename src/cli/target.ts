/**
 * Which instance is meant: by its name, pidfile, ini file, pid or control socket; or the only one
 * that runs. Between two there is no guessing: they are named, and nobody is asked.
 */
import { statSync, realpathSync } from 'node:fs';
import { resolve } from 'node:path';

import { OperatorError } from '../base/operator-error.ts';
import { inspectPidfile } from '../base/pidfile.ts';
import { fileName, formatOf } from '../config/files.ts';
import { loadConfiguration } from '../config/load.ts';
import { controlFileName } from '../protocol/operator-messages.ts';
import { exitCodes } from '../tables/exit-codes.ts';
import { hostOf } from './facts.ts';
import {
  helloFrom,
  instanceOfPid,
  isSocket,
  namesIn,
  runningInstances,
  runtimeFolders,
  type FoundInstance,
} from './instances.ts';

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

/** Within a unit its own instance; else the only one. */
async function theOnly(environment: Environment): Promise<FoundInstance> {
  const [runtimeDirectory = ''] = (environment['RUNTIME_DIRECTORY'] ?? '').split(':');
  const own = `${runtimeDirectory}/${controlFileName}`;
  if (runtimeDirectory !== '' && isSocket(own)) return await ofSocket(own);
  const found = await runningInstances(environment);
  const looked = runtimeFolders(environment).join(' and ');
  return one(found, `no instance answers in ${looked}`);
}

async function ofSocket(path: string): Promise<FoundInstance> {
  return found(await helloFrom(path), `nobody answers at ${path}`);
}

async function ofPid(pid: number, what: string): Promise<FoundInstance> {
  return found(await instanceOfPid(pid), `${what} has no control socket that answers`);
}

async function ofPidfile(path: string): Promise<FoundInstance> {
  const state = inspectPidfile(path);
  switch (state.kind) {
    case 'held':
      return await ofPid(state.pid, `pid ${state.pid} of ${path}`);
    case 'stale':
      return found(undefined, `${path} is stale: no process holds it (it says pid ${state.pid})`);
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
  const readers = running.filter((each) => each.files.some((file) => isSame(file, real)));
  if (readers.length > 0) return one(readers, '');
  const { settings } = loadConfiguration([path], hostOf(environment));
  const socket = resolve(settings['control-socket'] || '/');
  if (isSocket(socket)) return await ofSocket(socket);
  const pidfile = settings.pidfile || settings['safe-pidfile'] || settings.pidfile2;
  if (pidfile !== '' && isFile(pidfile)) return await ofPidfile(pidfile);
  return found(undefined, `no instance that runs has read ${path}`);
}

/** `app`, `reeve@app`, `reeve@app.service`, `app.service`. */
async function ofName(target: string, environment: Environment): Promise<FoundInstance> {
  const name = target.replace(/\.service$/, '').replace(/^reeve@/, '');
  const usual = [...runtimeFolders(environment), '/run'].flatMap((folder) =>
    namesakes(folder, name).map((each) => `${folder}/${each}/${controlFileName}`),
  );
  const all = await Promise.all(usual.filter(isSocket).map(helloFrom));
  const answering = all.filter((each) => each !== undefined);
  return one(answering, `no instance called ${name} runs`);
}

/** Its directory, and those of instances that found that one taken: NAME-PID. */
function namesakes(folder: string, name: string): readonly string[] {
  const isNamesake = (each: string): boolean =>
    each === name || (each.startsWith(`${name}-`) && /^\d+$/.test(each.slice(name.length + 1)));
  return namesIn(folder).filter(isNamesake);
}

function one(instances: readonly FoundInstance[], none: string): FoundInstance {
  const [first, ...others] = instances;
  if (others.length === 0) return found(first, none);
  const list = instances.map(({ name, pid, files, path }) => {
    return `\n  ${name}: pid ${pid}, ${files[0] ?? 'no file'}, ${path}`;
  });
  throw new OperatorError({
    what: `${instances.length} instances run; say which is meant:${list.join('')}`,
    exitCode: exitCodes.usage,
  });
}

function found(instance: FoundInstance | undefined, none: string): FoundInstance {
  if (instance !== undefined) return instance;
  const advice = 'name an instance, its pidfile, its ini file, its pid or its control socket';
  throw new OperatorError({ what: none, advice, exitCode: exitCodes.unavailable });
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
