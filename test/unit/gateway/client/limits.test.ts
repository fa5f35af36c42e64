/** Which setting limits the clients of which listener. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { clientLimits } from '../../../../src/gateway/client/limits.ts';

const settings = {
  'http-timeout': 60,
  'socket-timeout': 4,
  'header-timeout': 30,
  'http-headers-timeout': 0,
  'http-keepalive': 1,
  'buffer-size': 4096,
};

test('clients of http may be silent for http-timeout, all others for socket-timeout', () => {
  const silence = (option: string) => clientLimits(settings, { option }).silenceMaxMs;
  assert.equal(silence('http'), 60_000);
  for (const option of ['http-socket', 'http11-socket', 'socket', 'uwsgi-socket']) {
    assert.equal(silence(option), 4000, option);
  }
});
test('http-keepalive is off, as long as http-timeout, or a number of seconds', () => {
  const rest = (keepAlive: number) =>
    clientLimits({ ...settings, 'http-keepalive': keepAlive }, { option: 'http-socket' })
      .keepAliveMs;
  assert.equal(rest(0), 'off');
  assert.equal(rest(1), 60_000);
  assert.equal(rest(15), 15_000);
});
test('a whole head may take header-timeout, and no longer than a silence', () => {
  const time = (option: string, headerTimeout = 30) =>
    clientLimits({ ...settings, 'header-timeout': headerTimeout }, { option }).headMaxMs;
  assert.equal(time('http'), 30_000);
  assert.equal(time('socket'), 4000);
  assert.equal(time('http', 0), 60_000);
  const unlimited = { ...settings, 'http-timeout': 0, 'header-timeout': 0 };
  assert.equal(clientLimits(unlimited, { option: 'http' }).headMaxMs, 0);
});
test('http-headers-timeout takes the place of header-timeout, for http only', () => {
  const time = (option: string) =>
    clientLimits({ ...settings, 'http-headers-timeout': 90 }, { option }).headMaxMs;
  assert.equal(time('http'), 90_000);
  assert.equal(time('http-socket'), 4000);
});
test('the head is limited by buffer-size as it is', () => {
  assert.equal(clientLimits(settings, { option: 'http' }).headMaxBytes, 4096);
});
