/** How the unit of an ini is called. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { unitNameFor } from '../../../../src/cli/units/unit-files.ts';

test('a unit is called after its file, or as it is asked, with its suffix or without', () => {
  assert.equal(unitNameFor('/srv/shop.ini', undefined), 'shop');
  assert.equal(unitNameFor('/srv/uwsgi.ini', 'shop'), 'shop');
  assert.equal(unitNameFor('/srv/uwsgi.ini', 'shop.service'), 'shop');
  for (const name of ['reeve.service', '.service', 'a/b', 'reeve@shop.service']) {
    assert.throws(() => unitNameFor('/srv/uwsgi.ini', name), /cannot be the name of a unit/);
  }
});
