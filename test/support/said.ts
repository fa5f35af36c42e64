/**
 * The sentences of Reeve's log that tests wait for, each in one place.
 *
 * They match the event or the words that an operator would grep for, not the whole line, so that a
 * sentence can be bettered without touching forty tests.
 */

export const said = {
  /** The daemon can answer its first request. */
  serving: /\bready to serve\b|reeve\.ready|daemon\.ready|server\.ready/,
  workerReady: /worker\.ready/,
  reloaded: /reload\.(done|finished|complete)/,
  reloadFailed: /reload\.(failed|refused)/,
  importFailed: /import-failed|application\.failed|no application/,
  mercy: /your mercy for graceful operations on workers is \d+ seconds/,
  waiting: /waiting for \d+ requests?, at most \d+ s/,
  requestLost: /request\.lost/,
  overran: /request\.overran/,
} as const;
