/**
 * Stories told on a machine with a real systemd: units, their files, their journal.
 *
 * `machineStory` tells each on both releases, in a machine that no other story uses meanwhile. When
 * it has ended, its units are stopped and its files gone; a process of Reeve that is left fails it.
 * After a failure the units' state and the journal are printed. `test/run.ts` boots a machine per
 * release and lets the files share it; a file that is run by itself boots its own.
 */

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';

import { request } from './http.ts';
import type { Answer, RequestOptions } from './http.ts';
import { repository } from './interpreters.ts';
import { bootMachine, suites, systemdVersions } from './machine-boot.ts';
import type { BootedMachine, Suite, Use } from './machine-boot.ts';
import { journalOf } from './machine-journal.ts';
import type { JournalEntry } from './machine-journal.ts';
import { allProcesses, readProc } from './processes.ts';
import type { ProcessInfo } from './processes.ts';
import { freePort } from './sockets.ts';
import { afterRunning, tooLong, until } from './until.ts';
import type { UntilOptions } from './until.ts';

export interface CommandResult {
  readonly code: number;
  /** What it wrote to both streams, without the white space around it. */
  readonly output: string;
  readonly ms: number;
}

export interface ApplicationOptions {
  /** An application of test/apps/python; without it, one that answers `text`. */
  readonly app?: string;
  readonly text?: string;
  /** Lines after the usual ones: listener, chdir, module, a mercy of 5 s. */
  readonly ini?: string;
  /** Whether no listener is named (by default `http = 127.0.0.1:PORT`). */
  readonly isUnheard?: boolean;
}

export interface MachineStoryOptions {
  readonly timeoutMs?: number;
  readonly suites?: readonly Suite[];
  /** With `package` nothing of Reeve is there. */
  readonly use?: Use;
}

const booted = new Map<string, Promise<BootedMachine | string>>();
after(async () => {
  for (const machine of await Promise.all(booted.values())) {
    if (typeof machine !== 'string') await machine.stop();
  }
});

/** Registers a test for each release. */
export function machineStory(
  title: string,
  tell: (machine: Machine) => Promise<void>,
  options: MachineStoryOptions = {},
): void {
  const wanted = options.suites ?? suites;
  const [only] = (process.env['REEVE_TEST_MACHINE'] ?? '').split('=');
  for (const suite of wanted.filter((one) => only === '' || only === one)) {
    test(`${title} (systemd ${systemdVersions[suite]})`, async (context) => {
      const host = await machineFor(suite, options.use ?? 'checkout');
      if (typeof host === 'string') return context.skip(host);
      const machine = await Machine.open(suite, host.leader);
      try {
        await Promise.race([tell(machine), tooLong(options.timeoutMs ?? 240_000)]);
        await machine.close();
      } catch (error) {
        await machine.giveUp();
        throw error;
      }
      return undefined;
    });
  }
}

function machineFor(suite: Suite, use: Use): Promise<{ readonly leader: number } | string> {
  // `bookworm=1234`, or `bookworm=why there is none`.
  const [, given] = /=(.*)/s.exec(process.env['REEVE_TEST_MACHINE'] ?? '') ?? [];
  if (given !== undefined) {
    return Promise.resolve(/^\d+$/.test(given) ? { leader: Number(given) } : given);
  }
  const machine = booted.get(`${use} ${suite}`) ?? bootMachine(suite, use);
  booted.set(`${use} ${suite}`, machine);
  return machine;
}

export class Machine {
  readonly suite: Suite;
  /** 252 or 257. */
  readonly systemd: number;
  /** Its first process, as this machine numbers it. */
  readonly leader: number;
  /** A port that nobody uses; the machine shares the network with this one. */
  readonly port: number;
  readonly #units = new Set<string>();
  #unitFilesBefore: readonly string[] = [];
  #cursor = '';
  #startUsec = 0;

  private constructor(suite: Suite, leader: number, port: number) {
    this.suite = suite;
    this.systemd = systemdVersions[suite];
    this.leader = leader;
    this.port = port;
  }

