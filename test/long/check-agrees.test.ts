/** Check and start agree on configurations by chance; check-agrees-more.test.ts has others. */

import { checkAgrees } from '../support/chance-configurations.ts';

checkAgrees({ configurations: 260, seed: 2 });
