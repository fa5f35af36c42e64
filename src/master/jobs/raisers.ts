/** PURE. Timers and watched files of the configuration, told as the application tells its own. */
import { isAbsolute, join } from 'node:path';

import type { SignalMessage } from '../../protocol/control-messages.ts';
import {
  fileOptions,
  readFile,
  readTimer,
  timerOptions,
  type FileTerms,
  type TimerTerms,
} from '../../tables/jobs/raisers.ts';
import type { Settings } from '../../tables/options/options.ts';

/** Relative paths begin in the directory. */
export function raisersOf(configuration: {
  readonly settings: Settings;
  readonly directory: string;
}): readonly SignalMessage[] {
  const { settings, directory } = configuration;
  const timers = timerOptions.flatMap((option) =>
    settings[option].flatMap(({ text }) => {
      const read = readTimer(text);
      return read.ok ? [timer(read.terms)] : [];
    }),
  );
  const files = fileOptions.flatMap((option) =>
    settings[option].flatMap(({ text }) => {
      const read = readFile(text);
      return read.ok ? [file(read.terms, directory)] : [];
    }),
  );
  return [...timers, ...files];
}

function timer({ number, seconds }: TimerTerms): SignalMessage {
  return { type: 'signal-timer', number, seconds, iterations: 0 };
}

function file({ number, path }: FileTerms, directory: string): SignalMessage {
  return { type: 'signal-file', number, path: isAbsolute(path) ? path : join(directory, path) };
}
