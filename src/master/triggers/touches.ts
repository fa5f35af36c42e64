/**
 * Files that ask for something when they change: the touch-* and fs-* options, and the modules of
 * py-autoreload. What several of them ask for in one look is done once.
 */
import { resolve } from 'node:path';

import type { Cancel, Timers } from '../../base/clock.ts';
import { readHook, type Hook } from '../../tables/hooks/hooks.ts';
import type { Written } from '../../tables/kinds.ts';
import type { Configurations } from '../settings/configurations.ts';
import type { ReloadKind } from './letters.ts';
import { FileWatch, stampFiles, stampPlaces } from '../../watching/file-watch.ts';

export interface TouchesParts {
  readonly configurations: Configurations;
  readonly reload: (why: string, how: ReloadKind) => void;
  readonly logs: { readonly reopen: () => void; readonly rotate: (why: string) => void };
  readonly timers: Timers;
  /** Runs a hook of hook-touch beside everything else. */
  readonly runHook: (hook: Hook) => void;
  /** Runs the command of a touch-exec in the background; `file` is the one that was touched. */
  readonly runCommand: (command: string, file: string) => void;
}

/** How often files are looked at, as uWSGI's master cycle does. */
const LOOK_MS = 1_000;

const reloadOptions = {
  'fs-brutal-reload': 'brutal',
  'touch-reload': 'reload',
  'fs-reload': 'reload',
  'touch-workers-reload': 'workers',
  'touch-chain-reload': 'chain',
} as const satisfies Readonly<Record<string, ReloadKind>>;

const watchedOptions = [
  'fs-brutal-reload',
  'touch-reload',
  'fs-reload',
  'touch-workers-reload',
  'touch-chain-reload',
  'touch-logrotate',
  'touch-logreopen',
  'touch-exec',
  'hook-touch',
] as const;
type WatchedOption = (typeof watchedOptions)[number];

export class Touches {
  readonly #parts: TouchesParts;
  readonly #watches = new Map(
    watchedOptions.map((name): [WatchedOption, FileWatch] => [name, newWatch(name)]),
  );
  readonly #modules = new FileWatch(stampFiles);
  readonly #moduleFiles = new Set<string>();
  #looking: readonly Cancel[] = [];

  constructor(parts: TouchesParts) {
    this.#parts = parts;
    parts.configurations.whenInForce(() => this.#watch());
  }

  /** Adds to the files that py-autoreload looks at. */
  watchModules(files: readonly string[]): void {
    for (const file of files) this.#moduleFiles.add(file);
    this.#modules.watch(this.#moduleFiles);
  }

  /** Starts to look at files once a second; `also` is done then too. */
  start(also: () => void): void {
    this.#watch();
    const { timers, configurations, reload } = this.#parts;
    const look = timers.every(LOOK_MS, () => {
      also();
      this.#look();
    });
    const seconds = configurations.settings['py-autoreload'];
    if (seconds === 0) {
      this.#looking = [look];
      return;
    }
    const lookAtModules = timers.every(seconds * 1000, () => {
      const [first] = this.#modules.look();
      if (first !== undefined) reload(`module ${first} has been modified`, 'reload');
    });
    this.#looking = [look, lookAtModules];
  }

  close(): void {
    for (const stop of this.#looking) stop();
  }

  #look(): void {
    const { reload, logs, runCommand, runHook } = this.#parts;
    const touched = new Map([...this.#watches].map(([name, watch]) => [name, watch.look()]));
    const of = (name: WatchedOption): readonly string[] => touched.get(name) ?? [];
    // A rotation opens files as well.
    const [rotate] = of('touch-logrotate');
    if (rotate !== undefined) logs.rotate(`${rotate} has been touched`);
    else if (of('touch-logreopen').length > 0) logs.reopen();
    for (const file of of('touch-exec')) {
      for (const { text } of this.#behind('touch-exec', file)) runCommand(text, file);
    }
    for (const file of of('hook-touch')) {
      for (const { text, origin } of this.#behind('hook-touch', file)) {
        const hook = readHook(text, origin);
        if (!('problem' in hook)) runHook(hook);
      }
    }
    for (const [name, how] of Object.entries(reloadOptions)) {
      const [file] = [...touched].find(([each]) => each === name)?.[1] ?? [];
      if (file !== undefined) reload(`${file} has been touched (${name})`, how);
    }
  }

  /** What stands behind this file in the lines of an option. */
  #behind(name: 'touch-exec' | 'hook-touch', file: string): readonly Written[] {
    return this.#parts.configurations.settings[name].flatMap(({ text, origin }) => {
      const [path, behind] = cutAtSpace(text);
      return resolve(path) === file ? [{ text: behind, origin }] : [];
    });
  }

  #watch(): void {
    const { settings } = this.#parts.configurations;
    for (const [name, watch] of this.#watches) watch.watch(pathsOf(name, settings[name]));
  }
}

/** What a file or directory of fs-* holds counts too. */
function newWatch(name: WatchedOption): FileWatch {
  return new FileWatch(name.startsWith('fs-') ? stampPlaces : stampFiles);
}

function pathsOf(name: WatchedOption, written: readonly Written[]): readonly string[] {
  return written.map(({ text }) => resolve(hasMore(name) ? cutAtSpace(text)[0] : text));
}

function hasMore(name: WatchedOption): boolean {
  return name === 'touch-exec' || name === 'hook-touch';
}

/** PURE. What stands before the first space, and what behind it; '' where there is none. */
export function cutAtSpace(text: string): readonly [before: string, behind: string] {
  const at = text.indexOf(' ');
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