  static async open(suite: Suite, leader: number): Promise<Machine> {
    const machine = new Machine(suite, leader, await freePort());
    machine.#unitFilesBefore = machine.#unitFiles();
    const last = await machine.must('journalctl --sync; journalctl -q -n 1 -o export --no-pager');
    machine.#cursor = /^__CURSOR=(.*)$/m.exec(last)?.[1] ?? '';
    machine.#startUsec = Number(/^__REALTIME_TIMESTAMP=(\d+)$/m.exec(last)?.[1] ?? 0);
    return machine;
  }

  // ---------------------------------------------------------------- commands

  /** Runs a line of shell in the machine, as root, to its end (120 s at most). */
  async run(
    command: string,
    options: { readonly timeoutMs?: number } = {},
  ): Promise<CommandResult> {
    const startMs = performance.now();
    const enter = ['--target', String(this.leader), '--all', 'env', '-i', 'LANG=C.UTF-8'];
    const place = [
      'HOME=/root',
      'PATH=/usr/sbin:/usr/bin:/sbin:/bin',
      'SYSTEMD_PAGER=',
      'sh',
      '-c',
    ];
    const child = spawn('nsenter', [...enter, ...place, command], {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let output = '';
    child.stdout.on('data', (piece: Buffer) => (output += piece.toString()));
    child.stderr.on('data', (piece: Buffer) => (output += piece.toString()));
    const timeoutMs = options.timeoutMs ?? 120_000;
    const calledOff = afterRunning(timeoutMs, () => {
      output += `\nstopped: it took longer than ${timeoutMs} ms`;
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    });
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? -1));
    const code = await promise.finally(calledOff);
    return { code, output: output.trim(), ms: performance.now() - startMs };
  }

  /** The same for a command that must succeed; returns what it said. */
  async must(command: string, options: { readonly timeoutMs?: number } = {}): Promise<string> {
    const { code, output } = await this.run(command, options);
    if (code !== 0) throw new Error(`${command}: ended with ${code}: ${output}`);
    return output;
  }

  /** Waits until the output of a command matches. */
  says(command: string, pattern: RegExp, options: UntilOptions = {}): Promise<string> {
    return until(
      `\`${command}\` says ${pattern}`,
      async () => {
        const { output } = await this.run(command);
        if (pattern.test(output)) return output || ' ';
        throw new Error(output);
      },
      { timeoutMs: 60_000, everyMs: 100, ...options },
    );
  }

  // ---------------------------------------------------------------- files

  /** Where a file of the machine is seen from here. (Absolute links in it lead astray.) */
  path(inside: string): string {
    return path.join(`/proc/${this.leader}/root`, inside);
  }

  write(inside: string, text: string): void {
    fs.mkdirSync(path.dirname(this.path(inside)), { recursive: true });
    fs.writeFileSync(this.path(inside), text);
  }

  /** Text of a file there; '' when there is none. */
  read(inside: string): string {
    return this.exists(inside) ? fs.readFileSync(this.path(inside), 'utf8') : '';
  }

  exists(inside: string): boolean {
    return fs.existsSync(this.path(inside));
  }

  /** Writes /etc/reeve/NAME.ini and the application in /srv/NAME; returns the ini's path. */
  application(name: string, options: ApplicationOptions = {}): string {
    const folder = `/srv/${name}`;
    if (options.app === undefined) {
      this.write(`${folder}/app.py`, answering(options.text ?? `hello from ${name}`));
    } else {
      const from = path.join(repository, 'test/apps/python', `${options.app}.py`);
      this.write(`${folder}/app.py`, fs.readFileSync(from, 'utf8'));
    }
    const listener = options.isUnheard === true ? '' : `http = 127.0.0.1:${this.port}\n`;
    const usual = `chdir = ${folder}\nmodule = app:application\nworker-reload-mercy = 5\n`;
    this.write(`/etc/reeve/${name}.ini`, `[uwsgi]\n${listener}${usual}${options.ini ?? ''}\n`);
    return `/etc/reeve/${name}.ini`;
  }

