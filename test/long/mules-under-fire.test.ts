/** Mules that are killed 200 times while messages come: none is handled twice, few are lost. */

import assert from 'node:assert/strict';

import { story } from '../support/place.ts';
import { until } from '../support/until.ts';

const KILLS = 200;
/** So many that each is killed five times only: the pauses before it is started again grow. */
const MULES = 40;

story(
  'a message is handled once, and a killed mule loses one at most',
  async (place) => {
    place.write(
      'app.py',
      `import os, uwsgi
notes = os.open('notes', os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
uwsgi.mule_msg_hook = lambda message: os.write(notes, message + b'\\n')
def application(environ, start_response):
    first, count = map(int, environ['QUERY_STRING'].split('-'))
    for number in range(first, first + count):
        while not uwsgi.mule_msg(str(number).encode()):
            pass
    start_response('200 OK', [])
    return [b'ok']
`,
    );
    place.write('notes', '');
    const daemon = await place.start({ ini: `wsgi-file = app.py\nmules = ${MULES}` });
    const numbers = (): number[] => place.read('notes').split('\n').slice(0, -1).map(Number);
    let sent = 0;
    for (let kill = 0; kill < KILLS; kill += 1) {
      const batch = daemon.get(`/?${sent}-100`);
      await daemon.signal(`mule ${1 + (kill % MULES)}`, 'SIGKILL');
      await batch;
      sent += 100;
    }
    await daemon.get(`/?${sent}-1`);
    const last = sent;
    await until('the last is handled', () => numbers().includes(last), { timeoutMs: 60_000 });
    const handled = numbers();
    assert.equal(new Set(handled).size, handled.length, 'none is handled twice');
    const lost = last + 1 - handled.length;
    assert.ok(lost <= KILLS, `${lost} were lost by ${KILLS} kills`);
    await daemon.stop();
  },
  { timeoutMs: 600_000 },
);
