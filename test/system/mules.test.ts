/** Mules: programs beside the workers, with the application. */

import assert from 'node:assert/strict';

import { Daemon } from '../support/daemon.ts';
import { story } from '../support/place.ts';
import { until } from '../support/until.ts';

story(
  'a mule runs its program, is started again, rolled by a reload, and ends with Reeve',
  async (place) => {
    place.write(
      'work.py',
      'import os, time, uwsgi\n' +
        'print("mule", uwsgi.mule_id(), uwsgi.worker_id(), os.getpid(), flush=True)\n' +
        'while True:\n    time.sleep(0.1)\n',
    );
    place.write('fails.py', 'def run():\n    raise RuntimeError("on purpose")\n');
    const hook = 'hook-as-mule = exec:echo $PWD >> hooked';
    const ini = `mule = ${place.path('work.py')}\nmule = fails:run\nmule =\n${hook}`;
    const daemon = await place.start({ app: 'hello', ini });
    await daemon.says(/^mule 1 0 \d+$/m);
    await daemon.says(/mule 2: fails:run has ended by an exception\nTraceback[^]*on purpose/);
    await daemon.says(/mule 2 \(pid \d+\) exited with code 1; starting another in/);
    await daemon.pid('mule 3');
    assert.ok(place.read('hooked').split('\n').length > 3, 'each mule has run its hook');
    const killed = await daemon.signal('mule 1', 'SIGKILL');
    await until('another runs', () => daemon.timesSaid(/^mule 1 0 \d+$/) === 2);
    assert.equal(await daemon.reload(), 'reloaded');
    await until('the next generation has its own', () => daemon.timesSaid(/^mule 1 0 \d+$/) === 3);
    await until('there is one of each', () => daemon.withRole('mule').length >= 2);
    assert.notEqual(await daemon.pid('mule 1'), killed);
    await daemon.stop();
  },
);

const takesMessages = `
import os, time, uwsgi

def note(*words):
    with open('notes', 'a') as file:
        print(*words, file=file)

def hook(message):
    note('begins', uwsgi.mule_id(), len(message), message[:20].decode())
    if message.startswith(b'wait'):
        while not os.path.exists(message[5:]):
            time.sleep(0.02)
    if message == b'fails':
        raise LookupError('on purpose')
    note('ends', uwsgi.mule_id(), message[:20].decode())

uwsgi.mule_msg_hook = hook

def application(environ, start_response):
    start_response('200 OK', [])
    return [repr(eval(environ['wsgi.input'].read())).encode()]
`;

