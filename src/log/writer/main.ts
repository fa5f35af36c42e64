/** The program of the log writer. */
import { withoutNodeStreams } from '../../base/node-streams.ts';

withoutNodeStreams();
await import('./process.ts');
