/**
 * Runs the tests: `run.ts` all kinds but the long ones, `run.ts unit process` two of them, `run.ts
 * system deaths` the files of a kind whose path holds the word.
 *
 * Files run two at a time, each in a process of its own, the quick kinds first. The files of
 * `systemd` and `package/machine` run meanwhile, one at a time on each of four machines that are
 * booted for them, as they wait most of the time; where none can be booted, the reason is printed
 * and every story counts as skipped. At the end stands one line for machines: `N passed, N failed,
 * N skipped`. The Python shim's suite runs on the oldest and the newest interpreter there is, on
 * those between with `long`; the versions that are missing are named and count as skipped.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { globSync, writeSync } from 'node:fs';

import { interpreters, repository } from './support/interpreters.ts';
import { bootMachine, suites, systemdVersions } from './support/machine-boot.ts';
import type { Suite, Use } from './support/machine-boot.ts';
import { packagesForTests } from './support/packages.ts';

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

interface Job {
  readonly name: string;
  readonly command: readonly string[];
  readonly count: (output: string, exitCode: number) => Counts;
  readonly limitMs: number;
}

/** Beside the machines, on two cores: most files wait more than half of their time. */
const atOnce = 2;
/** Longer than the slowest file, on a slow machine. */
const limitMs = 600_000;
/**
 * The corpus is one file, as it ends with figures of all: 185 times two servers. Packages are built
 * twice, and read by lintian, and one file compares all subjects with uWSGI: four minutes and more
 * each beside other files on two cores.
 */
const longLimitsMs: Readonly<Record<string, number>> = {
  corpus: 1_200_000,
  differential: 900_000,
  package: 900_000,
};
/** How long the output of a file that has ended may still be held open by what it left behind. */
const leftoverMs = 5_000;
const kinds = ['unit', 'golden', 'tidy', 'package', 'process', 'system', 'systemd'];
/** Only where they are asked for: random input, the real uWSGI, kill -9 under load, real files. */
const longKinds = ['fuzz', 'differential', 'long', 'corpus'];

const running = new Set<ChildProcess>();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    for (const child of running) child.kill('SIGTERM');
    process.exit(1); // Machines end with us.
  });
}

const asked = process.argv.slice(2);
const askedKinds = [...kinds, ...longKinds].filter((kind) => asked.includes(kind));
const words = asked.filter((word) => !askedKinds.includes(word));
const total = { passed: 0, failed: 0, skipped: 0 };
const jobs = (askedKinds.length === 0 ? kinds : askedKinds)
  .flatMap((kind) => [...nodeJobs(kind), ...shimJobs(kind)])
  .filter(({ name }) => words.every((word) => name.includes(word)));
if (jobs.length === 0) say(`no test file is called ${asked.join(' ')}`);
const waiting = jobs.filter(({ name }) => machineOf(name) === '');
await Promise.all([...Array.from({ length: atOnce }, () => work()), workOnMachines()]);
say(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;

/** The stories of units and those of packages, which are built first, beside each other. */
async function workOnMachines(): Promise<void> {
  const uses = ['checkout', 'package'] as const;
  await Promise.all(
    uses.map(async (use) => {
      const stories = jobs.filter(({ name }) => machineOf(name) === use);
      if (stories.length > 0 && (use === 'checkout' || (await hasPackages()))) {
        await Promise.all(suites.map((suite) => workOnMachine(suite, use, stories)));
      }
    }),
  );
}

/** Builds them; what does not build is one failure. Where they cannot be, the machines say so. */
async function hasPackages(): Promise<boolean> {
  try {
    await packagesForTests();
    return true;
  } catch (error) {
    say(`FAIL the packages do not build: ${error instanceof Error ? error.message : error}`);
    total.failed += 1;
    return false;
  }
}

/** What the machine is for that a file needs; '' where it needs none. */
function machineOf(name: string): Use | '' {
  if (name.startsWith('test/systemd/')) return 'checkout';
  return name.startsWith('test/package/machine/') ? 'package' : '';
}

function nodeJobs(kind: string): Job[] {
  return globSync(`test/${kind}/**/*.test.ts`, { cwd: repository })
    .toSorted()
    .map((file) => ({
      name: file,
      // By itself, not below a runner that would outlive our signal, where it has a machine.
      command: [
        process.execPath,
        ...(machineOf(file) === '' ? ['--test'] : []),
        '--test-reporter=tap',
        file,
      ],
      count: countTap,
      limitMs: longLimitsMs[kind] ?? limitMs,
    }));
}

function shimJobs(kind: string): Job[] {
  if (kind !== 'process' && kind !== 'long') return [];
  const { found, missing } = interpreters();
  const ends = [found.at(0), found.at(-1)];
  if (kind === 'process' && words.length === 0) {
    for (const version of missing) say(`skipped: the shim on Python ${version}, which is not here`);
    total.skipped += missing.length;
  }
  return found
    .filter((one) => ends.includes(one) === (kind === 'process'))
    .map(({ command, version }) => ({
      name: `test/process/python_shim on Python ${version}`,
      command: [command, 'test/process/python_shim/run.py'],
      count: countUnittest,
      limitMs,
    }));
}

async function work(): Promise<void> {
  for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) await workOn(job);
}

