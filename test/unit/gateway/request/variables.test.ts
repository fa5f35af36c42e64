/** What an application is told of a request, and which requests are refused. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { readHttpHead } from '../../../../src/gateway/http/head.ts';
import { namedProxies, peerOf } from '../../../../src/gateway/request/forwarded.ts';
import { mountTable } from '../../../../src/gateway/request/mounts.ts';
import type { HostTables } from '../../../../src/gateway/request/mounts.ts';
import { readRequestHead, variableOf } from '../../../../src/gateway/request/variables.ts';
import type { ListenerVariables } from '../../../../src/gateway/request/variables.ts';

const context = {
  serverName: 'machine',
  serverPort: '8000',
  mounts: mountTable([''], { by: 'manage-script-name' }),
  isNamedProxy: namedProxies(['203.0.113.0/24']),
};

/** Of a head that is refused before it gets so far. */
const nothing = { strings: [], droppedNames: [], contentLength: -1 };

interface Given {
  readonly target?: string;
  readonly remoteAddress?: string;
  readonly remotePort?: number;
  readonly mounts?: HostTables;
  readonly ofListener?: ListenerVariables;
}

/** Reads a head as it comes from a client, and makes the variables of it. */
function head(rawHeaders: string[], given: Given = {}) {
  const { target = '/a?b', remoteAddress = '10.0.0.1', remotePort = 5000 } = given;
  const all = rawHeaders.includes('Host') ? rawHeaders : [...rawHeaders, 'Host', 'h'];
  const fields = all.map((text, at) => (at % 2 === 0 ? `${text}: ` : `${text}\r\n`)).join('');
  const bytes = Buffer.from(`GET ${target} HTTP/1.1\r\n${fields}\r\n`, 'latin1');
  const reading = readHttpHead(bytes, 0, 65_536);
  if (reading.kind === 'refused') return { ...nothing, refusal: reading.status };
  if (reading.kind === 'incomplete') assert.fail('the head has no end');
  const peer = peerOf(remoteAddress, remotePort, context.isNamedProxy);
  return readRequestHead(reading.head, peer, {
    ...context,
    mounts: given.mounts ?? context.mounts,
    ofListener: given.ofListener,
  });
}

function valueOf(name: string, rawHeaders: string[], given: Given = {}) {
  return variableOf(head(rawHeaders, given).strings, name);
}

describe('the variables of a request', () => {
  test('are those of uWSGI, in its order, behind the number of the application', () => {
    assert.deepEqual(head(['Host', 'h', 'X-A', '1']).strings, [
      ...['0', 'REQUEST_METHOD', 'GET', 'PATH_INFO', '/a', 'REQUEST_URI', '/a?b'],
      ...['QUERY_STRING', 'b', 'SERVER_PROTOCOL', 'HTTP/1.1', 'SCRIPT_NAME', ''],
      ...['SERVER_NAME', 'machine', 'SERVER_PORT', '8000'],
      ...['REMOTE_ADDR', '10.0.0.1', 'REMOTE_PORT', '5000', 'HTTP_HOST', 'h', 'HTTP_X_A', '1'],
    ]);
  });
  test('leave out the port of a client on a unix socket', () => {
    assert.equal(valueOf('REMOTE_PORT', [], { remoteAddress: '', remotePort: 0 }), undefined);
  });
  test('name type and length without HTTP_', () => {
    const strings = head(['content-type', 'text/x', 'Content-Length', '3']).strings;
    assert.equal(variableOf(strings, 'CONTENT_TYPE'), 'text/x');
    assert.equal(variableOf(strings, 'CONTENT_LENGTH'), '3');
    assert.equal(variableOf(strings, 'HTTP_CONTENT_TYPE'), undefined);
  });
  test('join a header that is repeated, cookies as cookies are joined', () => {
    assert.equal(valueOf('HTTP_X_A', ['X-A', '1', 'x-a', '2']), '1, 2');
    assert.equal(valueOf('HTTP_COOKIE', ['Cookie', 'a=1', 'Cookie', 'b=2']), 'a=1; b=2');
  });
  test('take the host of an absolute target over the header', () => {
    assert.equal(valueOf('HTTP_HOST', ['Host', 'a'], { target: 'http://b/x' }), 'b');
  });
});