  // ---------------------------------------------------------------- units

  /** Writes a unit and lets systemd read it. */
  async writeUnit(name: string, text: string): Promise<void> {
    this.#units.add(name);
    this.write(`/etc/systemd/system/${name}`, text);
    await this.must('systemctl daemon-reload');
  }

  /** Has a unit that something else has made stopped at the end, however that comes. */
  stopsAtTheEnd(name: string): void {
    this.#units.add(name);
  }

  /** Adds lines (with their section's header) to a unit. */
  async dropIn(unit: string, text: string): Promise<void> {
    this.write(`/etc/systemd/system/${unit}.d/test.conf`, text);
    await this.must('systemctl daemon-reload');
  }

  /** Writes NAME.service, a plain unit for /etc/reeve/NAME.ini, with more lines for [Service]. */
  async service(name: string, lines = ''): Promise<void> {
    const start = `ExecStart=/usr/bin/reeve /etc/reeve/${name}.ini`;
    const text = `[Service]\nType=notify\n${start}\nKillMode=mixed\n${lines}\n`;
    await this.writeUnit(`${name}.service`, text);
  }

  /** A property of a unit, as `systemctl show` says it. */
  async show(unit: string, property: string): Promise<string> {
    return this.must(`systemctl show -P ${property} ${unit}`);
  }

  /** The living processes in a unit's cgroup, numbered as this machine numbers them. */
  processes(unit: string): ProcessInfo[] {
    return allProcesses().filter(
      (info) => info.state !== 'Z' && this.#cgroup(info.pid).includes(`/${unit}`),
    );
  }

  /** Those of a unit with this role: "master", "http 1", "worker 2", or "worker" for all. */
  withRole(unit: string, role: string): ProcessInfo[] {
    const pattern = new RegExp(`reeve ${role}${/^[a-z]+$/.test(role) ? '( \\d+)?' : ''}$`);
    return this.processes(unit).filter((info) => pattern.test(info.title));
  }

  /** Waits until exactly one process has the role, signals it and returns its pid. */
  async signal(unit: string, role: string, signal: NodeJS.Signals): Promise<number> {
    const one = await until(`there is one ${role}`, () => {
      const found = this.withRole(unit, role);
      if (found.length === 1) return found[0];
      throw new Error(
        this.processes(unit)
          .map((info) => info.title)
          .join(', '),
      );
    });
    process.kill(one.pid, signal);
    return one.pid;
  }

  /** Has Debian's nginx serve at the machine's port; the lines go into its server { }. */
  async nginx(lines: string, beside = ''): Promise<void> {
    this.#units.add('nginx.service');
    const server = `server {\nlisten 127.0.0.1:${this.port};\n${lines}\n}\n`;
    this.write('/etc/nginx/conf.d/test.conf', `${beside}\n${server}`);
    await this.must('nginx -t && systemctl restart nginx');
  }

  // ---------------------------------------------------------------- journal and answers

  /** What the journal holds of this story; `query` as for journalctl, such as `-u app -p err`. */
  async journal(query = ''): Promise<JournalEntry[]> {
    // Not --after-cursor: systemd 252 skips one entry too many where the query excludes its own.
    const since = `--since=@${Math.floor(this.#startUsec / 1e6)}`;
    const command = `journalctl --sync; journalctl -q ${since} -o json ${query}`;
    return journalOf(await this.must(command)).filter(
      (entry) => Number(entry.fields['__REALTIME_TIMESTAMP']) > this.#startUsec,
    );
  }

  /** Waits until a message of the story matches; returns its entry. */
  journalSays(pattern: RegExp, query = '', options: UntilOptions = {}): Promise<JournalEntry> {
    return until(
      `the journal says ${pattern}`,
      async () => (await this.journal(query)).find((entry) => pattern.test(entry.message)),
      { timeoutMs: 60_000, everyMs: 100, ...options },
    );
  }

  /** One request on a connection of its own, to the machine's port or a socket in it. */
  get(target = '/', options: RequestOptions & { readonly socket?: string } = {}): Promise<Answer> {
    const { socket } = options;
    const address = socket === undefined ? { port: this.port } : { path: this.path(socket) };
    return request(address, target, options);
  }

