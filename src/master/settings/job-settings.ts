/**
 * PURE. The mules and spoolers that the settings ask for: their places among the children of the
 * spawner for the supervisor, what each is told, and where messages and signals wait for them.
 */
import { SIGNALS_WAITING_MAX } from '../../protocol/control-messages.ts';
import type {
  FarmTerms,
  JobSettings,
  MailboxTerms,
  SpawnerSettings,
} from '../../protocol/spawner-settings.ts';
import type { JobTerms } from '../../supervision/fleet.ts';
import { readFarm } from '../../tables/jobs/farm-terms.ts';
import type { Settings } from '../../tables/options/options.ts';

/** Beyond the slots of all workers. */
const FIRST_MULE_SLOT = 100_000;
const FIRST_SPOOLER_SLOT = 200_000;
/** uWSGI takes messages of so many bytes whatever mule-msg-size says. */
const MESSAGES_LEAST_BYTES = 65_536;
/** A signal is one byte, and each entry of a mailbox has its length before it. */
const SIGNAL_BYTES = 9;

/** What is not in the settings: where tasks lie, and what processes are called. */
export interface JobFacts {
  readonly spoolDirectories: readonly string[];
  readonly titleOf: (name: string) => string;
  /** All options in the order of their lines. */
  readonly written: SpawnerSettings['moduleFacts']['options'];
}

export function jobTermsOf(settings: Settings): readonly JobTerms[] {
  const places = { spoolDirectories: settings.spooler.map(({ text }) => text) };
  const jobs = jobSettingsOf(settings, { ...places, titleOf: (name) => name, written: [] });
  const secondsOf = { mule: settings['mule-reload-mercy'], spooler: Infinity };
  return jobs.map(({ slot, kind, name }) => {
    const mercySeconds = Math.min(secondsOf[kind], settings['worker-reload-mercy']);
    return { slot, kind, name, mercyMs: mercySeconds * 1000 };
  });
}

export function jobSettingsOf(settings: Settings, facts: JobFacts): readonly JobSettings[] {
  return [...mulesOf(settings, facts), ...spoolersOf(settings, facts)];
}

function mulesOf(settings: Settings, facts: JobFacts): readonly JobSettings[] {
  return programsOf(settings, facts.written).map((program, index) => {
    const number = index + 1;
    const place = { slot: FIRST_MULE_SLOT + number, kind: 'mule', number } as const;
    const harakiri = settings['mule-harakiri'];
    return { ...jobOf(`mule ${number}`, facts), ...place, program, harakiri };
  });
}

/** In the order of the lines, as in uWSGI; '' for one that waits for messages. */
function programsOf(settings: Settings, written: JobFacts['written']): readonly string[] {
  // A switch says "true" where it has no value.
  const named = (text: string | true): string => (text === 'true' || text === true ? '' : text);
  const waiting = (count: number): string[] => Array.from({ length: count }, () => '');
  const inOrder = written.flatMap(([name, value]) => {
    if (name === 'mule') return [named(value)];
    return name === 'mules' && value !== true ? waiting(Number.parseInt(value, 10) || 0) : [];
  });
  if (inOrder.length === mulesIn(settings)) return inOrder;
  return [...settings.mule.map(({ text }) => named(text)), ...waiting(settings.mules)];
}

function spoolersOf(settings: Settings, facts: JobFacts): readonly JobSettings[] {
  const each = Array.from({ length: settings['spooler-processes'] });
  const directories = facts.spoolDirectories.flatMap((directory) => each.map(() => directory));
  return directories.map((directory, index) => {
    const number = index + 1;
    return {
      ...jobOf(`spooler ${number}`, facts),
      slot: FIRST_SPOOLER_SLOT + number,
      kind: 'spooler',
      number,
      directory,
      taskDirectory: settings['spooler-chdir'],
      frequency: settings['spooler-frequency'],
      harakiri: settings['spooler-harakiri'],
      maxTasks: settings['spooler-max-tasks'],
      retries: settings['spooler-retries'],
      quiet: settings['spooler-quiet'],
    };
  });
}

export function farmsOf(settings: Settings): readonly FarmTerms[] {
  return settings.farm.flatMap(({ text }) => {
    const read = readFarm(text, mulesIn(settings));
    return read.ok ? [read.farm] : [];
  });
}

/** One for each mule, each farm, and all mules together; spoolers get signals alone. */
export function mailboxesOf(settings: Settings): readonly MailboxTerms[] {
  const mules = Array.from({ length: mulesIn(settings) }, (_, index) => `mule ${index + 1}`);
  const farms = farmsOf(settings).map(({ name }) => `farm ${name}`);
  const places = mules.length === 0 ? [] : ['mules', ...mules, ...farms];
  const spoolers = settings.spooler.length === 0 ? [] : ['spoolers'];
  const bytes = Math.max(settings['mule-msg-size'], MESSAGES_LEAST_BYTES);
  return [
    ...places.map((place) => ({ name: `messages ${place}`, bytes })),
    ...[...places, ...spoolers].map((place) => {
      return { name: `signals ${place}`, bytes: SIGNALS_WAITING_MAX * SIGNAL_BYTES };
    }),
  ];
}

function mulesIn(settings: Settings): number {
  return settings.mule.length + settings.mules;
}

function jobOf(name: string, { titleOf }: JobFacts): JobSettings {
  return {
    slot: 0,
    kind: 'mule',
    number: 0,
    name,
    title: titleOf(name),
    program: '',
    directory: '',
    taskDirectory: '',
    frequency: 0,
    harakiri: 0,
    maxTasks: 0,
    retries: 0,
    quiet: false,
  };
}
