/** The module `uwsgi` of the real uwsgi and ours: the same expressions have the same values. */

import assert from 'node:assert/strict';

import { story } from '../support/place.ts';
import { moduleCases } from './module-observations.ts';
import type { ModuleCase } from './module-observations.ts';
import { cannotCompare, whileServing } from './servers.ts';
import type { ServerName } from './servers.ts';
import type { Place } from '../support/place.ts';

async function valuesIn(name: ServerName, place: Place, one: ModuleCase): Promise<string[]> {
  const ini = `master = true\nprocesses = 2\n${one.ini}`;
  place.write('expressions.txt', `${one.expressions.join('\n')}\n`);
  return whileServing(name, place, { app: 'asks_the_module', ini }, async (daemon) => {
    const answer = await daemon.get('/ask', { timeoutMs: 30_000 });
    return answer.text.split('\n');
  });
}

for (const one of moduleCases) {
  story(
    `the module uwsgi is as in uwsgi: ${one.title}`,
    async (place) => {
      const theirs = await valuesIn('uwsgi', place, one);
      const ours = await valuesIn('reeve', place, one);
      const differing = one.expressions.filter((_, at) => theirs[at] !== ours[at]);
      const known = Object.keys(one.differences ?? {});
      const told = (expression: string): string => {
        const at = one.expressions.indexOf(expression);
        return `${expression}\n  uwsgi: ${theirs[at]}\n  reeve: ${ours[at]}`;
      };
      const news = differing.filter((expression) => !known.includes(expression));
      assert.deepEqual(news.map(told), []);
      assert.deepEqual(
        known.filter((expression) => !differing.includes(expression)).map(told),
        [],
        'a difference that is no longer seen leaves the list',
      );
    },
    { skip: cannotCompare, timeoutMs: 120_000 },
  );
}
