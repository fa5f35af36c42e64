/** Plays systemd's part for a service's sockets: passes them, and keeps what it is given. */

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import path from 'node:path';

import { testPython } from './interpreters.ts';
import type { Place } from './place.ts';
import { eachJsonLine } from './json-lines.ts';
import { until } from './until.ts';

const script = path.join(import.meta.dirname, 'service-manager.py');

/**
 * A wrapper that becomes its command with these sockets: 'http=tcp6:8000', 'web=path:/run/a.sock'.
 * `options`: more words for service-manager.py, such as '--pid', '1'.
 */
export function passing(sockets: readonly string[], ...options: readonly string[]): string[] {
  const listen = sockets.flatMap((socket) => ['--listen', socket]);
  return [testPython(), script, 'run', ...listen, ...options, '--'];
}

interface Heard extends Readonly<Record<string, unknown>> {
  readonly kept?: readonly string[];
}

export class ServiceManager {
  readonly path: string;
  readonly heard: Heard[] = [];
  readonly #child: ChildProcess;

  private constructor(place: Place, sockets: readonly string[]) {
    this.path = place.path('manager.sock');
    this.#child = spawn(testPython(), [script, 'keep', this.path, ...sockets], {
      env: place.environment(),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    eachJsonLine<Heard>(this.#child.stdout, (said) => this.heard.push(said));
  }

  /**
   * Starts it, and returns when a service can be started under it. `sockets` are those of a socket
   * unit, as `passing` has them; they outlive every service.
   */
  static async open(place: Place, sockets: readonly string[] = []): Promise<ServiceManager> {
    const manager = new ServiceManager(place, sockets);
    await until('the manager listens', () => manager.heard.find((message) => 'bound' in message));
    return manager;
  }

  /** What it keeps now. */
  get kept(): readonly string[] {
    return this.heard.findLast((message) => message.kept !== undefined)?.kept ?? [];
  }

  /** A wrapper that starts its command with the sockets of the unit, and with what is kept. */
  starting(): string[] {
    return passing([], '--kept', this.path);
  }

  /** Waits until what is kept is as wanted. */
  keeps(isWanted: (names: readonly string[]) => boolean): Promise<boolean> {
    return until('the manager keeps what it should', () => {
      if (isWanted(this.kept)) return true;
      throw new Error(JSON.stringify(this.kept));
    });
  }

  /** Ends it, as a `systemctl stop` gives up what it kept. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#child.once('exit', () => resolve());
      this.#child.kill('SIGKILL');
    });
  }
}
