/** What add-header, del-header, collect-header and pull-header make of a head. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { HeaderRules } from '../../../../src/gateway/http/header-rules.ts';
import { headOf, headersOf } from '../../../../src/gateway/http/response-text.ts';
import type { HeaderSettings } from '../../../../src/protocol/response-settings.ts';

const sent = ['X-A', '1', 'x-b', '2', 'X-A', '3', 'Content-Length', '2', 'Date', 'today'];

/** The head that was sent, after these rules. */
function ruled(settings: Partial<HeaderSettings>) {
  const head = headOf(200, 'OK', sent);
  if (head.kind === 'refused') assert.fail(head.sentence);
  const rules = new HeaderRules({
    added: [],
    closes: false,
    removed: [],
    collected: [],
    ...settings,
  });
  const { head: after, collected } = rules.applied(head);
  return { headers: headersOf(after), hasDate: after.hasDate, collected };
}

const collect = (name: string, variable: string) => ({ name, variable, stays: true });
const pull = (name: string, variable: string) => ({ name, variable, stays: false });

describe('headers of the configuration', () => {
  test('are added behind the others, and are not taken out again', () => {
    const { headers } = ruled({ added: [{ name: 'x-b', value: 'mine' }], removed: ['X-B'] });
    const rest = ['X-A', '1', 'X-A', '3', 'Content-Length', '2', 'Date', 'today'];
    assert.deepEqual(headers, [...rest, 'x-b', 'mine']);
  });
  test('are taken out in any case of letters, each of that name', () => {
    assert.deepEqual(ruled({ removed: ['x-a', 'X-B', 'date'] }).headers, ['Content-Length', '2']);
  });
  test('leave the length, and let the gateway say the date that was taken out', () => {
    const { headers, hasDate } = ruled({ removed: ['content-length', 'Date'] });
    assert.deepEqual(headers.slice(-2), ['Content-Length', '2']);
    assert.equal(hasDate, false);
    const added = ruled({ removed: ['Date'], added: [{ name: 'Date', value: 'x' }] });
    assert.equal(added.hasDate, true);
  });
  test('are collected, the last one of a name first', () => {
    const { headers, collected } = ruled({ collected: [collect('x-a', 'A'), collect('X-B', 'B')] });
    assert.deepEqual(headers, sent);
    assert.deepEqual(collected, ['A', '3', 'B', '2', 'A', '1']);
  });
  test('are pulled out, and then nothing else collects them', () => {
    const both = [pull('X-A', 'A'), collect('X-A', 'OTHER'), pull('Content-Length', 'L')];
    const { headers, collected } = ruled({ collected: both });
    assert.deepEqual(headers, ['x-b', '2', 'Content-Length', '2', 'Date', 'today']);
    assert.deepEqual(collected, ['L', '2', 'A', '3', 'A', '1']);
  });
  test('that are taken out are not collected', () => {
    assert.deepEqual(ruled({ removed: ['X-A'], collected: [collect('X-A', 'A')] }).collected, []);
  });
});
