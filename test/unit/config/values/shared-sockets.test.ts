/** Listeners that name an address by the number of its shared-socket. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { loadConfiguration } from '../../../../src/config/load.ts';
import { writtenHost } from '../../../support/written-host.ts';

async function loaded(...lines: string[]) {
  const text = ['[uwsgi]', ...lines].join('\n');
  const { settings, diagnostics } = await loadConfiguration(
    ['app.ini'],
    writtenHost(new Map([['app.ini', text]])),
  );
  return { settings, said: diagnostics.map(({ sentence }) => sentence) };
}

test('a number stands for the address of the shared-socket, in the order of the lines', async () => {
  const lines = ['http = =1', 'shared-socket = :80', 'undeferred-shared-socket = @b'];
  const { settings } = await loaded(...lines, 'socket = =0', 'uwsgi-socket = =1');
  assert.deepEqual(settings.http, [{ text: '@b', origin: 'app.ini:2' }]);
  assert.equal(settings.socket[0]?.text, ':80');
  assert.equal(settings['uwsgi-socket'][0]?.text, '@b');
});

test('a number without a shared-socket is refused; a shared-socket without a listener told', async () => {
  const { said } = await loaded('shared-socket = :80', 'http = =1');
  assert.ok(
    said.some((each) => /no shared-socket with the number of "=1"/.test(each)),
    String(said),
  );
  assert.ok(
    said.some((each) => /:80 is named by no listener/.test(each)),
    String(said),
  );
});
