/** A socket that takes journal entries as journald does, and what it was sent. */

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';
import path from 'node:path';

import { testPython } from './interpreters.ts';
import { processInfo } from './processes.ts';
import { until } from './until.ts';

export type Entry = Readonly<Record<string, string>>;

export class JournalSocket {
  readonly path: string;
  readonly heard: Entry[] = [];
  readonly #child: ChildProcess;

  private constructor(at: string) {
    this.path = at;
    const script = path.join(import.meta.dirname, 'journal-socket.py');
    this.#child = spawn(testPython(), [script, at], { stdio: ['ignore', 'pipe', 'inherit'] });
    let rest = '';
    this.#child.stdout?.on('data', (piece: Buffer) => {
      const lines = (rest + piece.toString()).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.heard.push(JSON.parse(line));
    });
  }

  /** Binds it, and returns when it can be written to. */
  static async open(at: string): Promise<JournalSocket> {
    const socket = new JournalSocket(at);
    await socket.hears((entry) => 'bound' in entry);
    return socket;
  }

  /** Waits until an entry is as wanted. */
  hears(isWanted: (entry: Entry) => boolean): Promise<Entry> {
    return until('the journal hears it', () => this.heard.find(isWanted));
  }

  /** From now on it reads nothing: returns when that is so. */
  async stopReading(): Promise<void> {
    const { pid = 0 } = this.#child;
    this.#child.kill('SIGSTOP');
    await until('the journal has stopped', () => processInfo(pid)?.state === 'T');
  }

  readAgain(): void {
    this.#child.kill('SIGCONT');
  }

  /** Ends it, and removes the socket. */
  async close(): Promise<void> {
    if (this.#child.signalCode === null) {
      await new Promise<void>((resolve) => {
        this.#child.once('exit', () => resolve());
        this.#child.kill('SIGKILL');
      });
    }
    rmSync(this.path, { force: true });
  }
}
