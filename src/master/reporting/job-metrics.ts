/** PURE. Metrics of the work beside requests, for metrics.ts. */
import type { MailboxView, WholeSnapshot } from '../../protocol/snapshot.ts';
import { counter, gauge, one, type Family, type Sample } from './exposition.ts';

export function jobFamilies(snapshot: WholeSnapshot): readonly Family[] {
  const { daemons, crons } = snapshot.jobs;
  return [
    counter(
      'reeve_daemon_starts',
      'How often an attached daemon was started.',
      byName('daemon', daemons, ({ starts }) => starts),
    ),
    counter(
      'reeve_cron_runs',
      'Runs of a cron entry.',
      byName('cron', crons, ({ runs }) => runs),
    ),
    counter(
      'reeve_cron_failures',
      'Those that have failed.',
      byName('cron', crons, ({ failures }) => failures),
    ),
    gauge(
      'reeve_cron_running',
      'Commands of a cron entry that run.',
      byName('cron', crons, ({ pids }) => pids.length),
    ),
    ...taskFamilies(snapshot),
    ...mailboxFamilies(snapshot),
    ...signalFamilies(snapshot),
  ];
}

/** Mules and spoolers, and the tasks of these. */
function taskFamilies({ jobs, generations }: WholeSnapshot): readonly Family[] {
  const processes = generations.flatMap(({ number, jobs: all = [] }) =>
    all.map((job) => ({ job, at: { generation: String(number), name: job.name } })),
  );
  const running = (directory: string): number =>
    processes.filter(({ job }) => job.directory === directory && job.task !== '').length;
  const { tasks, spoolers } = jobs;
  // A directory without a task has its zeros; an instance without spoolers has no such series.
  const counts = spoolers.length === 0 || tasks === undefined ? [] : [tasks];
  return [
    gauge(
      'reeve_spooler_tasks',
      'Tasks in the directory of a spooler: waiting, running, dead (put aside after too many tries).',
      spoolers.flatMap(({ directory, queued, dead }) => {
        const busy = Math.min(running(directory), queued);
        return [
          one(queued - busy, { directory, state: 'waiting' }),
          one(busy, { directory, state: 'running' }),
          one(dead, { directory, state: 'dead' }),
        ];
      }),
    ),
    counter(
      'reeve_spooler_tasks_done',
      'Tasks that spoolers have finished.',
      counts.map(({ done }) => one(done)),
    ),
    counter(
      'reeve_spooler_tries_failed',
      'Tries of tasks that have failed, or are to be repeated.',
      counts.map(({ failed }) => one(failed)),
    ),
    gauge(
      'reeve_job_up',
      'Whether the process of a mule or spooler runs.',
      processes.map(({ job, at }) => one(job.state === 'up' ? 1 : 0, { ...at, kind: job.kind })),
    ),
    counter(
      'reeve_job_starts',
      'How often it was started, in this generation.',
      processes.map(({ job, at }) => one(job.starts, { ...at, kind: job.kind })),
    ),
  ];
}

/** What waits for mules, farms and spoolers in shared memory. */
function mailboxFamilies({ shared: { mailboxes = [] } }: WholeSnapshot): readonly Family[] {
  const of = (
    holds: MailboxView['holds'],
    valueOf: (mailbox: MailboxView) => number,
  ): readonly Sample[] =>
    mailboxes
      .filter((mailbox) => mailbox.holds === holds)
      .map((mailbox) => one(valueOf(mailbox), { mailbox: mailbox.of }));
  return [
    gauge(
      'reeve_messages_waiting',
      'Messages that wait for a mule, for any of them (mules), or for a farm.',
      of('messages', ({ waiting }) => waiting),
    ),
    gauge(
      'reeve_messages_waiting_bytes',
      'Their bytes, with 8 for each.',
      of('messages', ({ bytes }) => bytes),
    ),
    gauge(
      'reeve_messages_limit_bytes',
      'How many may wait there (mule-msg-size).',
      of('messages', ({ bytesMax }) => bytesMax),
    ),
    gauge(
      'reeve_job_signals_waiting',
      'Signals that wait for mules, farms and spoolers.',
      of('signals', ({ waiting }) => waiting),
    ),
  ];
}

/** Signals of the application, and what raises them by itself. */
function signalFamilies({ jobs: { signals, raisers = [] } }: WholeSnapshot): readonly Family[] {
  if (signals === undefined) return [];
  const { raised, waiting, dropped, failures } = signals;
  const kinds = ['timer', 'cron', 'file'] as const;
  const count = (kind: string): number => raisers.filter((each) => each.kind === kind).length;
  return [
    counter('reeve_signals_raised', 'Signals of the application.', [one(raised)]),
    gauge('reeve_signals_waiting', 'Those that wait for an idle worker.', [one(waiting)]),
    counter('reeve_signals_dropped', 'Those that reach nobody: too many wait.', [one(dropped)]),
    counter('reeve_signals_failed', 'Those whose handler has raised an exception.', [
      one(failures),
    ]),
    gauge(
      'reeve_signal_raisers',
      'What code has registered to raise signals: timers, cron entries, files.',
      kinds.map((kind) => one(count(kind), { kind })),
    ),
  ];
}

/** Those of one name are added up: a series must not be there twice. */
function byName<Job extends { readonly name: string }>(
  label: string,
  jobs: readonly Job[],
  valueOf: (job: Job) => number,
): readonly Sample[] {
  const sums = new Map<string, number>();
  for (const job of jobs) sums.set(job.name, (sums.get(job.name) ?? 0) + valueOf(job));
  return [...sums].map(([name, value]) => one(value, { [label]: name }));
}
