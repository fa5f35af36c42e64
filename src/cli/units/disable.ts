/** `reeve disable app`: stops what `reeve enable` has enabled, and removes what it has written. */

import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { OperatorError } from '../../base/operator-error.ts';
import { formatOf, fileName } from '../../config/reading/files.ts';
import { exitCodes } from '../../tables/exit-codes.ts';
import { removeLeftovers, removeOwnDirectories } from './leftovers.ts';
import { systemctl, systemctlJob } from './systemctl.ts';
import { leftoversOf, tmpfilesName } from '../../units/tmpfiles.ts';
import {
  isAgreed,
  readTmpfiles,
  removeTmpfiles,
  removeUnit,
  stateOf,
  tmpfilesPath,
  unitNameFor,
  unitPath,
} from './unit-files.ts';
import { write } from '../process/write.ts';

export interface DisableRequest {
  /** The unit's name, or the configuration that it was enabled for. */
  readonly target: string;
  readonly consent: 'ask' | 'given' | 'dry-run';
  /** Where units are in place of `/`; '' for none. */
  readonly root: string;
}

/** Returns the exit code. */
export async function disable(request: DisableRequest): Promise<number> {
  const { path } = fileName(request.target);
  const isFile = formatOf(path) !== undefined;
  const name = isFile ? unitNameFor(path, undefined) : request.target.replace(/\.service$/, '');
  const units = [`${name}.socket`, `${name}.service`].filter(
    (unit) => stateOf(unit, request) === 'ours',
  );
  if (units.length === 0) {
    const what = `there is no ${name}.service that reeve enable has written`;
    const advice = isFile ? 'name the unit if it is called otherwise' : undefined;
    throw new OperatorError({ what, advice, exitCode: exitCodes.noInput });
  }
  const paths = units.map((unit) => unitPath(unit, request));
  const made = readTmpfiles(tmpfilesName(name), request);
  const files = made === '' ? paths : [...paths, tmpfilesPath(tmpfilesName(name), request)];
  write(1, `systemctl disable --now ${units.join(' ')}\nrm ${files.join(' ')}\n`);
  if (request.consent === 'dry-run') return exitCodes.stopped;
  if (request.consent === 'ask' && !isAgreed(`Stop ${name} and remove its units?`)) {
    write(2, 'reeve: nothing was removed\n');
    return exitCodes.stopped;
  }
  const root = request.root === '' ? '' : resolve(request.root);
  const texts = [made, ...paths.map((path) => readFileSync(path, 'utf8'))];
  if (root === '') await systemctlJob({ verb: 'disable', words: ['--now', ...units] });
  else systemctl(['disable', ...units], root);
  for (const unit of units) removeUnit(unit, request);
  removeTmpfiles(tmpfilesName(name), request);
  if (root === '') {
    systemctl(['daemon-reload'], '');
    removeLeftovers(leftoversOf(texts));
    removeOwnDirectories(name);
  }
  const own = paths.map((each) => `${each}.d`).filter((each) => existsSync(each));
  const left = own.length === 0 ? '' : `; your drop-ins in ${own.join(' and ')} stay`;
  write(2, `reeve: ${name} is disabled, and its units are gone${left}\n`);
  return exitCodes.stopped;
}
