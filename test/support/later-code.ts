/** A machine on which a package has put a later version of the same code in place. */

import assert from 'node:assert/strict';

import type { Machine } from './machine.ts';

export const later = '99.1.0';

/** Puts the same code under another version in place, as a package would, while `tell` runs. */
export async function withLaterCode(machine: Machine, tell: () => Promise<void>): Promise<void> {
  const version = await machine.must('reeve --version');
  const folder = '/run/later';
  await machine.must(
    `mkdir ${folder} && cp -R /usr/lib/reeve/. ${folder} && ` +
      `sed -i 's/version: "${version}"/version: "${later}"/' ${folder}/*.mjs ${folder}/parts/*.mjs && ` +
      `mount --bind ${folder} /usr/lib/reeve`,
  );
  try {
    assert.equal(await machine.must('reeve --version'), later);
    await tell();
  } finally {
    await machine.must(`umount -l /usr/lib/reeve && rm -r ${folder}`);
  }
}

export async function versionOf(machine: Machine, name: string): Promise<string | undefined> {
  return /Reeve (\S+),/.exec(await machine.must(`reeve status ${name}`))?.[1];
}