describe('a header that could deceive the application', () => {
  test('is dropped and named when its name has an underscore', () => {
    const { strings, droppedNames } = head(['X-User', 'me', 'X_User', 'root']);
    assert.equal(variableOf(strings, 'HTTP_X_USER'), 'me');
    assert.deepEqual(droppedNames, ['X_User']);
  });
  test('is dropped when it is Proxy', () => {
    assert.equal(valueOf('HTTP_PROXY', ['Proxy', 'evil']), undefined);
  });
  test('X-Forwarded-Proto makes the request https only from this machine', () => {
    const header = ['X-Forwarded-Proto', 'https'];
    assert.equal(valueOf('HTTPS', header), undefined);
    assert.equal(valueOf('HTTPS', header, { remoteAddress: '127.0.0.1' }), 'on');
    assert.equal(valueOf('HTTPS', header, { remoteAddress: '' }), 'on');
    assert.equal(valueOf('HTTP_X_FORWARDED_PROTO', header), 'https');
  });
  test('or from a proxy that is named', () => {
    const header = ['X-Forwarded-Proto', 'https'];
    assert.equal(valueOf('HTTPS', header, { remoteAddress: '203.0.113.5' }), 'on');
  });
});

describe('the client that X-Forwarded-For names', () => {
  const header = ['X-Forwarded-For', '198.51.100.7'];

  test('takes the place of a named proxy, and its port is not known', () => {
    const { strings } = head([...header, 'Host', 'h'], { remoteAddress: '203.0.113.5' });
    assert.equal(variableOf(strings, 'REMOTE_ADDR'), '198.51.100.7');
    assert.equal(variableOf(strings, 'REMOTE_PORT'), undefined);
    assert.equal(variableOf(strings, 'HTTP_HOST'), 'h');
    assert.equal(strings.length % 2, 1);
  });
  test("takes nobody else's", () => {
    assert.equal(valueOf('REMOTE_ADDR', header), '10.0.0.1');
    assert.equal(valueOf('REMOTE_ADDR', header, { remoteAddress: '127.0.0.1' }), '127.0.0.1');
  });
});

describe('a request that means two things is refused', () => {
  const refused: readonly (readonly [string, string[], number])[] = [
    ['two hosts', ['Host', 'a', 'Host', 'b'], 400],
    ['a host with a path', ['Host', 'a/b'], 400],
    ['two content types', ['Content-Type', 'a', 'Content-Type', 'b'], 400],
    ['two lengths', ['Content-Length', '1', 'Content-Length', '1'], 400],
    ['a length that is none', ['Content-Length', '+1'], 400],
    ['a coding that we do not decode', ['Transfer-Encoding', 'gzip, chunked'], 501],
    ['more fields than anybody needs', Array<string>(1002).fill('a'), 431],
  ];
  for (const [what, rawHeaders, status] of refused) {
    test(what, () => assert.equal(head(rawHeaders).refusal, status));
  }
});

test('a chunked body has no length yet, and its coding is not passed on', () => {
  const { contentLength, strings } = head(['Transfer-Encoding', 'chunked']);
  assert.equal(contentLength, -1);
  assert.equal(variableOf(strings, 'HTTP_TRANSFER_ENCODING'), undefined);
});

describe('with vhost', () => {
  const mounts = mountTable(['', 'shop.example|'], { by: 'default-only', vhost: 'by-host' });
  const chosen = (rawHeaders: string[], target = '/a'): readonly unknown[] => {
    const read = head(rawHeaders, { mounts, target });
    return 'application' in read ? [read.application, variableOf(read.strings, 'UWSGI_APPID')] : [];
  };

  test('the host chooses the application, and UWSGI_APPID says what was looked for', () => {
    assert.deepEqual(chosen(['Host', 'shop.example:81']), [1, 'shop.example:81|']);
    assert.deepEqual(chosen(['Host', 'other.example']), [0, 'other.example|']);
    assert.deepEqual(chosen(['Host', 'h'], 'http://shop.example/a'), [1, 'shop.example|']);
  });
  test('without it no request is given UWSGI_APPID', () => {
    assert.equal(variableOf(head([]).strings, 'UWSGI_APPID'), undefined);
  });
});

test('variables of the listener come last, and take the place of others', () => {
  const added = [
    { name: 'A', value: '1' },
    { name: 'HTTP_X', value: 'ours' },
  ];
  const ofListener = { isServerNamedByHost: true, added };
  const { strings } = head(['Host', 'h.example:81', 'X', 'theirs'], { ofListener });
  assert.equal(variableOf(strings, 'SERVER_NAME'), 'h.example:81');
  assert.equal(variableOf(strings, 'HTTP_X'), 'ours');
  assert.deepEqual(strings.slice(-2), ['A', '1']);
});
