/** Writes dist/copyright.txt for the wheel and the npm package, which hold the bundles too. */
import { chmodSync, writeFileSync } from 'node:fs';

import { copyright } from './copyright.ts';
import { root } from './package-facts.ts';

const file = `${root}dist/copyright.txt`;
writeFileSync(file, copyright('without Node'));
// npm packs it with the mode that it has here.
chmodSync(file, 0o644);
