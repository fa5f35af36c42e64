/**
 * The executable: arguments in, exit code out.
 */

import { withoutNodeStreams } from './base/node-streams.ts';

withoutNodeStreams();
const { main } = await import('./cli/cli.ts');
process.exit(await main(process.argv.slice(2), process.env));
