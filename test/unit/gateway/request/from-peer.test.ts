/** What a front server says of a request, as the application is told. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { namedProxies, peerOf } from '../../../../src/gateway/request/forwarded.ts';
import { mountTable } from '../../../../src/gateway/request/mounts.ts';
import { readPeerHead } from '../../../../src/gateway/request/from-peer.ts';
import type { HeadContext, RequestHead } from '../../../../src/gateway/request/variables.ts';

const context: HeadContext = {
  serverName: 'host.example',
  serverPort: '3031',
  mounts: mountTable(['', '/shop'], { by: 'default-only' }),
  isNamedProxy: namedProxies(['203.0.113.0/24']),
};

interface Given {
  readonly cutsScriptName?: boolean;
  readonly peerAddress?: string;
  readonly mounts?: HeadContext['mounts'];
}

function headOf(variables: Readonly<Record<string, string>>, given: Given = {}): RequestHead {
  const { cutsScriptName = false, peerAddress = '', mounts = context.mounts } = given;
  const all = { REQUEST_METHOD: 'GET', PATH_INFO: '/x', ...variables };
  const strings = Object.entries(all).flat();
  const peer = peerOf(peerAddress, 0, context.isNamedProxy);
  return readPeerHead({ variables: strings, cutsScriptName }, peer, { ...context, mounts });
}

function environ(head: RequestHead): Record<string, string> {
  const seen: Record<string, string> = {};
  for (let at = 1; at + 1 < head.strings.length; at += 2) {
    seen[head.strings[at] ?? ''] = head.strings[at + 1] ?? '';
  }
  return seen;
}

test("all of the peer's variables are passed on, and what PEP 3333 requires is added", () => {
  const seen = environ(headOf({ ANYTHING: 'at all', HTTP_X_Y: 'z', SERVER_NAME: '' }));
  assert.deepEqual(seen, {
    REQUEST_METHOD: 'GET',
    PATH_INFO: '/x',
    ANYTHING: 'at all',
    HTTP_X_Y: 'z',
    SCRIPT_NAME: '',
    SERVER_NAME: 'host.example',
    SERVER_PORT: '3031',
    SERVER_PROTOCOL: 'HTTP/1.1',
    QUERY_STRING: '',
  });
});

test('of a variable that comes twice the last counts', () => {
  const variables = ['REQUEST_METHOD', 'GET', 'A', '1', 'A', '2'];
  const peer = peerOf('', 0, context.isNamedProxy);
  const head = readPeerHead({ variables, cutsScriptName: false }, peer, context);
  assert.equal(environ(head)['A'], '2');
});

test('a Proxy header does not become HTTP_PROXY', () => {
  assert.ok(!('HTTP_PROXY' in environ(headOf({ HTTP_PROXY: 'http://evil.example' }))));
});

describe('what cannot be passed on is refused', () => {
  for (const [what, variables] of Object.entries({
    'no method': { REQUEST_METHOD: '' },
    'a NUL': { A: 'b\0c' },
    'a name without letters': { '': 'x' },
    'a length that is none': { CONTENT_LENGTH: '-1' },
  })) {
    test(what, () => assert.equal(headOf(variables).refusal, 400));
  }
});

describe('the scheme', () => {
  const isHttps = (variables: Record<string, string>, peerAddress = ''): boolean =>
    headOf(variables, { peerAddress }).isHttps;

  test('is what the front server says', () => {
    assert.ok(isHttps({ HTTPS: 'on' }, '192.0.2.1'));
    assert.ok(isHttps({ UWSGI_SCHEME: 'https' }, '192.0.2.1'));
    assert.ok(!isHttps({}));
  });
  test('is UWSGI_SCHEME before HTTPS, as in uWSGI, and the application is told so', () => {
    const both = { UWSGI_SCHEME: 'http', HTTPS: 'on' };
    assert.ok(!isHttps(both));
    const { HTTPS, UWSGI_SCHEME } = environ(headOf(both));
    assert.deepEqual([HTTPS, UWSGI_SCHEME], ['on', 'http']);
    const forwarded = environ(headOf({ HTTP_X_FORWARDED_PROTO: 'http', HTTPS: '1' }));
    assert.equal(forwarded['UWSGI_SCHEME'], 'http');
    assert.ok(isHttps({ UWSGI_SCHEME: '', HTTPS: 'ON' }));
    assert.equal(environ(headOf({ HTTPS: '1' }))['HTTPS'], '1', 'as it came');
    assert.ok(!isHttps({ HTTPS: 'off' }));
    assert.ok(!isHttps({ UWSGI_SCHEME: 'https\xa0' }));
  });
  test('a header counts from this machine alone', () => {
    assert.ok(isHttps({ HTTP_X_FORWARDED_PROTO: 'https' }));
    assert.ok(isHttps({ HTTP_X_FORWARDED_PROTO: 'https' }, '127.0.0.1'));
    assert.ok(!isHttps({ HTTP_X_FORWARDED_PROTO: 'https' }, '192.0.2.1'));
    assert.ok(!isHttps({ HTTPS: 'on', HTTP_X_FORWARDED_PROTO: 'http' }));
  });
});

test('a proxy before the front server is replaced by its client where it is named', () => {
  const forwarded = { REMOTE_PORT: '99', HTTP_X_FORWARDED_FOR: '198.51.100.7' };
  const behind = environ(headOf({ REMOTE_ADDR: '203.0.113.5', ...forwarded }));
  assert.equal(behind['REMOTE_ADDR'], '198.51.100.7');
  assert.equal(behind['REMOTE_PORT'], undefined);
  const direct = environ(headOf({ REMOTE_ADDR: '192.0.2.1', ...forwarded }));
  assert.equal(direct['REMOTE_ADDR'], '192.0.2.1');
});

describe('the application', () => {
  const byPath = mountTable(['', '/shop', '/shop/admin/'], { by: 'manage-script-name' });

  interface Place {
    readonly application: number;
    readonly scriptName: string | undefined;
    readonly pathInfo: string | undefined;
  }
  function placeOf(variables: Record<string, string>, given: Given = {}): Place {
    const head = headOf(variables, given);
    const { SCRIPT_NAME: scriptName, PATH_INFO: pathInfo } = environ(head);
    return { application: head.application, scriptName, pathInfo };
  }

  test('is the one that SCRIPT_NAME names, and the path stays as it is', () => {
    const seen = placeOf({ SCRIPT_NAME: '/shop', PATH_INFO: '/shop/x' });
    assert.deepEqual(seen, { application: 1, scriptName: '/shop', pathInfo: '/shop/x' });
  });
  test('is the default one for a name that is not mounted', () => {
    const seen = placeOf({ SCRIPT_NAME: '/other' });
    assert.deepEqual(seen, { application: 0, scriptName: '/other', pathInfo: '/x' });
  });
  test('is the one that UWSGI_APPID names, before SCRIPT_NAME, which stays', () => {
    const seen = placeOf({ UWSGI_APPID: '/shop', SCRIPT_NAME: '/other' });
    assert.deepEqual(seen, { application: 1, scriptName: '/other', pathInfo: '/x' });
    assert.equal(placeOf({ UWSGI_APPID: '/none', SCRIPT_NAME: '/shop' }).application, 0);
    assert.equal(placeOf({ UWSGI_APPID: '', SCRIPT_NAME: '/shop' }).application, 1);
  });
  test('is found by the path with manage-script-name, whatever SCRIPT_NAME says', () => {
    const found = { application: 1, scriptName: '/shop', pathInfo: '/x' };
    for (const name of ['', '/shop', '/shop/', 'shop', '/other', '/shop/admin']) {
      const variables = { SCRIPT_NAME: name, PATH_INFO: '/shop/x' };
      assert.deepEqual(placeOf(variables, { mounts: byPath }), found, name);
    }
    assert.deepEqual(placeOf({ PATH_INFO: '/shop' }, { mounts: byPath }), {
      ...found,
      pathInfo: '',
    });
  });
  test('is the one that SCRIPT_NAME names where the path has no mountpoint', () => {
    const seen = placeOf({ SCRIPT_NAME: '/shop' }, { mounts: byPath });
    assert.deepEqual(seen, { application: 1, scriptName: '/shop', pathInfo: '/x' });
    assert.equal(placeOf({ SCRIPT_NAME: '/shop/admin/' }, { mounts: byPath }).application, 2);
  });
  test('is told a path without SCRIPT_NAME by modifier 30, once and at a slash only', () => {
    const cut = (name: string, path: string, mounts = context.mounts) =>
      placeOf({ SCRIPT_NAME: name, PATH_INFO: path }, { cutsScriptName: true, mounts }).pathInfo;
    assert.equal(cut('/shop', '/shop/x'), '/x');
    assert.equal(cut('/shop', '/shop'), '');
    assert.equal(cut('/shop/', '/shop/x'), '/x');
    assert.equal(cut('/', '/shop'), '/shop');
    assert.equal(cut('/shop', '/shopping'), '/shopping');
    assert.equal(cut('/shop', '/shop/shop/x', byPath), '/shop/x');
  });
  test('is not loaded because a request names it, and the operator is told of it', () => {
    const asked = { UWSGI_SCRIPT: 'blog', SCRIPT_NAME: '/blog' };
    assert.equal(headOf(asked).notLoaded, 'UWSGI_SCRIPT blog');
    assert.equal(headOf(asked).application, 0);
    assert.equal(headOf({ UWSGI_SCRIPT: 'blog' }).notLoaded, '', 'the default one is meant');
    assert.equal(headOf({ ...asked, SCRIPT_NAME: '/shop' }).notLoaded, '');
    assert.equal(headOf({ SCRIPT_NAME: '/blog' }).notLoaded, '');
  });
});
