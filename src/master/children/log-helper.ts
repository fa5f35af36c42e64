/**
 * Where the application's output goes. Usually straight to descriptor 2, which workers inherit, so
 * that nothing of it passes through Node. With `log-json` it goes through a pipe to a small helper
 * that makes a JSON object of each line; the master keeps both ends of that pipe, so that a helper
 * that dies costs no line and no worker a broken pipe.
 */
import { closeSync } from 'node:fs';

import { openPipe } from '../../base/libc.ts';
import { spawnChild, type SpawnedChild } from './spawn.ts';

export interface OutputParts {
  readonly isJson: boolean;
  readonly python: string;
  /** The helper's program. */
  readonly program: string;
  readonly title: string;
  readonly lifelineFd: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** Descriptor 2 is the journal: each line carries its priority. */
  readonly isJournal: boolean;
  readonly onProblem: (sentence: string) => void;
}

export interface Output {
  /** What children get as descriptors 1 and 2. */
  readonly fd: number;
  readonly reopen: () => void;
  /** Lets the helper write what it has, and ends it. */
  readonly close: () => Promise<void>;
}

const titleRoom = 'x'.repeat(220);
const restartMs = 200;
/** How long the helper may take for the last lines. */
const closeMs = 2_000;

export function openOutput(parts: OutputParts): Output {
  if (!parts.isJson) return { fd: 2, reopen: () => {}, close: () => Promise.resolve() };
  const { readFd, writeFd } = openPipe();
  let child: SpawnedChild | undefined;
  let isClosing = false;
  let whenEnded = () => {};
  const start = (): void => {
    child = spawnChild(
      {
        command: parts.python,
        arguments: [
          parts.program,
          `--title=${parts.title}`,
          `--log-file=${parts.logFile}`,
          ...(parts.isJournal ? ['--priorities'] : []),
          titleRoom,
        ],
        cwd: '/',
        environment: parts.environment,
        inputFd: readFd,
        logFd: 2,
        lifelineFd: parts.lifelineFd,
        fds: [],
      },
      {
        onMessage: () => {},
        onProblem: (sentence) => parts.onProblem(`the log helper ${sentence}`),
        onEnd: () => {
          child = undefined;
          whenEnded();
          if (isClosing) return;
          parts.onProblem('the log helper has ended and is started again; no line is lost');
          setTimeout(start, restartMs);
        },
      },
    );
  };
  start();
  return {
    fd: writeFd,
    reopen: () => child?.kill('SIGHUP'),
    close: () =>
      new Promise((resolve) => {
        isClosing = true;
        whenEnded = resolve;
        // The children have gone, so this is the last end for writing: the helper reads to the end.
        closeSync(writeFd);
        if (child === undefined) return resolve();
        setTimeout(() => {
          child?.kill('SIGKILL');
          resolve();
        }, closeMs).unref();
      }),
  };
}
