/**
 * PURE. The mules and spoolers that the settings ask for: their places among the children of the
 * spawner for the supervisor, and what each is told.
 */
import type { JobSettings } from '../../protocol/spawner-settings.ts';
import type { JobTerms } from '../../supervision/fleet.ts';
import type { Settings } from '../../tables/options/options.ts';

/** Beyond the slots of all workers. */
const FIRST_MULE_SLOT = 100_000;
const FIRST_SPOOLER_SLOT = 200_000;

/** What is not in the settings: where tasks lie, and what processes are called. */
export interface JobFacts {
  readonly spoolDirectories: readonly string[];
  readonly titleOf: (name: string) => string;
}

export function jobTermsOf(settings: Settings): readonly JobTerms[] {
  const places = { spoolDirectories: settings.spooler.map(({ text }) => text) };
  const jobs = jobSettingsOf(settings, { ...places, titleOf: (name) => name });
  return jobs.map(({ slot, kind, name }) => ({ slot, kind, name }));
}

export function jobSettingsOf(settings: Settings, facts: JobFacts): readonly JobSettings[] {
  return [...mulesOf(settings, facts), ...spoolersOf(settings, facts)];
}

function mulesOf(settings: Settings, facts: JobFacts): readonly JobSettings[] {
  const waiting = Array.from({ length: settings.mules }, () => '');
  // A switch says "true" where it has no value.
  const named = settings.mule.map(({ text }) => (text === 'true' ? '' : text));
  return [...named, ...waiting].map((program, index) => {
    const number = index + 1;
    const place = { slot: FIRST_MULE_SLOT + number, kind: 'mule', number } as const;
    return { ...jobOf(`mule ${number}`, facts), ...place, program };
  });
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
