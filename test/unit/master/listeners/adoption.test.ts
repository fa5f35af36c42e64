/** Which passed socket serves which listener: by name, by address, never by order. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import type { BoundAddress, SocketFacts } from '../../../../src/base/sockets/socket-facts.ts';
import { readAddress } from '../../../../src/config/values/addresses.ts';
import { adopt, type Adoption } from '../../../../src/master/listeners/adoption.ts';
import type { PassedSocket } from '../../../../src/master/listeners/passed-socket.ts';

const options = new Set(['http', 'http-socket', 'socket']);

/** "http = :8000" as the ini has it. */
function wanted(...lines: string[]) {
  return lines.map((line) => {
    const [option = '', text = ''] = line.split(' = ');
    const read = readAddress(text);
    assert.ok(read.kind !== 'problem');
    const target = read.kind === 'passed' ? read.socket : read.address;
    return { option, text, where: `app.ini:1`, target };
  });
}

/** Sockets from fd 3 on: "http [::]:8000", "x v6only [::]:8000", "x datagram /run/a". */
function passed(...lines: string[]): PassedSocket[] {
  return lines.map((line, index) => {
    const [name = '', ...rest] = line.split(' ');
    const text = rest.at(-1) ?? '';
    const read = readAddress(text);
    assert.ok(read.kind === 'address');
    const { address } = read;
    const isDualStack = text.startsWith('[::]') && !rest.includes('v6only');
    const bound: BoundAddress = address.kind === 'tcp' ? { ...address, isDualStack } : address;
    const facts: SocketFacts = {
      type: rest.includes('datagram') ? 'datagram' : 'stream',
      isListening: !rest.includes('datagram') && !rest.includes('connection'),
      address: bound,
      backlog: 128,
    };
    return { fd: 3 + index, name, facts };
  });
}

function numbers({ sockets }: Adoption): number[][] {
  return sockets.map((each) => each.map(({ fd }) => fd));
}

function extra(adoption: Adoption): string[] {
  return adoption.extra.map(({ option, socket }) => `${option} ${socket.fd}`);
}

function problems(adoption: Adoption): string {
  return adoption.problems.map(({ what }) => what).join('\n');
}

describe('a socket of an option’s name', () => {
  test('is that option’s, also where another one was passed first', () => {
    const adoption = adopt(
      wanted('http = :8000', 'socket = /run/a.sock'),
      passed('socket /run/a.sock', 'http [::]:8000'),
      options,
    );
    assert.deepEqual(numbers(adoption), [[4], [3]]);
    assert.equal(problems(adoption), '');
  });

  test('takes the place of the option’s only address, and that is said', () => {
    const adoption = adopt(wanted('http = :8000'), passed('http 127.0.0.1:9000'), options);
    assert.deepEqual(numbers(adoption), [[3]]);
    assert.match(adoption.notes.join(), /http = :8000 is served on 127\.0\.0\.1:9000: systemd/);
  });

  test('is served beside the option’s only address where another socket is bound there', () => {
    const adoption = adopt(wanted('http = :8000'), passed('http :9000', 'x [::]:8000'), options);
    assert.deepEqual([numbers(adoption), extra(adoption)], [[[4]], ['http 3']]);
  });

  test('is served beside an option’s several addresses: nobody could say whose it is', () => {
    const adoption = adopt(
      wanted('http = :8000', 'http = :8001'),
      passed('http :9000', 'http :8001'),
      options,
    );
    assert.deepEqual(numbers(adoption), [[], [4]]);
    assert.deepEqual(extra(adoption), ['http 3']);
  });

  test('is served as the option says though the ini has none of it', () => {
    const adoption = adopt(wanted('socket = /run/a.sock'), passed('http :8000'), options);
    assert.deepEqual(numbers(adoption), [[]]);
    assert.deepEqual(extra(adoption), ['http 3']);
    assert.equal(problems(adoption), '');
  });

  test('is not given to another option that has its address', () => {
    const adoption = adopt(wanted('socket = :8000'), passed('http :8000'), options);
    assert.deepEqual([numbers(adoption), extra(adoption)], [[[]], ['http 3']]);
  });
});

