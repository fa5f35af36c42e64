/**
 * A command that the master runs through a keeper (kept_command.py): started, signalled, ended with
 * all that it has started, its output in lines.
 *
 * A keeper that ends before its command, as by kill -9, leaves the command to the master; then the
 * master kills the command's session, and what is told is the end of both.
 */
import { readdirSync, readFileSync } from 'node:fs';

import type { FromKeeper, KeeperMode, KeeperOrder } from '../../protocol/keeper-messages.ts';
import type { ControlMessage } from '../children/control-stream.ts';
import { spawnChild, type ChildEnd } from '../children/spawn.ts';

export interface KeeperParts {
  readonly python: string;
  /** The launcher file of the Python programs. */
  readonly program: string;
  readonly lifelineFd: number;
  /** Where the output of a command goes that outlives Reeve, and what the keeper itself says. */
  readonly logFd: number;
  /** Without what is meant for the application's Python. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface CommandListener {
  readonly onStarted: (pid: number) => void;
  readonly onLine: (text: string) => void;
  /** The command itself has ended; what it has left behind may run still. */
  readonly onEnded: (end: ChildEnd) => void;
  /** All is over; `problem`: why it could not be run, '' where it could. */
  readonly onGone: (problem: string) => void;
}

export interface KeptCommand {
  readonly signal: (signal: number) => void;
  /** The signal for all of it, and SIGKILL for what is left after so long. */
  readonly end: (signal: number, limitMs: number) => void;
  readonly kill: () => void;
  /** The keeper goes; a command that outlives Reeve stays. */
  readonly release: () => void;
}

const titleRoom = 'x'.repeat(220);
const SIGKILL = 9;

export function runKept(
  parts: KeeperParts,
  order: KeeperOrder,
  listener: CommandListener,
): KeptCommand {
  const command = new Command(order.mode, listener);
  const hasInput = order.input >= 0;
  const child = spawnChild(
    {
      command: parts.python,
      arguments: [parts.program, 'keep-command', titleRoom],
      cwd: '/',
      environment: parts.environment,
      inputFd: hasInput ? order.input : undefined,
      logFd: parts.logFd,
      lifelineFd: parts.lifelineFd,
      fds: [],
    },
    {
      onMessage: (message) => {
        if (isFromKeeper(message)) command.take(message);
      },
      onEnd: (end) => command.keeperEnded(end),
      onProblem: (sentence) => {
        command.problem = `its keeper: ${sentence}`;
      },
    },
  );
  child.send({ ...order, input: hasInput ? 0 : -1 });
  return {
    signal: (signal) => child.send({ type: 'signal', signal }),
    end: (signal, limitMs) => child.send({ type: 'end', signal, seconds: limitMs / 1000 }),
    kill: () => child.send({ type: 'end', signal: SIGKILL, seconds: 0 }),
    release: () => child.hangUp(),
  };
}

/** What is known of the command itself. */
class Command {
  readonly #mode: KeeperMode;
  readonly #listener: CommandListener;
  #session: number | undefined;
  #hasEnded = false;
  /** Why it cannot be run. */
  problem = '';

  constructor(mode: KeeperMode, listener: CommandListener) {
    this.#mode = mode;
    this.#listener = listener;
  }

  take(message: FromKeeper): void {
    const listener = this.#listener;
    switch (message.type) {
      case 'started':
        this.#session = message.pid;
        return listener.onStarted(message.pid);
      case 'line':
        return listener.onLine(message.text);
      case 'failed':
        this.problem = message.sentence;
        return;
      case 'ended':
        this.#hasEnded = true;
        return listener.onEnded({ code: message.code, signal: message.signal });
      default:
        message satisfies never;
    }
  }

  keeperEnded(end: ChildEnd): void {
    if (this.#session === undefined && this.problem === '') this.problem = whyGone(end);
    const isLost = this.#session !== undefined && !this.#hasEnded && this.#mode !== 'detached';
    if (isLost && this.#session !== undefined) {
      killSession(this.#session);
      this.#listener.onEnded({ code: -1, signal: SIGKILL });
    }
    this.#listener.onGone(this.problem);
  }
}

function whyGone({ code, signal, want }: ChildEnd): string {
  if (want !== undefined) return `the system has refused it (${want})`;
  const how = signal > 0 ? `was killed by signal ${signal}` : `exited with code ${code}`;
  return `its keeper ${how} before it could start`;
}

/** Every process of the session; those that have left it with setsid() are not found. */
function killSession(session: number): void {
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name) || sessionOf(name) !== session) continue;
    try {
      process.kill(Number(name), 'SIGKILL');
    } catch {
      // It has ended meanwhile.
    }
  }
}

function sessionOf(pid: string): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [, , , session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return Number(session);
  } catch {
    // There is no such process any more.
    return undefined;
  }
}

const messageTypes: Readonly<Record<FromKeeper['type'], true>> = {
  started: true,
  failed: true,
  line: true,
  ended: true,
};

/** Both ends come from one installation, so the name tells the shape. */
function isFromKeeper(message: ControlMessage): message is ControlMessage & FromKeeper {
  return Object.hasOwn(messageTypes, message.type);
}
