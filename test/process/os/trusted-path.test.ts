/** Root and the paths of others: which links it follows, and which files it makes and changes. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';

import { openLogFile } from '../../../src/base/files/log-file.ts';
import { acquirePidfile } from '../../../src/base/files/pidfile.ts';
import { bindSocketFile, changeSocketFile } from '../../../src/base/sockets/socket-file.ts';
import { UntrustedPathError } from '../../../src/base/system-error.ts';
import { directory, needsRoot, source } from './harness.ts';

const user = { uid: 33, gid: 33 };
const skip = needsRoot;

/** root's own directory with a secret, and beside it a directory of the user's. */
function places(t: TestContext) {
  const place = directory(t);
  fs.chmodSync(place, 0o755);
  const [roots, users] = [join(place, 'roots'), join(place, 'users')];
  fs.mkdirSync(roots, { mode: 0o755 });
  fs.mkdirSync(users);
  fs.chownSync(users, user.uid, user.gid);
  const secret = join(roots, 'secret');
  fs.writeFileSync(secret, 'secret\n', { mode: 0o600 });
  return { roots, users, secret };
}

function linkOf(target: string, path: string, uid: number): string {
  fs.symlinkSync(target, path);
  fs.lchownSync(path, uid, uid);
  return path;
}

/** `fd` is open in the process that appends. */
type Append = (path: string, owner?: typeof user, fd?: number) => void;

/** Appends a line to the log as the daemon and as a worker. */
const openers: readonly (readonly [string, Append])[] = [
  ['the master', appendAsMaster],
  ['a worker', appendAsWorker],
];

function appendAsMaster(path: string, owner?: typeof user): void {
  const fd = openLogFile(path, owner);
  fs.writeSync(fd, 'line\n');
  fs.closeSync(fd);
}

function appendAsWorker(path: string, _owner?: typeof user, fd = 0): void {
  const program =
    'import os, sys; from reeve_worker.output.log_file import open_log_file; ' +
    "os.write(open_log_file(sys.argv[1]), b'line\\n')";
  const cwd = new URL('workers/python/', source);
  const stdio = Array.from({ length: fd + 1 }, (_, each) => (each === fd ? fd : 'pipe'));
  const run = spawnSync('/usr/bin/python3', ['-c', program, path], {
    cwd,
    encoding: 'utf8',
    stdio: fd === 0 ? 'pipe' : stdio,
  });
  if (run.status !== 0) throw new Error(run.stderr);
}

for (const [who, append] of openers) {
  describe(`root that opens a log as ${who}`, { skip }, () => {
    test("does not follow a link of the application's user", (t) => {
      const { roots, users, secret } = places(t);
      const existing = linkOf(secret, join(users, 'existing.log'), user.uid);
      const missing = linkOf(join(roots, 'made'), join(users, 'missing.log'), user.uid);
      assert.throws(() => append(existing), /is a symbolic link that/);
      assert.throws(() => append(missing), /is a symbolic link that/);
      assert.equal(fs.readFileSync(secret, 'utf8'), 'secret\n');
      assert.equal(fs.existsSync(join(roots, 'made')), false);
    });

    test('does not follow such a link in place of a directory', (t) => {
      const { roots, users } = places(t);
      linkOf(roots, join(users, 'log'), user.uid);
      assert.throws(() => append(join(users, 'log', 'made')), /is a symbolic link that/);
      assert.equal(fs.existsSync(join(roots, 'made')), false);
    });

    test("does not write to a second name of root's file in the user's directory", (t) => {
      const { users, secret } = places(t);
      fs.linkSync(secret, join(users, 'x.log'));
      assert.throws(() => append(join(users, 'x.log')), /hard link/);
      assert.equal(fs.readFileSync(secret, 'utf8'), 'secret\n');
    });

    test("does not follow root's own link where it lies in the user's directory", (t) => {
      const { users, secret } = places(t);
      const path = linkOf(secret, join(users, 'x.log'), 0);
      assert.throws(() => append(path), /is a symbolic link that/);
    });

    test("follows root's links in root's directories, over a link to a directory too", (t) => {
      const { roots, users } = places(t);
      linkOf(users, join(roots, 'log'), 0);
      linkOf(join('log', 'x.log'), join(roots, 'app.log'), 0);
      append(join(roots, 'app.log'));
      assert.equal(fs.readFileSync(join(users, 'x.log'), 'utf8'), 'line\n');
      append(linkOf('log/../roots/secret', join(roots, 'long'), 0));
    });

    test('appends to a file of its own, of the user, and to one of root in such a directory', (t) => {
      const { roots, users, secret } = places(t);
      append(secret);
      assert.equal(fs.readFileSync(secret, 'utf8'), 'secret\nline\n');
      append(join(roots, 'new.log'));
      assert.equal(fs.statSync(join(roots, 'new.log')).mode & 0o777, 0o640);
      append(join(users, 'x.log'));
      append(join(users, 'x.log'));
      fs.chownSync(join(users, 'x.log'), user.uid, user.gid);
      append(join(users, 'x.log'));
      assert.equal(fs.readFileSync(join(users, 'x.log'), 'utf8'), 'line\nline\nline\n');
    });

    test('writes to a device, and to what is open as a descriptor (/dev/stdout)', (t) => {
      const { secret } = places(t);
      append('/dev/null');
      const fd = fs.openSync(secret, 'a');
      t.after(() => fs.closeSync(fd));
      append(`/dev/fd/${fd}`, undefined, fd);
      assert.equal(fs.readFileSync(secret, 'utf8'), 'secret\nline\n');
    });
  });
}