describe('a socket of another name', () => {
  test('is adopted by its address: TCP, path, abstract', () => {
    const adoption = adopt(
      wanted('http = 127.0.0.1:8000', 'socket = /run/a.sock', 'http-socket = @a'),
      passed('app.socket @a', 'app.socket /run/a.sock', 'other 127.0.0.1:8000'),
      options,
    );
    assert.deepEqual(numbers(adoption), [[5], [4], [3]]);
  });

  test('on all addresses of both families serves :8000', () => {
    assert.deepEqual(numbers(adopt(wanted('http = :8000'), passed('x [::]:8000'), options)), [[3]]);
  });

  test('on IPv6 alone serves :8000 only beside one on IPv4', () => {
    const both = adopt(
      wanted('http = :8000'),
      passed('x v6only [::]:8000', 'x 0.0.0.0:8000'),
      options,
    );
    assert.deepEqual(numbers(both), [[4, 3]]);
    const alone = adopt(wanted('http = :8000'), passed('x v6only [::]:8000'), options);
    assert.match(problems(alone), /no listener of the ini names .*\[::\]:8000/);
  });

  test('on one address does not serve all, nor the other way round', () => {
    const one = adopt(wanted('http = :8000'), passed('x 127.0.0.1:8000'), options);
    assert.match(problems(one), /127\.0\.0\.1:8000/);
    const all = adopt(wanted('http = 127.0.0.1:8000'), passed('x :8000'), options);
    assert.match(problems(all), /0\.0\.0\.0:8000/);
  });

  test('that no listener names is a problem that names it', () => {
    const adoption = adopt(wanted('http = :8000'), passed('app.socket /run/app.sock'), options);
    assert.match(
      problems(adoption),
      /^no listener of the ini names the socket on \/run\/app\.sock that systemd passed \(fd 3, named "app\.socket"\)/,
    );
    assert.deepEqual(numbers(adoption), [[]]);
  });

  test('is served with the default protocol where the ini names no listener, and that is said', () => {
    const adoption = adopt([], passed('app.socket /run/app.sock', 'app.socket :8000'), options);
    assert.deepEqual(extra(adoption), ['socket 3', 'socket 4']);
    assert.match(adoption.notes.join(), /\/run\/app\.sock is served as socket: .* no listener/);
  });

  test('of our own unit is served beside what the ini names', () => {
    for (const name of ['reeve', 'reeve@blog.socket']) {
      const adoption = adopt(
        wanted('http = :8000'),
        passed(`${name} /run/reeve/blog.sock`),
        options,
      );
      assert.deepEqual(
        [numbers(adoption), extra(adoption), problems(adoption)],
        [[[]], ['socket 3'], ''],
      );
    }
  });
});

describe('an explicit socket', () => {
  test('is taken by its number or its name; several of one name are one listener', () => {
    const adoption = adopt(
      wanted('http = fd://4', 'socket = fd://peer'),
      passed('peer /run/a', 'web :8000', 'peer /run/b'),
      options,
    );
    assert.deepEqual(numbers(adoption), [[4], [3, 5]]);
  });

  test('of an option’s name is taken by the one that asks, not by that option', () => {
    const adoption = adopt(wanted('socket = fd://http'), passed('http /run/a'), options);
    assert.deepEqual([numbers(adoption), extra(adoption)], [[[3]], []]);
  });

  test('that was not passed, or is asked for twice, is a problem that says what there is', () => {
    const missing = adopt(wanted('http = fd://web'), passed('peer /run/a'), options);
    assert.match(problems(missing), /no such socket was passed; there are fd:\/\/3 \(peer\)/);
    const none = adopt(wanted('http = fd://3'), [], options);
    assert.match(problems(none), /http = fd:\/\/3: no such socket was passed; there is none/);
    const twice = adopt(wanted('http = fd://3', 'socket = fd://a'), passed('a /run/a'), options);
    assert.match(problems(twice), /socket = fd:\/\/a is asked for twice/);
  });
});

test('a datagram socket and a connection are refused, whatever their names', () => {
  const adoption = adopt(
    wanted('http = fd://3'),
    passed('http datagram /run/a', 'connection connection 127.0.0.1:8000'),
    options,
  );
  assert.match(
    problems(adoption),
    /fd 3, named "http"\) cannot be served: it is a datagram socket/,
  );
  assert.match(problems(adoption), /fd 4, named "connection"\) cannot be served: it is a connec/);
  assert.deepEqual([numbers(adoption), extra(adoption)], [[[]], []]);
});
