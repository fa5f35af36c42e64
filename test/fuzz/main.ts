/**
 * `make fuzz`: random input for all that reads bytes from outside.
 *
 *     node test/fuzz/main.ts [TARGET …] [--seconds=N] [--seed=N] [--rounds=N]
 *
 * A failure names its seed; `TARGET --seed=N --rounds=1` runs that input alone.
 */
import { writeSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { fuzz } from './fuzzing.ts';
import { targets } from './targets.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '60' },
    rounds: { type: 'string', default: 'Infinity' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 32) },
  },
});
const limits = {
  seed: Number(values.seed),
  rounds: Number(values.rounds),
  seconds: Number(values.seconds),
};
for (const target of targets) {
  if (positionals.length > 0 && !positionals.includes(target.name)) continue;
  const { rounds, found } = await fuzz(target, limits);
  say(`${target.name}: ${rounds} inputs from seed ${limits.seed}`);
  if (found === undefined) continue;
  const { seed, input, error } = found;
  say(`FAILED on ${JSON.stringify(input)}`);
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  say(`again: node test/fuzz/main.ts ${target.name} --seed=${seed} --rounds=1`);
  process.exitCode = 1;
}

function say(text: string): void {
  writeSync(1, `${text}\n`);
}
