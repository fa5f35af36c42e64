/** Runs a server on a file of the corpus in a sandbox of its own (sandbox.sh, inside.ts). */

import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { repository } from '../support/interpreters.ts';
import type { Request, Seen } from './inside.ts';
import type { Scenario } from './scenario.ts';

export type ServerName = 'uwsgi' | 'reeve';

const builds = {
  pip: { uwsgi: path.join(repository, '.venv-bench/bin/uwsgi'), python: venvPython() },
  debian: { uwsgi: '/usr/bin/uwsgi', python: '/usr/bin/python3' },
};
const plugins = ['python3', 'http', 'logfile', 'syslog', 'cheaper_busyness', 'cgi', 'rpc'].concat(
  ['redirect', 'rewrite', 'basicauth', 'static', 'uwsgi', 'http'].map((name) => `router_${name}`),
);
const limitMs = 300_000;
const namespaces = ['--mount', '--pid', '--net', '--uts', '--ipc', '--fork', '--kill-child=KILL'];
const script = path.join(import.meta.dirname, 'sandbox.sh');

/** Why nothing can be compared here, or false. */
export const cannotCompare = whyNot();

function whyNot(): string | false {
  if (process.getuid?.() !== 0) return 'it takes root to make a sandbox';
  if (!fs.existsSync(builds.pip.uwsgi)) return 'there is no uwsgi of pip (make .venv-bench/.ready)';
  const debian = spawnSync('uwsgi', ['--plugin', plugins.join(','), '--version']);
  if (debian.status !== 0) return 'there is no uwsgi of Debian with its plugins';
  const tools = ['unshare', 'setpriv', 'ip', 'findmnt', 'openssl'];
  const absent = tools.filter((tool) => spawnSync('which', [tool]).status !== 0);
  if (absent.length > 0) return `${absent.join(', ')} not found`;
  const tried = spawnSync('unshare', [...namespaces, 'sh', script, repository, 'true']);
  return tried.status !== 0 && `no sandbox can be made here: ${String(tried.stderr).trim()}`;
}

/** The interpreter that uWSGI was built with by pip, without its virtual environment. */
function venvPython(): string {
  const named = path.join(repository, '.venv-bench/bin/python3');
  return fs.existsSync(named) ? fs.realpathSync(named) : '/usr/bin/python3';
}

/** Runs it from start to stop, and returns what was seen. */
export async function runInSandbox(name: ServerName, scenario: Scenario): Promise<Seen> {
  const { uwsgi, python } = builds[scenario.build];
  const reeve = path.join(repository, 'dist/reeve');
  const ours = name === 'reeve';
  const theirs =
    scenario.build === 'debian'
      ? [uwsgi, '--plugin', plugins.join(',')]
      : [path.join(path.dirname(python), 'uwsgi')];
  const packages = path.join(repository, '.venv/lib', libraryOf(python), 'site-packages');
  const request: Request = {
    scenario,
    command: ours ? [reeve] : theirs,
    interpreter: { python, packages, uwsgi: scenario.build === 'pip' ? uwsgi : '' },
    check: ours ? [reeve, 'check', '--json'] : [],
  };
  const directory = fs.mkdtempSync(path.join(os.homedir(), '.corpus-'));
  try {
    const file = path.join(directory, 'request.json');
    fs.writeFileSync(file, JSON.stringify(request));
    return await inSandbox(file, path.dirname(python));
  } finally {
    fs.rmSync(directory, { recursive: true, force: true });
  }
}

function libraryOf(python: string): string {
  const script = 'import sys; print("python%d.%d" % sys.version_info[:2])';
  return spawnSync(python, ['-c', script], { encoding: 'utf8' }).stdout.trim();
}

async function inSandbox(file: string, interpreters: string): Promise<Seen> {
  const inside = path.join(import.meta.dirname, 'inside.ts');
  // The kernel kills unshare with this process, and the whole sandbox with unshare.
  const words = [
    ...['--pdeathsig', 'KILL', 'unshare', ...namespaces, 'sh', script, repository],
    ...[process.execPath, inside, file],
  ];
  const child = spawn('setpriv', words, {
    env: { PATH: `${interpreters}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin` },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: limitMs,
    killSignal: 'SIGKILL',
  });
  const texts = { out: '', err: '' };
  child.stdout.on('data', (piece: Buffer) => (texts.out += piece.toString()));
  child.stderr.on('data', (piece: Buffer) => (texts.err += piece.toString()));
  await new Promise((done) => child.on('close', done));
  if (texts.out === '') throw new Error(`the sandbox said nothing: ${texts.err.slice(-2000)}`);
  return JSON.parse(texts.out);
}
