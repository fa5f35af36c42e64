/** Talking to a manager that reads nothing: nobody waits for it, and nothing important is lost. */

import assert from 'node:assert/strict';

import { openFdStore } from '../../../src/systemd/fd-store.ts';
import { createNotifier } from '../../../src/systemd/notify.ts';
import { NotifySocket } from '../../support/notify-socket.ts';
import { story } from '../../support/place.ts';

story(
  'a queue that is full blocks nobody; what counts arrives when there is room',
  async (place) => {
    const socket = await NotifySocket.open(place);
    const problems: string[] = [];
    process.env['NOTIFY_SOCKET'] = socket.path;
    const notifier = createNotifier({
      socket: socket.path,
      onProblem: (sentence) => problems.push(sentence),
    });
    socket.sleep();
    // More than any kernel lets wait for one receiver (net.unix.max_dgram_qlen).
    for (let times = 1; times <= 2_000; times += 1) notifier.ready(`ready ${times}`);
    for (let times = 1; times <= 2_000; times += 1) notifier.status(`status ${times}`);
    socket.wake();
    await socket.hears((message) => message['STATUS'] === 'ready 2000');
    await socket.hears((message) => message['STATUS'] === 'status 2000');
    const statuses = socket.heard.filter((message) => message['STATUS']?.startsWith('status'));
    assert.ok(statuses.length < 100, 'old statuses are left out');
    assert.deepEqual(problems, []);
    delete process.env['NOTIFY_SOCKET'];
    await socket.close();
  },
);

story('sockets to keep are not given to a manager that reads nothing', async (place) => {
  const socket = await NotifySocket.open(place);
  const problems: string[] = [];
  const onProblem = (sentence: string) => problems.push(sentence);
  process.env['NOTIFY_SOCKET'] = socket.path;
  const notifier = createNotifier({ socket: socket.path, onProblem });
  const environment = { NOTIFY_SOCKET: socket.path, FDSTORE: '8' };
  const store = openFdStore({ environment, onProblem });
  socket.sleep();
  for (let times = 1; times <= 2_000; times += 1) notifier.ready(`ready ${times}`);
  for (const name of ['a', 'b', 'c']) store.keep(name, 0);
  assert.equal(problems.length, 1);
  assert.match(problems[0] ?? '', /what it is to keep over a restart: it has read nothing for 2 s/);
  socket.wake();
  delete process.env['NOTIFY_SOCKET'];
  await socket.close();
});

story('a manager that is not there is said once', async (place) => {
  const problems: string[] = [];
  const notifier = createNotifier({
    socket: place.path('nobody'),
    onProblem: (sentence) => problems.push(sentence),
  });
  notifier.ready('ready');
  notifier.alive();
  assert.equal(problems.length, 1);
  assert.match(problems[0] ?? '', /systemd cannot be told/);
});
