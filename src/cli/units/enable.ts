/**
 * `reeve enable app.ini`: shows the unit for an ini, writes it, and enables it.
 */

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

import { OperatorError } from '../../base/operator-error.ts';
import { firstError } from '../../config/reading/diagnostic.ts';
import { fileName, formatOf } from '../../config/reading/files.ts';
import { findingsOfStart, loadConfiguration } from '../../config/load.ts';
import { exitCodes } from '../../tables/exit-codes.ts';
import { tmpfilesName } from '../../units/tmpfiles.ts';
import { reportFindings } from '../process/findings.ts';
import { write } from '../process/write.ts';
import { removeOwnDirectories } from './leftovers.ts';
import { planOf } from './plan.ts';
import { isUp, systemctl, systemctlJob } from './systemctl.ts';
import {
  isAgreed,
  removeTmpfiles,
  removeUnit,
  stateOf,
  tmpfilesPath,
  unitPath,
  writeTmpfiles,
  writeUnit,
} from './unit-files.ts';

import type { ConfigHost } from '../../config/reading/host.ts';
import type { Plan, PlanRequest } from './plan.ts';

export interface EnableRequest extends PlanRequest {
  readonly isStarted: boolean;
  readonly consent: 'ask' | 'given' | 'dry-run';
  /** Where units are written in place of `/`; '' for none. */
  readonly root: string;
}

/** Returns the exit code. */
export async function enable(request: EnableRequest, host: ConfigHost): Promise<number> {
  const { path } = fileName(request.file);
  const words = formatOf(path) === undefined ? ['--ini', request.file] : [request.file];
  const loaded = await loadConfiguration(words, host);
  // What only the unit has, its credentials, the operator adds to it.
  const read = findingsOfStart(loaded).map((finding) =>
    finding.onlyInUnit === true ? { ...finding, severity: 'warning' as const } : finding,
  );
  const error = firstError(read);
  if (error !== undefined) {
    reportFindings(read, loaded.settings);
    return error.exitCode ?? exitCodes.config;
  }
  const plan = planOf(request, loaded, host);
  const warned = read.filter(({ onlyInUnit }) => onlyInUnit === true);
  reportFindings([...warned, ...plan.units.findings], loaded.settings);
  if (firstError(plan.units.findings) !== undefined) return exitCodes.config;
  refuseForeign(plan, request);
  refuseInstance(plan, request);
  show(plan, request);
  if (request.consent === 'dry-run') return exitCodes.stopped;
  const names = plan.files.map(([unit]) => unit);
  const question = `Write ${names.join(' and ')} and enable ${names.length > 1 ? 'them' : 'it'}?`;
  if (request.consent === 'ask' && !isAgreed(question)) {
    write(2, 'reeve: nothing was written\n');
    return exitCodes.stopped;
  }
  const listens = await carryOut(plan, request);
  const { name } = plan;
  const started = request.isStarted
    ? 'and runs'
    : listens === 'by itself'
      ? 'and listens by itself until `systemctl stop ' +
        `${name} && systemctl start ${name}.socket ${name}\` hands its addresses to the socket unit ` +
        '(a restart alone would find them in use)'
      : `and \`systemctl start ${name}\` starts it`;
  write(
    2,
    `reeve: ${plan.name} is enabled, ${started}; \`reeve disable ${plan.name}\` undoes it\n`,
  );
  return exitCodes.stopped;
}

function show({ files, tmpfiles, units }: Plan, request: EnableRequest): void {
  for (const [unit, text] of files) write(1, `# ${unitPath(unit, request)}\n${text}\n`);
  if (tmpfiles !== undefined) {
    const [name, text] = tmpfiles;
    write(1, `# ${tmpfilesPath(name, request)}\n${text}\n`);
  }
  if (units.nginx !== '') write(1, `${units.nginx}\n`);
}

/** An instance of reeve@ with that name has the same directories in /run, /var/lib and /var/log. */
function refuseInstance({ name }: Plan, request: EnableRequest): void {
  const unit = `reeve@${name}.service`;
  const root = request.root || '';
  const wanted = `${root}/etc/systemd/system/multi-user.target.wants/${unit}`;
  if (!existsSync(wanted) && (root !== '' || !isUp(unit))) return;
  const what = `${unit} has the same name, and so the same /run/reeve/${name}`;
  const advice = `choose another name with --name, or first \`systemctl disable --now reeve@${name}\``;
  throw new OperatorError({ what, advice, exitCode: exitCodes.cannotCreate });
}

function refuseForeign({ files }: Plan, request: EnableRequest): void {
  for (const [unit] of files) {
    if (stateOf(unit, request) !== 'foreign') continue;
    const what = `there is a ${unit} that reeve enable has not written`;
    const advice =
      `if it runs this application, first \`systemctl disable --now ${unit}\` and remove ` +
      'its file; else choose another name with --name';
    throw new OperatorError({ what, advice, exitCode: exitCodes.cannotCreate });
  }
}

/** Returns `by itself` where a running service holds the addresses of its new socket unit. */
async function carryOut(
  { name, files, tmpfiles }: Plan,
  request: EnableRequest,
): Promise<'by itself' | undefined> {
  const root = request.root === '' ? '' : resolve(request.root);
  const units = files.map(([unit]) => unit);
  const [service, socket] = [`${name}.service`, `${name}.socket`];
  const isHeld = root === '' && units.includes(socket) && isUp(service) && !isUp(socket);
  // It was enabled with a socket before, and is without one now.
  if (!units.includes(socket) && stateOf(socket, request) === 'ours') {
    if (root === '') await systemctlJob({ verb: 'disable', words: ['--now', socket] });
    else systemctl(['disable', socket], root);
    removeUnit(socket, request);
  }
  if (tmpfiles === undefined) removeTmpfiles(tmpfilesName(name), request);
  else writeTmpfiles(...tmpfiles, request);
  for (const [unit, text] of files) writeUnit(unit, text, request);
  if (root === '') {
    systemctl(['daemon-reload'], '');
    if (!isUp(service)) removeOwnDirectories(name);
  }
  systemctl(['enable', ...units], root);
  if (!request.isStarted || root !== '') return isHeld ? 'by itself' : undefined;
  if (isHeld) {
    // Only a stop closes what it listens on and what systemd keeps of that over a restart.
    await systemctlJob({ verb: 'stop', words: [service] });
    await systemctlJob({ verb: 'start', words: [socket] });
  }
  await systemctlJob({ verb: 'restart', words: [service] });
  return undefined;
}
