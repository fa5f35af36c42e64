/**
 * A NOTIFY_SOCKET as systemd has it, and what it heard; Node cannot bind a unix datagram socket.
 */

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import path from 'node:path';

import { testPython } from './interpreters.ts';
import type { Place } from './place.ts';
import { eachJsonLine } from './json-lines.ts';
import { until } from './until.ts';

export type NotifyMessage = Readonly<Record<string, string>>;

export class NotifySocket {
  readonly path: string;
  readonly heard: NotifyMessage[] = [];
  readonly #child: ChildProcess;

  private constructor(place: Place, kind: 'path' | 'abstract') {
    const name = place.path('notify.sock');
    this.path = kind === 'path' ? name : `@${name}`;
    const script = path.join(import.meta.dirname, 'notify-socket.py');
    this.#child = spawn(testPython(), [script, this.path], {
      env: place.environment(),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    eachJsonLine<NotifyMessage>(this.#child.stdout, (said) => this.heard.push(said));
  }

  /** Binds it in the place, and returns when it can be written to. */
  static async open(place: Place, kind: 'path' | 'abstract' = 'path'): Promise<NotifySocket> {
    const socket = new NotifySocket(place, kind);
    await socket.hears((message) => 'bound' in message);
    return socket;
  }

  /** Waits until a message is as wanted. */
  hears(isWanted: (message: NotifyMessage) => boolean): Promise<NotifyMessage> {
    return until('systemd hears it', () => this.heard.find(isWanted));
  }

  /** Reads nothing any more until it is woken, as a manager that hangs. */
  sleep(): void {
    this.#child.kill('SIGSTOP');
  }

  wake(): void {
    this.#child.kill('SIGCONT');
  }

  /** Ends it, and waits for that; the socket's file goes with the place's directory. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#child.once('exit', () => resolve());
      this.#child.kill('SIGKILL');
    });
  }
}
