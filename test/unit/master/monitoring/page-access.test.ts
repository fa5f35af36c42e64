/** Who is shown the status page: hosts, origins, other sites, other machines. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import {
  audienceOf,
  pageRefusal,
  type PageAsked,
  type PageTerms,
} from '../../../../src/master/monitoring/page-access.ts';

const usual: PageAsked = {
  ...{ path: '/status.json', host: '127.0.0.1:9100', origin: '', site: '', mode: '' },
  ...{ localAddress: '127.0.0.1', remoteAddress: '127.0.0.1' },
};
const terms: PageTerms = { isOn: true, hosts: [], address: '127.0.0.1:9100' };

function refusal(asked: Partial<PageAsked>, change: Partial<PageTerms> = {}): string {
  return pageRefusal({ ...usual, ...asked }, { ...terms, ...change });
}

describe('hosts', () => {
  test('that are shown: localhost, the address, and names that were configured', () => {
    const shown = ['127.0.0.1:9100', '127.0.0.1', 'localhost', 'LOCALHOST:8080', 'Status.Example'];
    for (const host of shown) assert.equal(refusal({ host }, { hosts: ['status.example'] }), '');
    const six = { localAddress: '::1', remoteAddress: '::1' };
    assert.equal(refusal({ host: '[::1]:9100', ...six }), '');
    const mapped = { localAddress: '::ffff:10.0.0.5', remoteAddress: '::ffff:127.0.0.1' };
    assert.equal(refusal({ host: '10.0.0.5:9100', ...mapped }), '');
    assert.equal(refusal({ host: 'app.internal:9100' }, { address: 'app.internal:9100' }), '');
  });
  test('that are refused, with a sentence', () => {
    const refused = [
      'evil.example',
      'evil.example:9100',
      '',
      'localhost.evil.example',
      '127.0.0.2',
    ];
    const odd = [
      'localhost@evil.example',
      'localhost:9100:1',
      '[::1',
      'localhost\t',
      '0.0.0.0:9100',
    ];
    for (const host of [...refused, ...odd]) {
      assert.match(
        refusal({ host }),
        /is not shown (for the host|without a Host).*status-page-host/,
      );
    }
  });
  test('of a unix socket: localhost, and names that were configured', () => {
    const unix = { localAddress: '', remoteAddress: '' };
    const address = '/run/metrics.sock';
    assert.equal(refusal({ ...unix, host: 'localhost' }, { address }), '');
    assert.equal(refusal({ ...unix, host: 'a.b' }, { address, hosts: ['a.b'] }), '');
    assert.notEqual(refusal({ ...unix, host: 'evil.example' }, { address }), '');
    assert.notEqual(refusal({ ...unix, host: '' }, { address }), '');
  });
});

describe('origins and sites', () => {
  test('the own one is answered, also behind TLS; others are not', () => {
    for (const origin of ['http://127.0.0.1:9100', 'https://127.0.0.1:9100']) {
      assert.equal(refusal({ origin }), '');
    }
    for (const origin of ['http://evil.example', 'null', 'http://127.0.0.1:80', 'file://']) {
      assert.match(refusal({ origin }), /of another origin/);
    }
  });
  test('a link of another site may lead to the page, and nothing may be loaded into it', () => {
    assert.equal(refusal({ path: '/', site: 'cross-site', mode: 'navigate' }), '');
    assert.match(refusal({ path: '/', site: 'cross-site', mode: 'no-cors' }), /another site/);
    for (const site of ['cross-site', 'same-site']) {
      assert.match(refusal({ site, mode: 'navigate' }), /of another site/);
    }
    for (const site of ['same-origin', 'none']) assert.equal(refusal({ site }), '');
  });
});

describe('other machines', () => {
  const other = { localAddress: '10.0.0.5', remoteAddress: '10.0.0.9', host: '10.0.0.5:9100' };

  test('are refused where `metrics` names no address', () => {
    assert.match(refusal(other, { address: ':9100' }), /for this machine alone/);
    assert.equal(refusal({}, { address: ':9100' }), '');
    for (const address of ['0.0.0.0:9100', '10.0.0.5:9100', '*:9100']) {
      assert.equal(refusal(other, { address }), '');
    }
  });
  test('are told less', () => {
    assert.equal(audienceOf(other), 'network');
    const here = [
      ['', ''],
      ['127.0.0.1', '127.0.0.1'],
      ['10.0.0.5', '10.0.0.5'],
      ['::1', '::1'],
    ];
    for (const [localAddress = '', remoteAddress = ''] of here) {
      assert.equal(audienceOf({ localAddress, remoteAddress }), 'local');
    }
  });
});

test('nobody is shown what is switched off', () => {
  assert.match(refusal({}, { isOn: false }), /status-page = false/);
});
