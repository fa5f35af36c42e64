/** Which descriptors a logger may write to. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { mayBeLog } from '../../../src/master/open-log.ts';

/** "r", "w" or "rw", and what it is. */
const ours: Readonly<Record<number, readonly [mode: string, what: string]>> = {
  0: ['r', '/dev/null'],
  1: ['w', 'pipe:[10]'],
  2: ['w', 'pipe:[10]'],
  3: ['w', 'pipe:[11]'],
  4: ['rw', 'socket:[12]'],
  5: ['w', '/var/log/app.log'],
  // The same pipe as standard error, and one twice: "8> >(cat)" in bash.
  6: ['w', 'pipe:[10]'],
  7: ['w', 'pipe:[13]'],
  8: ['w', 'pipe:[13]'],
  // Of Node.
  9: ['rw', 'anon_inode:[eventpoll]'],
  10: ['r', 'pipe:[14]'],
  11: ['w', 'pipe:[14]'],
  // Read by Reeve, or not by it.
  12: ['r', '/etc/app.ini'],
  13: ['r', 'pipe:[15]'],
};

test('a logger writes to what was handed over, and to nothing of Node or that is only read', () => {
  const descriptors = Object.entries(ours).map(([fd, [mode, what]]) => {
    const [isRead, isWritten] = [mode.includes('r'), mode.includes('w')];
    return [Number(fd), { what, isRead, isWritten }] as const;
  });
  const known = new Map(descriptors);
  const usable = [...known.keys(), 14].filter((fd) => fd > 2 && mayBeLog(fd, known));
  assert.deepEqual(usable, [3, 4, 5, 6, 7, 8]);
});
