/** Listeners: what is opened, refused, kept over a reload, and taken away. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, closeSync, existsSync, lstatSync, readFileSync } from 'node:fs';
import { statSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { createServer, connect } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';

import { openUnixListener } from '../../../src/base/sockets/listening-sockets.ts';
import { OperatorError } from '../../../src/base/operator-error.ts';
import {
  bringIntoForce,
  closeListeners,
  openListeners,
  reconcileListeners,
} from '../../../src/master/listeners/listeners.ts';
import type { Listener } from '../../../src/master/listeners/open.ts';
import type { ListenerTerms } from '../../../src/master/listeners/wanted.ts';
import { freePort } from '../../support/sockets.ts';
import { directory, needsRoot, run } from './harness.ts';

const terms: ListenerTerms = { backlog: 100, mode: undefined, owner: undefined };

const asked = (...names: string[]) =>
  names.map((name) => ({ name, option: 'http', protocol: 'http' as const, origin: 'app.ini:2' }));

/** Opens listeners that are closed when the test ends. */
async function opened(t: TestContext, names: string[], more: Partial<ListenerTerms> = {}) {
  const { listeners } = await openListeners(asked(...names), { ...terms, ...more });
  t.after(() => closeListeners(listeners, 'vacuum'));
  return listeners;
}

/** The refusal's exit code and sentence. */
async function refusal(names: string[], old: readonly Listener[] = []) {
  const error: unknown = await reconcileListeners(old, asked(...names), terms).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof OperatorError, String(error));
  return { code: error.exitCode, sentence: error.message };
}

/** Whether a connection to it is taken by the kernel. */
async function answers(target: { port: number } | { path: string }): Promise<boolean> {
  const socket = 'port' in target ? connect({ ...target, host: '127.0.0.1' }) : connect(target);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

describe('a listener', () => {
  test('on port 0 gets one from the kernel, and says which', async (t) => {
    const [listener] = await opened(t, ['127.0.0.1:0']);
    const port = Number(listener?.serverPort);
    assert.equal(listener?.bound, `127.0.0.1:${port}`);
    assert.ok(await answers({ port }));
  });

  test('may be named by a host, an IPv6 address, a path or an abstract name', async (t) => {
    const path = join(directory(t), 'a.sock');
    const listeners = await opened(t, ['localhost:0', '[::1]:0', path, '@reeve-listeners-test']);
    assert.match(listeners[1]?.bound ?? '', /^\[::1\]:\d+$/);
    assert.deepEqual(
      listeners.slice(2).map(({ bound, serverPort }) => [bound, serverPort]),
      [
        [path, '80'],
        ['@reeve-listeners-test', '80'],
      ],
    );
    assert.ok(await answers({ path }));
  });

  test('on a path has the mode that was asked for, whatever the umask', async (t) => {
    const path = join(directory(t), 'a.sock');
    await opened(t, [path], { mode: 0o666 });
    assert.equal(lstatSync(path).mode & 0o777, 0o666);
  });

  test('on a path belongs to whom it was given', { skip: needsRoot }, async (t) => {
    const path = join(directory(t), 'a.sock');
    await opened(t, [path], { owner: { uid: 65534, gid: 65534 } });
    assert.deepEqual([statSync(path).uid, statSync(path).gid], [65534, 65534]);
  });

  test('takes the place of a socket that nobody answers at', async (t) => {
    const path = join(directory(t), 'a.sock');
    const [left] = (await openListeners(asked(path), terms)).listeners;
    assert.ok(left);
    closeListeners([left], 'keep');
    assert.ok(existsSync(path));
    await opened(t, [path]);
    assert.ok(await answers({ path }));
  });

  test('with a longer backlog than the kernel allows is a warning', async (t) => {
    const limit = Number(readFileSync('/proc/sys/net/core/somaxconn'));
    const { listeners, warnings } = await openListeners(asked('127.0.0.1:0'), {
      ...terms,
      backlog: limit + 1,
    });
    t.after(() => closeListeners(listeners, 'vacuum'));
    assert.match(warnings.join(), new RegExp(`listen = ${limit + 1} .* ${limit} are used`));
  });
});

describe('a listener is refused', () => {
  test('with 69 and the process that holds the port', async (t) => {
    const script =
      "const s = require('node:net').createServer().listen(0, '127.0.0.1', () => console.log(s.address().port))";
    const other = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    t.after(() => other.kill('SIGKILL'));
    const [text] = await once(other.stdout, 'data');
    const port = Number(text);
    const { code, sentence } = await refusal([`127.0.0.1:${port}`]);
    assert.equal(code, 69);
    const name = readFileSync(`/proc/${other.pid}/comm`, 'utf8').trim();
    const holder = `127.0.0.1:${port} is in use by ${name} (pid ${other.pid})`;
    assert.ok(sentence.startsWith(`app.ini:2: http: the address ${holder};`), sentence);
    assert.match(sentence, /stop that process/);
  });

  test('with 69 and no advice to stop itself where it holds the port', async (t) => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => server.close());
    const address = server.address();
    assert.ok(typeof address === 'object' && address !== null);
    const { code, sentence } = await refusal([`127.0.0.1:${address.port}`]);
    assert.equal(code, 69);
    assert.match(sentence, /is in use by this instance itself; another line has that port/);
    assert.doesNotMatch(sentence, /stop that process/);
  });

  test('with 69 where another server answers at the path', async (t) => {
    const path = join(directory(t), 'a.sock');
    await opened(t, [path]);
    const { code, sentence } = await refusal([path]);
    assert.equal(code, 69);
    assert.match(sentence, /another server answers there/);
  });

  test('with 73 where the path is not a socket, or leads nowhere', async (t) => {
    const path = join(directory(t), 'file');
    writeFileSync(path, 'precious');
    assert.equal((await refusal([path])).code, 73);
    assert.equal(readFileSync(path, 'utf8'), 'precious');
    symlinkSync(path, `${path}.link`);
    assert.equal((await refusal([`${path}.link`])).code, 73);
    assert.equal((await refusal(['/no/such/directory/a.sock'])).code, 73);
  });

  test('with 78 where the address makes no sense', async () => {
    assert.equal((await refusal([':80000'])).code, 78);
  });

  test('with 69 where the machine has no such address', async () => {
    assert.equal((await refusal(['192.0.2.1:8000'])).code, 69);
  });

  test('with 77 below port 1024 without privileges', { skip: needsRoot }, async (t) => {
    const port = readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8').trim();
    if (port === '0') return t.skip('this machine gives low ports to everybody');
    const program = run(
      t,
      `
      import { openListeners } from '$src/master/listeners/listeners.ts';
      const terms = { backlog: 1, mode: undefined, owner: undefined };
      await openListeners([{ name: '127.0.0.1:81', option: 'http', origin: 'a' }], terms).catch(
        (error) => console.log(error.exitCode, error.message),
      );`,
      { wrapper: ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] },
    );
    assert.equal(await program.ended, '0', program.output());
    assert.match(program.output(), /^77 a: http: not permitted to listen on 127.0.0.1:81/);
  });
});