/** All files that need a machine, on one of this release; a failure earns the next a fresh one. */
async function workOnMachine(suite: Suite, use: Use, jobs: readonly Job[]): Promise<void> {
  const name = `systemd ${systemdVersions[suite]}`;
  let machine = await bootMachine(suite, use);
  for (const job of jobs) {
    if (typeof machine === 'string') say(`skipped: ${job.name} on ${name}: ${machine}`);
    const given = typeof machine === 'string' ? machine : machine.leader;
    const env = { ...process.env, REEVE_TEST_MACHINE: `${suite}=${given}` };
    const { failed } = await workOn({ ...job, name: `${job.name} on ${name}` }, env);
    if (failed > 0 && typeof machine !== 'string') {
      await machine.stop();
      machine = await bootMachine(suite, use);
    }
  }
  if (typeof machine !== 'string') await machine.stop();
}

async function workOn(job: Job, env = process.env): Promise<Counts> {
  const startMs = performance.now();
  const { output, exitCode } = await run(job, env);
  const counts = job.count(output, exitCode);
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  const { passed, failed, skipped } = counts;
  const verdict = `${passed} passed, ${failed} failed, ${skipped} skipped (${seconds} s)`;
  say(`${failed === 0 ? 'ok  ' : 'FAIL'} ${job.name}: ${verdict}`);
  if (failed > 0) say(output);
  else for (const [, note = ''] of output.matchAll(/^# note: (.*)/gm)) say(note);
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped;
  return counts;
}

/** Its whole output and how it ended; a file that outlives its limit, or its end, is a failure. */
function run(
  { command, limitMs }: Job,
  env: NodeJS.ProcessEnv,
): Promise<{ output: string; exitCode: number }> {
  return new Promise((done) => {
    const [program = '', ...args] = command;
    const child = spawn(program, args, { cwd: repository, env, stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(child);
    const chunks: Buffer[] = [];
    let wrong = '';
    const timer = setTimeout(() => {
      wrong = `stopped: it took longer than ${limitMs / 1000} s\n`;
      child.kill('SIGTERM');
    }, limitMs);
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    let leftover: NodeJS.Timeout | undefined;
    child.on('exit', () => {
      running.delete(child);
      clearTimeout(timer);
      leftover = setTimeout(() => {
        wrong += 'it left a process behind that holds its output open\n';
        child.stdout.destroy();
        child.stderr.destroy();
      }, leftoverMs);
    });
    child.on('close', (code) => {
      clearTimeout(leftover);
      const output = Buffer.concat(chunks).toString() + wrong;
      done({ output, exitCode: wrong === '' ? (code ?? 1) : 1 });
    });
  });
}

/** The totals that node's runner prints at the end; without them the file counts as one failure. */
function countTap(output: string, exitCode: number): Counts {
  const read = (word: string): number =>
    Number(new RegExp(`^# ${word} (\\d+)`, 'm').exec(output)?.[1] ?? 0);
  const failed = read('fail') + read('cancelled');
  const counts = { passed: read('pass'), failed, skipped: read('skipped') + read('todo') };
  return exitCode !== 0 && failed === 0 ? { ...counts, failed: 1 } : counts;
}

/** unittest's last lines: "Ran 90 tests in 20 s", "FAILED (failures=1, errors=2, skipped=3)". */
function countUnittest(output: string, exitCode: number): Counts {
  const read = (pattern: RegExp): number =>
    [...output.matchAll(pattern)].reduce((sum, match) => sum + Number(match[1]), 0);
  const ran = read(/^Ran (\d+) test/gm);
  const failed = read(/failures=(\d+)/g) + read(/errors=(\d+)/g);
  const skipped = read(/skipped=(\d+)/g);
  const counts = { passed: Math.max(ran - failed - skipped, 0), failed, skipped };
  return exitCode !== 0 && failed === 0 ? { ...counts, failed: 1 } : counts;
}

function say(text: string): void {
  writeSync(1, `${text}\n`);
}
