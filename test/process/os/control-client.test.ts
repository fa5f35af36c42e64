/** A control socket that would keep whoever asks it for ever. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';

import { ask } from '../../../src/cli/instances/control-client.ts';

/** Asks a server that says `piece` again and again, until it is left. */
async function askWhoSays(piece: string, everyMs: number, timeoutMs: number): Promise<unknown> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'reeve-ask-'));
  const server = net.createServer((socket) => {
    const timer = setInterval(() => socket.write(piece), everyMs);
    socket.on('error', () => {});
    socket.on('close', () => clearInterval(timer));
  });
  const address = path.join(directory, 'control.sock');
  await new Promise<void>((resolve) => server.listen(address, resolve));
  try {
    return await ask(address, { command: 'hello' }, { timeoutMs });
  } finally {
    server.close();
    fs.rmSync(directory, { recursive: true, force: true });
  }
}

test('an answer that trickles is not waited for', { timeout: 30_000 }, async () => {
  await assert.rejects(askWhoSays(' ', 20, 400), /no answer in [0-9.]+ s/);
});

test('a greeting without an end is not kept', { timeout: 30_000 }, async () => {
  await assert.rejects(askWhoSays('x'.repeat(20_000), 1, 20_000), /the answer has no end/);
});
