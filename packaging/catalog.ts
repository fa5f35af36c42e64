/** Writes systemd/reeve.catalog, with which `journalctl -x` explains the events of Reeve. */
import { writeFileSync } from 'node:fs';

import { catalogText } from './catalog-text.ts';

writeFileSync(new URL('../systemd/reeve.catalog', import.meta.url), catalogText());
