/** Writes dist/copyright.txt for the wheel and the npm package, which hold the bundles too. */
import { writeFileSync } from 'node:fs';

import { copyright } from './copyright.ts';
import { root } from './package-facts.ts';

writeFileSync(`${root}dist/copyright.txt`, copyright('without Node'));
