/** The log as it is written: forms, files, and what becomes of lines that nobody takes. */
import assert from 'node:assert/strict';
import { closeSync, openSync, readFileSync, readSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { callLibc, openPipe } from '../../../src/base/libc.ts';
import { createLogger } from '../../../src/log/logger.ts';
import { directory, needsRoot } from './harness.ts';

describe('the log', () => {
  test('is JSON where asked for, one object a line', (t) => {
    const path = join(directory(t), 'log');
    const fd = openSync(path, 'a');
    const log = createLogger({ role: 'master', json: true, fd });
    log.error('application.failed', { time: 'x', slot: 1 }, 'Traceback\n  File\n');
    log.debug('unseen', {}, 'below the level');
    const { time, ...rest } = JSON.parse(readFileSync(path, 'utf8'));
    assert.match(time, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    const [role, event, msg] = ['master', 'application.failed', 'Traceback\n  File'];
    assert.deepEqual(rest, { level: 'error', role, event, time_: 'x', slot: 1, msg });
    closeSync(fd);
  });

  test('follows its file when it is reopened, under the same descriptor', (t) => {
    const path = join(directory(t), 'log');
    const fd = openSync(path, 'a');
    const log = createLogger({ role: 'master', json: false, fd });
    log.info('a', {}, 'before');
    renameSync(path, `${path}.1`);
    log.reopen(path);
    log.info('a', {}, 'after');
    assert.match(readFileSync(`${path}.1`, 'utf8'), /: before\n$/);
    assert.match(readFileSync(path, 'utf8'), /: after\n$/);
    assert.equal(statSync(path).mode & 0o777, 0o640);
    assert.throws(() => log.reopen('/no/such/directory/log'));
    log.info('a', {}, 'still');
    assert.match(readFileSync(path, 'utf8'), /: still\n$/);
    closeSync(fd);
  });

  test('gives a file that it makes to its owner', { skip: needsRoot }, (t) => {
    const path = join(directory(t), 'log');
    const fd = openSync('/dev/null', 'a');
    createLogger({ role: 'master', json: false, fd }).reopen(path, { uid: 65534, gid: 65534 });
    assert.equal(statSync(path).uid, 65534);
    closeSync(fd);
  });

  test('never waits for whoever has stopped reading, though the description is blocking', () => {
    const { readFd, writeFd } = openPipe();
    const log = createLogger({ role: 'master', json: false, fd: writeFd });
    for (let count = 0; count < 30; count += 1) log.info('long', {}, 'x'.repeat(10_000));
    closeSync(readFd);
    closeSync(writeFd);
  });

  test('drops what cannot be written, and says how much once it can', () => {
    const { readFd, writeFd } = openPipe();
    callLibc('int fcntl(int fd, int command, long value)', writeFd, 4, 0o4000); // O_NONBLOCK
    const log = createLogger({ role: 'master', json: false, fd: writeFd });
    const long = 'x'.repeat(50_000);
    for (let count = 0; count < 3; count += 1) log.info('long', {}, long);
    const taken = Buffer.alloc(200_000);
    readSync(readFd, taken);
    log.info('short', {}, 'short');
    const after = taken.toString('utf8', 0, readSync(readFd, taken));
    const [rest, notice, last] = after.split('\n');
    assert.equal(rest, ''); // The line that was written in part is ended.
    assert.match(notice ?? '', /warn log.dropped count=2: 2 log lines before this one/);
    assert.match(last ?? '', /: short$/);
    closeSync(readFd);
    log.info('nobody', {}, 'reads this');
    closeSync(writeFd);
    log.info('nowhere', {}, 'to go');
  });
});
