/** Work beside requests that hangs or fails: tasks, daemons, crons, mules (pure). */

import type { JobView } from '../protocol/snapshot.ts';
import type { Finding } from './finding.ts';
import type { Scene } from './scene.ts';
import { frameLines, placeInWords, placeOf, waitWords } from './waits.ts';
import { verb, duration, plural, thatWait, times } from './words.ts';

/** A task that waits for so long may hang; one that computes may take its time. */
const TASK_FROM_S = 3;
const LONG_TASK_S = 300;
const STARTS_MIN = 3;

export function hungTasks(scene: Scene): readonly Finding[] {
  const spoolers = scene.now.generations.flatMap(({ jobs = [] }) => jobs);
  return spoolers.flatMap((job) => {
    const seconds = job.taskSeconds ?? 0;
    if (job.task === '' || seconds < TASK_FROM_S) return [];
    const busy = scene.busy.find(({ owner }) => owner.pid === job.pid);
    const isWorking = busy?.wait === 'computes';
    if (isWorking && seconds < LONG_TASK_S) return [];
    return [taskFinding(scene, job, seconds)];
  });
}

function taskFinding(scene: Scene, job: JobView, seconds: number): Finding {
  const busy = scene.busy.find(({ owner }) => owner.pid === job.pid);
  const frames = busy?.thread.frames ?? [];
  const place = placeInWords(placeOf(frames));
  const spool = scene.now.jobs?.spoolers.find(({ directory }) => directory === job.directory);
  const others = spoolersOf(scene, job.directory).filter(({ task }) => task !== '').length;
  const waiting = Math.max((spool?.queued ?? 0) - others, 0);
  const does = busy === undefined ? 'has not ended' : waitWords[busy.wait];
  const behind = waiting === 0 ? '' : `; ${thatWait(waiting, 'task')} behind it`;
  return {
    cause: 'hung-task',
    severity: waiting > 0 ? 'fault' : 'warning',
    weight: waiting > 0 ? 69 : seconds >= 60 ? 65 : 56,
    sentence:
      `${job.name} has run the task ${nameOf(job.task)} for ${duration(seconds)}: it ${does}` +
      `${place === '' ? '' : `, in ${place}`}${behind}`,
    advice:
      'spooler-harakiri ends such a task and tries it again; give the call a timeout; ' +
      '`reeve jobs list` shows the tasks',
    figures: { task: nameOf(job.task), seconds, waiting },
    lines: frameLines(frames),
  };
}

function spoolersOf({ now }: Scene, directory: string): readonly JobView[] {
  return now.generations
    .flatMap(({ jobs = [] }) => jobs)
    .filter((job) => job.directory === directory);
}

function nameOf(task: string): string {
  return task.split('/').at(-1) ?? task;
}

export function failingJobs(scene: Scene): readonly Finding[] {
  const { generations } = scene.now;
  return generations
    .flatMap(({ jobs = [] }) => jobs)
    .filter(({ state, starts }) => starts >= STARTS_MIN && state !== 'up')
    .map(({ name, starts, state }) => ({
      cause: 'daemon-failing' as const,
      severity: 'fault' as const,
      weight: 57,
      sentence: `${name} was started ${times(starts)} and is ${state}`,
      advice: 'the log has why it ended',
      figures: { name, starts },
      lines: [],
    }));
}

export function failingDaemons({ now }: Scene): readonly Finding[] {
  return (now.jobs?.daemons ?? [])
    .filter(
      ({ starts, lastEnd, state }) => lastEnd !== '' && (starts >= STARTS_MIN || state !== 'up'),
    )
    .map(({ name, starts, lastEnd, state }) => ({
      cause: 'daemon-failing' as const,
      severity: 'fault' as const,
      weight: 54,
      sentence: `the daemon ${name} was started ${times(starts)}, and is ${state}; the last one ${lastEnd}`,
      advice: 'the log has what it printed',
      figures: { name, starts },
      lines: [],
    }));
}

export function failingCrons({ now }: Scene): readonly Finding[] {
  return (now.jobs?.crons ?? [])
    .filter(({ lastResult }) => lastResult !== null && !lastResult.isGood)
    .map(({ name, runs, failures, lastResult }) => ({
      cause: 'cron-failing' as const,
      severity: 'warning' as const,
      weight: 44,
      sentence: `the last run of ${name} ${lastResult?.how ?? 'failed'} (${failures} of ${plural(runs, 'run')} failed)`,
      advice: 'the log has what it printed',
      figures: { name, failures, runs },
      lines: [],
    }));
}

export function deadTasks({ now }: Scene): readonly Finding[] {
  return (now.jobs?.spoolers ?? [])
    .filter(({ dead }) => dead > 0)
    .map(({ directory, dead }) => ({
      cause: 'tasks-put-aside' as const,
      severity: 'warning' as const,
      weight: 40,
      sentence: `${plural(dead, 'task')} in ${directory} ${verb(dead, 'were')} put aside, after too many tries`,
      advice: '`reeve jobs list` shows why; `reeve jobs retry` queues one again',
      figures: { directory, dead },
      lines: [],
    }));
}
