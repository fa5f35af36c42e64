/** Attached daemons: what the options attach-daemon, attach-daemon2 and smart-attach-* ask for. */

import type { AttachedDaemon } from '../../supervision/jobs/terms.ts';
import type { Settings } from '../../tables/options/options.ts';
import type { Written } from '../../tables/kinds.ts';
import { keyValues } from './key-values.ts';

export type ReadDaemon =
  | { readonly kind: 'daemon'; readonly daemon: AttachedDaemon }
  | { readonly kind: 'problem'; readonly sentence: string };

export const daemonOptions = [
  'attach-daemon',
  'attach-control-daemon',
  'attach-daemon2',
  'smart-attach-daemon',
  'smart-attach-daemon2',
] as const;
export type DaemonOption = (typeof daemonOptions)[number];

const SIGTERM = 15;
const SIGNAL_MAX = 64;
const PATIENCE_SECONDS = 10;

/** Returns a function that makes names differ: "redis", "redis-2". */
export function numbering(): (text: string) => string {
  const seen = new Map<string, number>();
  return (text) => {
    const count = (seen.get(text) ?? 0) + 1;
    seen.set(text, count);
    return count === 1 ? text : `${text}-${count}`;
  };
}

/** All of them, with names that differ; those that cannot be read are left out. */
export function daemonsOf(settings: Settings): readonly AttachedDaemon[] {
  const numbered = numbering();
  return daemonOptions.flatMap((option) =>
    settings[option].flatMap((written) => {
      const read = readDaemon(option, written);
      if (read.kind === 'problem') return [];
      const { key, name } = read.daemon;
      return [{ ...read.daemon, key: numbered(key), name: numbered(name) }];
    }),
  );
}

export function readDaemon(option: DaemonOption, { text, origin }: Written): ReadDaemon {
  const plain = plainDaemon(option, text, origin);
  if (option === 'attach-daemon2') return readPairs(plain, text);
  if (option === 'attach-daemon' || option === 'attach-control-daemon') {
    if (text.trim() === '') return { kind: 'problem', sentence: 'there is no command' };
    return { kind: 'daemon', daemon: { ...plain, isControl: option === 'attach-control-daemon' } };
  }
  const [, pidfile = '', seconds, command = ''] = /^([^\s,]+)(?:,(\d+))? +(.+)$/s.exec(text) ?? [];
  if (command === '') {
    return { kind: 'problem', sentence: 'it needs a pidfile, a space and a command' };
  }
  const patienceMs = seconds === undefined ? plain.patienceMs : Number(seconds) * 1000;
  const isPutInBackground = option === 'smart-attach-daemon2';
  const name = commandName(command);
  const smart = { command, name, pidfile, patienceMs, isPutInBackground };
  return { kind: 'daemon', daemon: { ...plain, ...smart } };
}

function plainDaemon(option: string, command: string, origin: string): AttachedDaemon {
  return {
    key: `${option} ${command}`,
    name: commandName(command),
    command,
    origin,
    pidfile: '',
    isPutInBackground: false,
    isControl: false,
    patienceMs: PATIENCE_SECONDS * 1000,
    stopSignal: SIGTERM,
    reloadSignal: 0,
    pauseMaxMs: 0,
    isNotified: false,
    touch: [],
    uid: '',
    gid: '',
    directory: '',
    input: -1,
  };
}

const pairNames = [
  'command',
  'cmd',
  'exec',
  'freq',
  'pidfile',
  'control',
  'daemonize',
  'daemon',
  'touch',
  'stopsignal',
  'stop_signal',
  'reloadsignal',
  'reload_signal',
  'stdin',
  'uid',
  'gid',
  'ns_pid',
  'chdir',
  'max_throttle',
  'notifypid',
  'legion',
] as const;

/** attach-daemon2: names and values. */
function readPairs(plain: AttachedDaemon, text: string): ReadDaemon {
  const pairs = keyValues(text, pairNames);
  if (typeof pairs === 'string') return { kind: 'problem', sentence: pairs };
  const { command = pairs.cmd ?? pairs.exec ?? '', pidfile = '' } = pairs;
  if (command.trim() === '') {
    return { kind: 'problem', sentence: 'there is no command: write cmd=COMMAND' };
  }
  const unusable = (['legion', 'ns_pid'] as const).find((name) => isOn(pairs[name]));
  if (unusable !== undefined) {
    const instead =
      unusable === 'legion'
        ? 'start it by a systemd unit that keepalived starts and stops'
        : 'start it by a systemd unit of its own with PrivatePIDs=yes';
    return { kind: 'problem', sentence: `${unusable} is not there; ${instead}` };
  }
  const stopSignal = Number(pairs.stopsignal ?? pairs.stop_signal ?? SIGTERM);
  const reloadSignal = Number(pairs.reloadsignal ?? pairs.reload_signal ?? 0);
  const wrong = [stopSignal, reloadSignal].find((number) => !isSignal(number));
  if (wrong !== undefined) {
    const sentence = `stopsignal and reloadsignal are numbers of signals such as 15`;
    return { kind: 'problem', sentence };
  }
  const isPutInBackground = isOn(pairs.daemonize ?? pairs.daemon);
  if (isPutInBackground && pidfile === '') {
    return { kind: 'problem', sentence: 'daemonize needs a pidfile, to find it again' };
  }
  const daemon = {
    ...plain,
    name: commandName(command),
    command,
    pidfile,
    isPutInBackground,
    isControl: isOn(pairs.control),
    patienceMs: secondsOf(pairs.freq, PATIENCE_SECONDS) * 1000,
    stopSignal,
    reloadSignal,
    pauseMaxMs: secondsOf(pairs.max_throttle, 0) * 1000,
    isNotified: isOn(pairs.notifypid),
    touch: (pairs.touch ?? '').split(';').filter((path) => path !== ''),
    uid: pairs.uid ?? '',
    gid: pairs.gid ?? '',
    directory: pairs.chdir ?? '',
    input: pairs.stdin === undefined ? -1 : Math.trunc(Number(pairs.stdin)) || 0,
  };
  return { kind: 'daemon', daemon };
}

/** As in uWSGI the value counts, and a name alone is on. */
function isOn(value: string | undefined): boolean {
  return value !== undefined && value !== '0';
}

function isSignal(number: number): boolean {
  return Number.isInteger(number) && number >= 0 && number <= SIGNAL_MAX;
}

function secondsOf(value: string | undefined, otherwise: number): number {
  const seconds = Number.parseInt(value ?? '', 10);
  return Number.isFinite(seconds) && seconds > 0 ? seconds : otherwise;
}

/** Programs that run another one. */
const runners = new Set(['exec', 'nice', 'ionice', 'env', 'nohup', 'setsid', 'stdbuf', 'time']);

/** What a command is called: "celery" of `nice -n 5 celery -A shop worker`. */
export function commandName(command: string): string {
  const rest = command.replace(/^\s*cd\s+\S+\s*&&\s*/, '');
  const words = rest.split(/\s+/).filter((word) => word !== '');
  const isBefore = (word: string): boolean =>
    runners.has(baseName(word)) || /^\w+=|^-|^\d+$/.test(word);
  const at = words.findIndex((word) => !isBefore(word));
  const program = baseName(words[at] ?? 'command');
  const script = words.slice(at + 1).find((word) => !word.startsWith('-'));
  const isPython = /^python[\d.]*$/.test(program) && script !== undefined;
  return cleanName(isPython ? baseName(script) : program);
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function cleanName(name: string): string {
  return name.replaceAll(/[^\w.@+-]/g, '').slice(0, 40) || 'command';
}
