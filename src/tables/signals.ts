/**
 * The signals to the master and the letters of a master-fifo, and what each of them asks for.
 * `master/operator/signals.ts` binds them, `master/operator/actions.ts` gives them their meaning.
 */

export interface SignalEntry {
  readonly signals: readonly string[];
  readonly letters: readonly string[];
  /** No capital, no full stop. */
  readonly summary: string;
}

export const signals: readonly SignalEntry[] = [
  {
    signals: ['SIGTERM', 'SIGINT', 'SIGQUIT'],
    letters: ['q'],
    summary:
      'stop: new clients are refused, running requests finish within worker-reload-mercy; a second ' +
      'SIGINT stops at once',
  },
  { signals: [], letters: ['Q'], summary: 'stop at once' },
  {
    signals: ['SIGHUP'],
    letters: ['r'],
    summary: 'reload; when it comes from a terminal that was closed: stop, unless started by nohup',
  },
  {
    signals: [],
    letters: ['w'],
    summary: 'reload, also with exit-on-reload',
  },
  {
    signals: [],
    letters: ['R', 'W'],
    summary: 'reload, and give the requests of the old workers only one second to finish',
  },
  {
    signals: [],
    letters: ['c'],
    summary: 'chain reload: one worker after the other is replaced (reload-mode = rolling)',
  },
  {
    signals: ['SIGTSTP', 'SIGCONT'],
    letters: ['p'],
    summary: 'suspend and resume; requests wait in between',
  },
  {
    signals: [],
    letters: ['+'],
    summary:
      'one worker more, until the next reload; at most twice `processes`, or those of cheaper',
  },
  { signals: [], letters: ['-'], summary: 'one worker fewer' },
  { signals: [], letters: ['C'], summary: 'stop all workers until the next request' },
  { signals: ['SIGUSR1'], letters: ['s'], summary: 'write the status to the log' },
  { signals: [], letters: ['l'], summary: 'every process opens its log file again' },
  { signals: [], letters: ['L'], summary: 'rotate the log file' },
  { signals: [], letters: ['P'], summary: 'write the pidfiles again, where they are gone' },
  {
    signals: [],
    letters: ['0-9'],
    summary: 'take commands from the first to the tenth master-fifo',
  },
];

/** Letters of uWSGI about what Reeve does not have: why they do nothing. */
export const lettersWithoutEffect: Readonly<Record<string, string>> = {
  B: 'there is no emperor to call for help',
  E: 'there is no emperor that could look for new files',
  f: 'the master is never forked again; r reloads',
  S: 'there are no subscriptions to block',
};
