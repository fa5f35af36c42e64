/** The other half of the 520 configurations of `make test-long`: a file has five minutes. */

import { checkAgrees } from '../support/chance-configurations.ts';

checkAgrees({ configurations: 260, seed: 3 });