describe('an address that is named twice is one listener', () => {
  test('in other words', async (t) => {
    const port = await freePort();
    const names = [`localhost:${port}`, `127.0.0.1:${port}`, `[127.0.0.1]:${port}`];
    const { listeners } = await openListeners(asked(...names), terms);
    t.after(() => closeListeners(listeners, 'vacuum'));
    assert.deepEqual(
      listeners.map(({ bound }) => bound),
      [`127.0.0.1:${port}`],
    );
  });

  test('over links, also at a reload', async (t) => {
    const folder = directory(t);
    symlinkSync(folder, `${folder}.link`);
    t.after(() => unlinkSync(`${folder}.link`));
    const [path, linked] = [join(folder, 'a.sock'), `${folder}.link/a.sock`];
    const old = await opened(t, [linked, path, join(folder, '.', 'a.sock')]);
    assert.equal(old.length, 1);
    const { listeners, obsolete } = await reconcileListeners(old, asked(path), terms);
    assert.deepEqual([listeners[0]?.fd, obsolete], [old[0]?.fd, []]);
    assert.ok(await answers({ path }));
  });
});

describe('a reload', () => {
  test('keeps what is still asked for, opens the rest and names the obsolete', async (t) => {
    const folder = directory(t);
    const [first, second, third] = ['1', '2', '3'].map((name) => join(folder, name));
    assert.ok(first !== undefined && second !== undefined && third !== undefined);
    const old = await opened(t, [first, second]);
    const { listeners, obsolete } = await reconcileListeners(old, asked(third, second), terms);
    t.after(() => closeListeners(listeners.slice(0, 1), 'vacuum'));
    assert.equal(listeners[1]?.fd, old[1]?.fd);
    assert.deepEqual(obsolete, [old[0]]);
    assert.ok(await answers({ path: first }));
    assert.ok(await answers({ path: third }));
  });

  test('that fails leaves all as it was', async (t) => {
    const folder = directory(t);
    const old = await opened(t, [join(folder, 'old')]);
    const { code } = await refusal([join(folder, 'new'), '/no/such/directory/a.sock'], old);
    assert.equal(code, 73);
    assert.ok(!existsSync(join(folder, 'new')));
    assert.ok(await answers({ path: join(folder, 'old') }));
  });

  test('gives a listener that is kept its new mode only when it is in force', async (t) => {
    const path = join(directory(t), 'a.sock');
    const old = await opened(t, [path], { mode: 0o600 });
    const { listeners } = await reconcileListeners(old, asked(path), { ...terms, mode: 0o660 });
    assert.equal(lstatSync(path).mode & 0o777, 0o600);
    assert.deepEqual(bringIntoForce(listeners), []);
    assert.equal(lstatSync(path).mode & 0o777, 0o660);
  });

  test('is refused for an owner that this process may not give', { skip: needsRoot }, async (t) => {
    const folder = directory(t);
    chmodSync(folder, 0o777);
    const program = run(
      t,
      `
      import { openListeners, reconcileListeners } from '$src/master/listeners/listeners.ts';
      const asked = [{ name: '${join(folder, 'a.sock')}', option: 'http', origin: 'a' }];
      const terms = (owner) => ({ backlog: 1, mode: undefined, owner });
      const { listeners } = await openListeners(asked, terms(undefined));
      const same = { uid: 65534, gid: 65534 };
      await reconcileListeners(listeners, asked, terms(same));
      await reconcileListeners(listeners, asked, terms({ uid: 0, gid: 0 })).catch((error) =>
        console.log(error.exitCode, error.message),
      );
      process.exit();`,
      { wrapper: ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] },
    );
    assert.equal(await program.ended, '0', program.output());
    assert.match(program.output(), /^77 .*cannot be given its owner or mode: .*not permitted/);
  });
});

describe('at the end', () => {
  test('vacuum removes the socket, but not one that another server has made since', async (t) => {
    const folder = directory(t);
    const [ours, theirs] = [join(folder, 'ours'), join(folder, 'theirs')];
    const { listeners } = await openListeners(asked(ours, theirs), terms);
    unlinkSync(theirs);
    const other = openUnixListener({ kind: 'path', name: theirs }, 1);
    assert.deepEqual(closeListeners(listeners, 'vacuum'), []);
    assert.deepEqual([existsSync(ours), existsSync(theirs)], [false, true]);
    closeSync(other);
  });
});
