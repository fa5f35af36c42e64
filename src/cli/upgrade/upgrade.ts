/**
 * `reeve upgrade`: brings the instances that run to the code that is installed.
 *
 * Packages run it with their new code after they are unpacked. One instance after the other, so
 * that one which does not come up is seen; none without its configuration being read by the new
 * code first, as a restart cannot be taken back.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';

import { OperatorError } from '../../base/operator-error.ts';
import { exitCodes } from '../../tables/exit-codes.ts';
import { checkAsInstance } from './instance-command.ts';
import { instanceOfPid } from '../instances/instances.ts';
import { ownProgram, resolved } from '../process/own-program.ts';
import { startWordsIn } from './start-words.ts';
import { reportOtherMasters } from './other-masters.ts';
import { answerOf, isUp, systemctl, systemctlJob } from '../units/systemctl.ts';
import { unitPath, writtenServices } from '../units/unit-files.ts';
import { startWordsOf, stateProperties, unitObject, unitStates } from './unit-state.ts';
import { nothingToDo, upgradePlan, upgradeSentence } from './upgrade-plan.ts';
import { version } from '../process/version.ts';
import { write } from '../process/write.ts';

import type { InstanceCheck } from './instance-command.ts';
import type { UnitState } from './unit-state.ts';
import type { UpgradeOutcome, UpgradeSubject } from './upgrade-plan.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface UpgradeRequest {
  /** Whether it only says what it would do. */
  readonly isDry: boolean;
  /** Path of the bundle. */
  readonly binary: string;
  readonly environment: Environment;
}

interface Running extends UpgradeSubject {
  readonly state: UnitState;
  /** Undefined where systemd cannot be asked for them word by word. */
  readonly startWords: readonly string[] | undefined;
}

/** An instance may ask systemd for more time without end; the next ones wait for it. */
const restartLimitMs = 300_000;

/** One that is being stopped is not to come back. */
const runningStates = ['active', 'reloading', 'activating'];

/** Returns 0, or the first failure: a configuration that is refused, a restart that has failed. */
export async function upgrade(request: UpgradeRequest): Promise<number> {
  // As systemd's own libraries ask it. A container, or the making of an image, has no instances.
  if (!existsSync('/run/systemd/system')) return exitCodes.stopped;
  if (process.getuid?.() !== 0) {
    const what = 'not permitted to restart the instances of this machine';
    throw new OperatorError({ what, advice: 'do it as root', exitCode: exitCodes.noPermission });
  }
  const units = [...servicesOfTemplate(), ...writtenServices().filter(isUp)];
  // The package has brought new units as well.
  if (units.length > 0 && !request.isDry) systemctl(['daemon-reload'], '');
  const running = await runningIn(units);
  const codes: number[] = [];
  for (const each of running) codes.push(await upgradeOne(each, request));
  const to = { version, program: resolved(ownProgram(request.binary)) };
  const planOf = (each: Running): string => upgradePlan(each, to).kind;
  const untold = running.filter((each) => planOf(each) === 'elsewhere');
  const known = {
    pids: new Set(running.map(({ pid }) => pid)),
    told: new Set(running.filter((each) => !untold.includes(each)).map(({ pid }) => pid)),
  };
  const others = await reportOtherMasters(known, request.binary, request.environment);
  const current = running.filter((each) => planOf(each) === 'current').length;
  if (request.isDry && others.named === 0 && untold.length + current === running.length) {
    write(1, `reeve: ${nothingToDo(current + others.current, version)}\n`);
  }
  return codes.find((code) => code !== exitCodes.stopped) ?? exitCodes.stopped;
}

function servicesOfTemplate(): readonly string[] {
  const states = runningStates.map((state) => `--state=${state}`);
  const form = ['--plain', '--no-legend', '--full', '--type=service'];
  const lines = answerOf('systemctl', ['list-units', ...form, ...states, 'reeve@*.service']);
  return lines
    .split('\n')
    .map((line) => line.trim().split(/\s+/)[0] ?? '')
    .filter((unit) => unit.endsWith('.service'));
}

/** Those with a process: what waits for its next start has the new code then. */
async function runningIn(units: readonly string[]): Promise<readonly Running[]> {
  if (units.length === 0) return [];
  const asked = stateProperties.map((name) => `--property=${name}`);
  const states = unitStates(answerOf('systemctl', ['show', ...asked, ...units]));
  const isRunning = ({ mainPid, activeState }: UnitState): boolean =>
    mainPid > 0 && runningStates.includes(activeState);
  return await Promise.all(states.filter(isRunning).map(running));
}

