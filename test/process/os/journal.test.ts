/** Entries on their way to journald: short ones, long ones, and when nobody reads them. */
import assert from 'node:assert/strict';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';

import { descriptorName } from '../../../src/base/sockets/datagrams.ts';
import { createLogger } from '../../../src/log/logger.ts';
import { openJournal } from '../../../src/systemd/journal.ts';
import { logEvents } from '../../../src/tables/log-events.ts';
import { JournalSocket } from '../../support/journal-socket.ts';
import { directory } from './harness.ts';

async function listening(t: TestContext): Promise<JournalSocket> {
  const socket = await JournalSocket.open(join(directory(t), 'journal'));
  t.after(() => socket.close());
  return socket;
}

function message(value: string) {
  return [{ name: 'MESSAGE', value }];
}

describe('the journal', () => {
  test('gets an entry, with all lines of it', async (t) => {
    const socket = await listening(t);
    const journal = openJournal(socket.path);
    assert.equal(journal.send(message('one\ntwo'), 0), 'sent');
    await socket.hears((entry) => entry['MESSAGE'] === 'one\ntwo');
  });

  test('gets what is too long for a datagram as a sealed file', async (t) => {
    const socket = await listening(t);
    const long = 'x'.repeat(1_000_000);
    assert.equal(openJournal(socket.path).send(message(long), 0), 'sent');
    const entry = await socket.hears(({ MESSAGE: text }) => text !== undefined);
    assert.equal(entry['MESSAGE'], long);
    assert.equal(entry['seals'], '15');
  });

  test('that reads nothing does not hold us, and gets the next entry when it reads', async (t) => {
    const socket = await listening(t);
    const journal = openJournal(socket.path);
    await socket.stopReading();
    let sent = 0;
    while (journal.send(message('waits'), 0) === 'sent') sent += 1;
    assert.ok(sent > 0);
    assert.equal(journal.send(message('waits'), 10), 'full');
    socket.readAgain();
    await socket.hears(() => socket.heard.length > sent);
    assert.equal(journal.send(message('last'), 10), 'sent');
    await socket.hears((entry) => entry['MESSAGE'] === 'last');
  });

  test('is found again when its socket was made anew', async (t) => {
    const first = await listening(t);
    const journal = openJournal(first.path);
    assert.equal(journal.send(message('a'), 0), 'sent');
    await first.close();
    const second = await JournalSocket.open(first.path);
    t.after(() => second.close());
    assert.equal(journal.send(message('b'), 0), 'sent');
    await second.hears((entry) => entry['MESSAGE'] === 'b');
  });

  test('that is not there is said, not waited for', (t) => {
    const journal = openJournal(join(directory(t), 'nobody'));
    assert.equal(journal.send(message('a'), 1_000), 'gone');
  });
});

describe('the log, where its descriptor is the journal', () => {
  test('sends entries, and writes nothing to the descriptor', async (t) => {
    const socket = await listening(t);
    const { fd, log, written } = logger(t, { socket: socket.path });
    log.error('worker.exited', { slot: 2 }, 'worker 2 has gone');
    const entry = await socket.hears(({ REEVE_WORKER: slot }) => slot === '2');
    assert.equal(entry['MESSAGE'], 'worker 2 has gone');
    assert.equal(entry['PRIORITY'], '3');
    assert.equal(entry['MESSAGE_ID'], logEvents['worker.exited'].id);
    assert.equal(written(), '');
    closeSync(fd);
  });

  test('sends JSON as the message with log-json', async (t) => {
    const socket = await listening(t);
    const { fd, log } = logger(t, { socket: socket.path, json: true });
    log.warn('worker.exited', { slot: 2 }, 'gone');
    const entry = await socket.hears(({ REEVE_WORKER: slot }) => slot === '2');
    const { level, event, slot, msg } = JSON.parse(entry['MESSAGE'] ?? '');
    assert.deepEqual([level, event, slot, msg], ['warn', 'worker.exited', 2, 'gone']);
    closeSync(fd);
  });

  test('writes lines with their priority where no entry can be sent, without a time', (t) => {
    const { fd, log, written } = logger(t, { socket: join(directory(t), 'nobody') });
    log.error('worker.exited', { slot: 2 }, 'one\ntwo');
    log.info('daemon.ready', {}, 'ready');
    const lines = ['<3>master error worker.exited slot=2: one', '<3>    two'];
    assert.equal(written(), `${lines.join('\n')}\n<6>master info daemon.ready: ready\n`);
    closeSync(fd);
  });

  test('goes to a file as ever once the file has taken its place', async (t) => {
    const socket = await listening(t);
    const { fd, log, folder } = logger(t, { socket: socket.path });
    log.reopen(join(folder, 'file'));
    log.info('daemon.ready', {}, 'ready');
    const text = readFileSync(join(folder, 'file'), 'utf8');
    assert.match(text, /^\d{4}-[\dT:.-]+Z master info daemon\.ready: ready\n$/);
    assert.equal(socket.heard.length, 1);
    closeSync(fd);
  });
});

/** A log on a file that stands for the journal's stream. */
function logger(t: TestContext, { socket, json = false }: { socket: string; json?: boolean }) {
  const folder = directory(t);
  const path = join(folder, 'stream');
  const fd = openSync(path, 'a');
  const journal = { app: 'blog', stream: descriptorName(fd), socket };
  const log = createLogger({ role: 'master', json, fd, journal });
  return { fd, log, folder, written: () => readFileSync(path, 'utf8') };
}
