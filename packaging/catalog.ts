/** Writes systemd/reeve.catalog, by which `journalctl -x` explains what Reeve logs. */
import { writeFileSync } from 'node:fs';

import { catalogText } from './catalog-text.ts';

writeFileSync(new URL('../systemd/reeve.catalog', import.meta.url), catalogText());