async function running(state: UnitState): Promise<Running> {
  const { id, mainPid: pid, hasOwnRoot } = state;
  const startWords = wordsOf(state);
  const keepsSockets = state.storedDescriptorsMax > 0 || state.triggeredBy.some(isSocketUp);
  return {
    name: id.replace(/\.service$/, ''),
    ...{ state, startWords, pid, hasOwnRoot, keepsSockets, isMasked: state.isMasked },
    version: (await instanceOfPid(pid))?.version,
    hasOwnRuntime: hasOwnRuntime(pid),
    program: resolved(state.startWords[0] ?? ''),
  };
}

function isSocketUp(unit: string): boolean {
  return unit.endsWith('.socket') && isUp(unit);
}

/** Over the bus, where words with spaces stay whole; it may be missing. */
function wordsOf(state: UnitState): readonly string[] | undefined {
  const { id } = state;
  const asked = ['org.freedesktop.systemd1.Service', 'ExecStart'];
  const words = ['get-property', 'org.freedesktop.systemd1', unitObject(id), ...asked];
  try {
    return startWordsOf(answerOf('busctl', ['--json=short', ...words])) ?? wordsWithoutBus(state);
  } catch (error) {
    if (error instanceof OperatorError) return wordsWithoutBus(state);
    throw error;
  }
}

/** `systemctl show` parts words by blanks: with two there is none in them. */
function wordsWithoutBus({ id, startWords, dropIns }: UnitState): readonly string[] | undefined {
  if (startWords.length <= 2) return startWords;
  if (!writtenServices().includes(id)) return undefined;
  const texts = dropIns.map((file) => readFileSync(file, 'utf8'));
  if (texts.some((text) => /^\s*ExecStart\s*=/m.test(text))) return undefined;
  return startWordsIn(readFileSync(unitPath(id, { root: '' }), 'utf8'));
}

/** A package that replaces Node's file leaves the old one to those that run it. */
function hasOwnRuntime(pid: number): boolean | undefined {
  try {
    const [own, other] = [statSync(process.execPath), statSync(`/proc/${pid}/exe`)];
    return own.ino === other.ino && own.dev === other.dev;
  } catch {
    // It has ended, or is not ours to look into.
    return undefined;
  }
}

function checkOf({ state, startWords }: Running, program: string): InstanceCheck {
  const why = 'without dbus its ExecStart= cannot be read, as a word of it may hold a blank';
  return startWords === undefined
    ? { kind: 'unclear', why }
    : checkAsInstance(state, startWords, program);
}

async function upgradeOne(subject: Running, { isDry, binary }: UpgradeRequest): Promise<number> {
  const program = ownProgram(binary);
  const to = { version, program: resolved(program) };
  const say = (descriptor: 1 | 2, outcome: UpgradeOutcome): void =>
    write(descriptor, `reeve: ${upgradeSentence(subject, outcome, to)}\n`);
  const { kind } = upgradePlan(subject, to);
  if (kind === 'leave' || kind === 'masked') say(2, { kind });
  if (kind !== 'restart') return exitCodes.stopped;
  const check = checkOf(subject, program);
  if (check.kind === 'unclear') {
    say(2, check);
    return exitCodes.unavailable;
  }
  const { exitCode, output } = check;
  if (exitCode !== exitCodes.stopped) {
    write(2, output);
    say(2, { kind: 'refused' });
    return exitCode;
  }
  if (isDry) {
    say(1, { kind: 'would-restart' });
    return exitCodes.stopped;
  }
  try {
    // Not `restart`: who has stopped it meanwhile wants it stopped.
    const words = [subject.state.id];
    await systemctlJob({ verb: 'try-restart', words, limitMs: restartLimitMs });
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    say(2, { kind: 'failed', why: error.message });
    return error.exitCode;
  }
  const pid = Number(answerOf('systemctl', ['show', '-P', 'MainPID', subject.state.id]));
  const now = (await instanceOfPid(pid))?.version ?? version;
  say(now === version ? 1 : 2, { kind: 'restarted', now });
  return now === version ? exitCodes.stopped : exitCodes.software;
}
