/** The control socket of this instance: opened as root, served when the daemon is assembled. */
import { resolve } from 'node:path';

import type { Timers } from '../../base/clock.ts';
import { isTmpPrivate } from '../../base/own-unit.ts';
import type { Logger } from '../../log/logger.ts';
import type { Settings } from '../../tables/options/options.ts';
import { ControlCommands, type ControlCommandParts } from './control-commands.ts';
import { openControlFile } from './control-file.ts';
import { controlPlaces } from './control-place.ts';
import { ControlSocket } from './control-socket.ts';
import type { NextUser } from '../start/privileges.ts';

export interface ControlParts {
  readonly settings: Settings;
  readonly files: readonly string[];
  readonly startDirectory: string;
  readonly version: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly logger: Logger;
  readonly timers: Timers;
  readonly user: NextUser | undefined;
  /** What this instance is called. */
  readonly name: string;
}

export interface Control {
  readonly serve: (parts: Omit<ControlCommandParts, 'instance'>) => void;
  /** Ends the connections that wait for an answer, and removes the file. */
  readonly close: () => void;
}

/** Undefined where there is no place for it, which is then logged with what to do. */
export function openControl(parts: ControlParts): Control | undefined {
  const { settings, startDirectory, environment, logger, timers, name } = parts;
  const files = parts.files.filter((file) => file !== '-').map((file) => absolute(parts, file));
  const places = controlPlaces({
    option: settings['control-socket'],
    environment,
    uid: process.geteuid?.() ?? 0,
    isTmpPrivate: isTmpPrivate(),
    pidfile: settings.pidfile || settings['safe-pidfile'] || settings.pidfile2,
    startDirectory,
    name,
  });
  const listener = openControlFile(places, parts.user);
  if (!('fd' in listener)) {
    sayOff(logger, listener);
    return undefined;
  }
  const { fd, path } = listener;
  logger.debug('control.bound', {}, `control socket ${path}`);
  let socket: ControlSocket | undefined;
  return {
    serve: (commandParts) => {
      const instance = { name, pid: process.pid, version: parts.version, files };
      const commands = new ControlCommands({ ...commandParts, instance });
      socket = new ControlSocket({ fd, timers, onRequest: (asker) => commands.take(asker) });
    },
    close: () => {
      socket?.close();
      listener.remove();
    },
  };
}

function sayOff(logger: Logger, problems: readonly string[]): void {
  if (problems.length === 0) {
    logger.debug('control.off', {}, 'no control socket: control-socket says so');
    return;
  }
  const sentence =
    'there is no control socket, so `reeve status`, `reload` and `stop` cannot reach this ' +
    `instance: ${problems.join('; ')}; name a place with control-socket =, or turn it off with ` +
    'control-socket = off';
  logger.warn('control.off', {}, sentence);
}

function absolute({ startDirectory }: ControlParts, file: string): string {
  return resolve(startDirectory, file);
}
