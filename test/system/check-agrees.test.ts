/** A few of test/long/check-agrees.test.ts, for each run of the tests. */

import { checkAgrees } from '../support/chance-configurations.ts';

checkAgrees({ configurations: 20, seed: 1 });
