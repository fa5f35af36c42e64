/** The supervision core in thousands of random orders of events; `make check` has hundreds. */

import { test } from 'node:test';

import { keepsTheRules } from '../unit/supervision/any-order.ts';

test('any order of events keeps the rules, and comes to rest whole (3000 worlds)', () => {
  keepsTheRules(1, 3000);
});
