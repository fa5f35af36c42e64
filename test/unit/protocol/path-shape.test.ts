/** Which paths are of one kind. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { shapeOf } from '../../../src/protocol/gateway-views.ts';

for (const [path, shape] of [
  ['/', '/'],
  ['/orders/7', '/orders/*'],
  ['GET /orders/7/items/12', 'GET /orders/*/items/*'],
  ['/u/2f1d3c0e-7f7b-4f55-9c39-0d1f6a3c6e11/edit', '/u/*/edit'],
  ['/blob/9a0b364b99bb480dd25e1f0284c8555', '/blob/*'],
  ['/token/eyJhbGciOi9.J01x2NiJ9_8', '/token/*'],
  ['/tiles/48.85/2.35', '/tiles/*/*'],
  ['/export/2024.csv', '/export/*.csv'],
  // Names that somebody has chosen stay.
  ['/v2/report', '/v2/report'],
  ['/facade/deadbeef', '/facade/deadbeef'],
  ['/articles/how-to-bake-a-cake-in-3-steps', '/articles/how-to-bake-a-cake-in-3-steps'],
] as const) {
  test(`${path}: ${shape}`, () => {
    assert.equal(shapeOf(path), shape);
  });
}
