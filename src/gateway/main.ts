/** The gateway's program. */
import { withoutNodeStreams } from '../base/node-streams.ts';

withoutNodeStreams();
await import('./process.ts');
