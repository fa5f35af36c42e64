/**
 * Makes, inside of a sandbox, what a scenario needs: users, addresses, directories, files, virtual
 * environments and programs. What is there already stays as it is.
 */

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import type { Scenario } from './scenario.ts';

export interface Interpreter {
  /** A real interpreter, no virtual environment. */
  readonly python: string;
  /** Directories with packages that applications may import, such as gevent. */
  readonly packages: string;
  /** The program uwsgi that pip built. */
  readonly uwsgi: string;
}

export function prepare(scenario: Scenario, { python, packages, uwsgi }: Interpreter): void {
  const made: string[] = [];
  const names = [...new Set([...scenario.groups, ...scenario.users])];
  names.forEach((name, at) => addAccount(name, 2000 + at));
  for (const machine of scenario.machines) addMachine(machine);
  for (const directory of scenario.directories) makeDirectory(directory);
  for (const [file, text] of Object.entries(scenario.files)) {
    if (!fs.existsSync(file)) write(file, text, 0o644);
  }
  for (const home of scenario.pythonHomes) makeHome(home);
  addPackages(path.join(path.dirname(path.dirname(python)), 'lib'));
  for (const command of scenario.programs) makeProgram(command, 'once');
  for (const command of scenario.daemons) makeProgram(command, 'for long');
  // Where it would be without a virtual environment, whose packages it would take.
  if (fs.existsSync(uwsgi)) fs.copyFileSync(uwsgi, path.join(path.dirname(python), 'uwsgi'));
  for (const [certificate = '', key = ''] of scenario.certificates)
    makeCertificate(certificate, key);
  for (const name of made) own(name);

  function makeDirectory(directory: string): void {
    const first = fs.mkdirSync(directory, { recursive: true });
    if (first === undefined) return;
    for (let at = directory; at.length >= first.length; at = path.dirname(at)) made.push(at);
  }

  function write(file: string, text: string, mode: number): void {
    makeDirectory(path.dirname(file));
    fs.writeFileSync(file, text, { mode });
    made.push(file);
  }

  /** As "python3 -m venv" makes it. */
  function makeHome(home: string): void {
    if (fs.existsSync(path.join(home, 'bin/python'))) return;
    const config = `home = ${path.dirname(python)}\ninclude-system-site-packages = false\n`;
    write(path.join(home, 'pyvenv.cfg'), config, 0o644);
    makeDirectory(path.join(home, 'bin'));
    for (const name of ['python', 'python3']) fs.symlinkSync(python, path.join(home, 'bin', name));
    makeDirectory(path.join(home, 'lib', path.basename(libraryOf(python)), 'site-packages'));
    addPackages(path.join(home, 'lib'));
  }

  function addPackages(library: string): void {
    const folder = path.join(library, path.basename(libraryOf(python)), 'site-packages');
    if (fs.existsSync(folder)) fs.writeFileSync(path.join(folder, 'corpus.pth'), `${packages}\n`);
  }

  /** In place of what is not installed here. */
  function makeProgram(command: string, runs: 'once' | 'for long'): void {
    const words = command.trim().split(/\s+/);
    const word = words[0] === 'nice' ? (words[3] ?? '') : (words[0] ?? '');
    const isHere = process.env['PATH']
      ?.split(':')
      .some((directory) => fs.existsSync(path.join(directory, word)));
    if (isHere === true || word === '') return;
    const file = word.includes('/') ? path.resolve(scenario.base, word) : `/usr/local/bin/${word}`;
    if (!fs.existsSync(file)) write(file, '#!/bin/sh\n', 0o755);
    // A daemon goes on until it is told to end; what a hook runs ends.
    if (runs === 'for long') fs.appendFileSync(file, daemon(words.slice(words.indexOf(word) + 1)));
  }

  function makeCertificate(certificate: string, key: string): void {
    makeDirectory(path.dirname(certificate));
    makeDirectory(path.dirname(key));
    const words = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=corpus'];
    execFileSync('openssl', [...words, '-keyout', key, '-out', certificate], { stdio: 'ignore' });
  }

  function own(name: string): void {
    if (!/^[\w-]+:[\w-]*$/.test(scenario.owner)) return;
    execFileSync('chown', ['-h', scenario.owner.replace(/:$/, ''), name]);
  }
}

function daemon(words: readonly string[]): string {
  return `[ "$*" != "${words.join(' ')}" ] || exec sleep 1000\n`;
}

function libraryOf(python: string): string {
  const library = path.join(path.dirname(path.dirname(python)), 'lib');
  const named = fs.readdirSync(library).find((name) => /^python3\.\d+$/.test(name));
  return path.join(library, named ?? 'python3');
}

function addAccount(name: string, id: number): void {
  const has = (file: string) => fs.readFileSync(file, 'utf8').includes(`\n${name}:`);
  if (!has('/etc/group')) fs.appendFileSync('/etc/group', `${name}:x:${id}:\n`);
  if (has('/etc/passwd')) return;
  fs.appendFileSync('/etc/passwd', `${name}:x:${id}:${id}::/nonexistent:/usr/sbin/nologin\n`);
}

function addMachine(machine: string): void {
  if (/^[\d.]+$/.test(machine)) execFileSync('ip', ['addr', 'add', `${machine}/32`, 'dev', 'lo']);
  else fs.appendFileSync('/etc/hosts', `127.0.0.1 ${machine}\n`);
}
