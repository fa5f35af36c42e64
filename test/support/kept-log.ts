/** A logger that keeps what it is given. */

import type { LogCall, Logger } from '../../src/log/logger.ts';

export interface KeptLog extends Logger {
  /** "error request.lost: worker 1 ended …", oldest first. */
  readonly lines: readonly string[];
}

/** Returns a logger that writes nowhere. */
export function keptLog(): KeptLog {
  const lines: string[] = [];
  const call =
    (level: string): LogCall =>
    (event, _fields, sentence) =>
      void lines.push(`${level} ${event}: ${sentence}`);
  return {
    lines,
    debug: call('debug'),
    info: call('info'),
    warn: call('warn'),
    error: call('error'),
    reopen: () => undefined,
    settle: () => undefined,
    setLevel: () => undefined,
    recent: () => [],
  };
}