story(
  'a message is whole, done once, and waits over the death of its mule and a reload',
  async (place) => {
    place.write('app.py', takesMessages);
    place.write('notes', '');
    const notes = (): string[] => place.read('notes').split('\n').slice(0, -1);
    const has = (note: string): boolean => notes().includes(note);
    const more = `control-socket = ${place.path('c')}\nfarm = mail:1`;
    const ini = `wsgi-file = app.py\nmules = 1\nmule-msg-size = 1000000\n${more}`;
    const daemon = await place.start({ ini });
    const ask = async (expression: string): Promise<string> => {
      return (await daemon.get('/', { method: 'POST', body: expression })).text;
    };
    const send = async (...texts: string[]): Promise<void> => {
      for (const text of texts) assert.equal(await ask(`uwsgi.mule_msg(b'${text}', 1)`), 'True');
    };
    await send('wait never', 'fails', 'second');
    await until('it runs', () => has('begins 1 10 wait never'));
    await daemon.signal('mule 1', 'SIGKILL');
    await until('the others are done', () => has('ends 1 second'));
    await daemon.says(/mule 1: exception in uwsgi\.mule_msg_hook\nTraceback[^]*on purpose/);

    await send('wait go', 'third');
    await until('it runs', () => has('begins 1 7 wait go'));
    assert.equal(await daemon.reload(), 'reloaded');
    await ask("uwsgi.mule_msg(b'x' * 900000)");
    place.write('go', '');
    await until('the large one is done', () => has('ends 1 xxxxxxxxxxxxxxxxxxxx'));
    assert.ok(has('begins 1 900000 xxxxxxxxxxxxxxxxxxxx'));
    const expected = [
      'begins 1 10 wait never',
      'begins 1 5 fails',
      'ends 1 second',
      'ends 1 wait go',
      'ends 1 third',
      'ends 1 xxxxxxxxxxxxxxxxxxxx',
    ];
    assert.deepEqual(
      notes().filter((note) => /^ends|never|fails/.test(note)),
      expected,
    );

    await send('wait full');
    await until('it runs', () => has('begins 1 9 wait full'));
    assert.equal(await ask("uwsgi.mule_msg(b'x' * 600000, 1)"), 'True');
    assert.equal(await ask("uwsgi.mule_msg(b'x' * 600000, 1)"), 'False');
    await daemon.says(/the mailbox of mule 1 is full: 1 messages wait, and 1 were refused/);
    assert.equal(await ask("uwsgi.farm_msg('mail', b'x')"), 'None');
    const shown = async (...words: string[]): Promise<string> =>
      (await place.run([Daemon.binary, ...words, place.path('c')])).output;
    const lines = (await shown('status')).split('\n').filter((line) => line.startsWith('messages'));
    assert.deepEqual(lines, [
      'messages for mule 1: 1 waiting, 0.6 MiB of 1.0 MiB',
      'messages for farm mail: 1 waiting, 0.0 MiB of 1.0 MiB',
    ]);
    const series = await shown('metrics');
    assert.match(series, /^reeve_messages_waiting\{mailbox="mules"\} 0$/m);
    assert.match(series, /^reeve_messages_waiting_bytes\{mailbox="mule 1"\} 600008$/m);
    assert.match(series, /^reeve_messages_limit_bytes\{mailbox="farm mail"\} 1000000$/m);
    await ask("uwsgi.mule_msg(b'x' * 1000000, 1)");
    await daemon.says(/ValueError: a message to mule 1 has at most 999992 bytes, and this one has/);
    await send('wait stop', 'last');
    const stopped = daemon.stop();
    await daemon.says(/stop\.asked/);
    place.write('full', '');
    await until('it goes on with what waits', () => has('begins 1 9 wait stop'));
    place.write('stop', '');
    await stopped;
    assert.deepEqual(
      notes()
        .filter((note) => note.startsWith('ends'))
        .slice(-5),
      ['wait full', 'xxxxxxxxxxxxxxxxxxxx', 'wait stop', 'last', 'x'].map(
        (each) => `ends 1 ${each}`,
      ),
    );
  },
);

story('harakiri ends a mule whose message hangs, and the next one is handled', async (place) => {
  place.write('app.py', takesMessages);
  place.write('notes', '');
  const ini = 'wsgi-file = app.py\nmules = 1\nmule-harakiri = 1';
  const daemon = await place.start({ ini });
  const body = "[uwsgi.mule_msg(text) for text in (b'wait never', b'next')]";
  await daemon.get('/', { method: 'POST', body });
  await daemon.says(/Timeout \(0:00:01\)[^]*in hook/);
  await until('the next is done', () => place.read('notes').includes('ends 1 next'));
  await daemon.stop();
});

story('what is left when the mercy of a stop ends is counted in the log', async (place) => {
  place.write('app.py', takesMessages);
  place.write('notes', '');
  const ini = 'wsgi-file = app.py\nmules = 1\nmule-reload-mercy = 1';
  const daemon = await place.start({ ini });
  const body = "[uwsgi.mule_msg(text, 1) for text in (b'wait never', b'one', b'two')]";
  await daemon.get('/', { method: 'POST', body });
  await until('it runs', () => place.read('notes').includes('begins 1 10 wait never'));
  await daemon.stop();
  await daemon.says(
    /mule 1 is still busy after \d+ s \(mule-reload-mercy[^]*what it handled is lost/,
  );
  await daemon.says(/Reeve stops while 2 messages wait for mule 1: lost/);
});