  // ---------------------------------------------------------------- the end

  /** Stops what runs and removes what was written; fails if a process of Reeve is left. */
  async close(): Promise<void> {
    await this.#stopUnits('systemctl stop');
    const left = () => allProcesses().filter((info) => this.#isLeft(info));
    await until('no process of Reeve is left', () => {
      if (left().length === 0) return true;
      throw new Error(
        left()
          .map((info) => `${info.pid} ${info.title}`)
          .join(', '),
      );
    });
    await this.#removeFiles();
  }

  /** After a failure: shows what systemd knows, kills what runs and cleans up. */
  async giveUp(): Promise<void> {
    const units = [...this.#units, "'reeve*'"].join(' ');
    const since = this.#cursor === '' ? '' : `--after-cursor='${this.#cursor}'`;
    const { output: status } = await this.run(`systemctl status -n 0 ${units}`);
    const { output: journal } = await this.run(`journalctl -q ${since} -o short-precise -n 120`);
    fs.writeSync(2, `--- ${this.suite}\n${status}\n---\n${journal}\n---\n`);
    await this.#stopUnits('systemctl kill --signal=KILL').catch(() => undefined);
    for (const info of allProcesses().filter((one) => this.#isLeft(one))) killed(info.pid);
    await this.#stopUnits('systemctl stop').catch(() => undefined);
    await this.#removeFiles();
  }

  async #stopUnits(command: string): Promise<void> {
    const named = [...this.#units].join(' ');
    const list = `systemctl list-units --all --plain --no-legend 'reeve*' ${named} | cut -d' ' -f1`;
    // Sockets first: a request would start their service anew.
    const sorted = `units=$(${list} | sort -t. -k2r | grep -v '[.]slice$')`;
    await this.must(`${sorted}; [ -z "$units" ] || ${command} $units`, { timeoutMs: 40_000 });
  }

  async #removeFiles(): Promise<void> {
    const added = this.#unitFiles().filter((file) => !this.#unitFilesBefore.includes(file));
    for (const file of added) fs.rmSync(this.path(file), { recursive: true, force: true });
    const folders = ['/var/lib', '/var/lib/private', '/var/log', '/var/cache', '/run', '/etc'];
    const ours = folders.map((folder) => `${folder}/reeve`).join(' ');
    const tidy = 'systemctl daemon-reload; systemctl reset-failed; systemd-tmpfiles --create';
    const others = '/run/uwsgi /var/log/uwsgi /etc/uwsgi /etc/tmpfiles.d/* /etc/nginx/conf.d/*';
    await this.must(`rm -rf ${ours} ${others} /srv/* /home/* /tmp/* ; ${tidy}`);
  }

  /** Everything below /etc/systemd/system. */
  #unitFiles(): string[] {
    const folder = '/etc/systemd/system';
    return fs
      .readdirSync(this.path(folder), { recursive: true, encoding: 'utf8' })
      .map((name) => path.join(folder, name));
  }

  #isLeft(info: ProcessInfo): boolean {
    const isOurs = /\breeve (master|http|spawner|worker|log)\b/.test(info.title);
    return isOurs && info.state !== 'Z' && this.#cgroup(info.pid) !== '';
  }

  /** The cgroup of a process as the machine sees it; '' for those of elsewhere. */
  #cgroup(pid: number): string {
    const read = (of: number): string =>
      /^0::(.*)$/m.exec(readProc(of, 'cgroup') ?? '')?.[1] ?? '/';
    const root = read(this.leader).replace(/\/init\.scope$/, '');
    const own = read(pid);
    return own.startsWith(`${root}/`) ? own.slice(root.length) : '';
  }
}

function killed(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}

function answering(text: string): string {
  return (
    'def application(environ, start_response):\n' +
    '    start_response("200 OK", [("Content-Type", "text/plain")])\n' +
    `    return [${JSON.stringify(text)}.encode()]\n`
  );
}