describe('root with a user that it becomes', { skip }, () => {
  test("uses a path over this user's link with the rights of that user", (t) => {
    const { roots, users, secret } = places(t);
    fs.mkdirSync(join(users, 'shared'));
    fs.chownSync(join(users, 'shared'), user.uid, user.gid);
    const current = linkOf('shared', join(users, 'current'), user.uid);
    appendAsMaster(join(current, 'x.log'), user);
    assert.equal(fs.statSync(join(users, 'shared', 'x.log')).uid, user.uid);
    assert.deepEqual([process.geteuid?.(), process.getegid?.()], [0, 0]);
    const pidfile = acquirePidfile(join(current, 'x.pid'), process.pid, user);
    pidfile.release('remove');
    assert.equal(fs.existsSync(join(users, 'shared', 'x.pid')), false);

    const bad = linkOf(secret, join(users, 'bad.log'), user.uid);
    assert.throws(() => appendAsMaster(bad, user), /www-data may not write where it leads/);
    linkOf(roots, join(users, 'run'), user.uid);
    assert.throws(() => acquirePidfile(join(users, 'run', 'x.pid'), 1, user), /may not write/);
    assert.deepEqual(fs.readdirSync(roots), ['secret']);
  });

  test('gives a log that it makes to that user', (t) => {
    const { roots } = places(t);
    appendAsMaster(join(roots, 'x.log'), user);
    assert.equal(fs.statSync(join(roots, 'x.log')).uid, user.uid);
  });
});

describe('root that makes a socket', { skip }, () => {
  test("neither follows the user's links nor gives away what has taken the socket's place", (t) => {
    const { roots, users, secret } = places(t);
    linkOf(roots, join(users, 'run'), user.uid);
    const over = { path: join(users, 'run', 'app.sock'), user: undefined };
    assert.throws(() => bindSocketFile(over, 8, () => undefined), UntrustedPathError);

    const socket = { path: join(users, 'app.sock'), user: undefined };
    const { fd, file } = bindSocketFile(socket, 8, () => undefined);
    t.after(() => fs.closeSync(fd));
    changeSocketFile(socket, file, { mode: 0o660, owner: user });
    assert.equal(fs.statSync(socket.path).uid, user.uid);
    fs.unlinkSync(socket.path);
    fs.linkSync(secret, socket.path);
    const terms = { mode: 0o666, owner: user };
    assert.throws(() => changeSocketFile(socket, file, terms), /replaced/);
    assert.deepEqual([fs.statSync(secret).uid, fs.statSync(secret).mode & 0o777], [0, 0o600]);
  });
});
