/** What is seen of a server while it runs, by name: sockets, answers, processes, files, logs. */

import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import type { Answer } from '../support/http.ts';
import { processInfo } from '../support/processes.ts';
import { describe, logged, nameOf, outputPath, writtenFiles } from './disk.ts';
import type { Listener, Scenario } from './scenario.ts';
import { masterOf, others, topPid } from './server-processes.ts';
import { ask, listening } from './sockets.ts';
import type { Question } from './sockets.ts';

/** What the stub says of the request and of its process. */
export interface Facts {
  readonly file: string;
  readonly module: string;
  readonly loaded: string;
  readonly body: string;
  readonly environ: Readonly<Record<string, unknown>>;
  readonly process: Readonly<Record<string, unknown>> & {
    readonly pid: number;
    readonly environment: Readonly<Record<string, string>>;
  };
}

const days = 'Mon|Tue|Wed|Thu|Fri|Sat|Sun';
const months = 'Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec';
const times = new RegExp(`((${days}) )?(${months}) +N N:N:N N|N/(${months})/N:N:N:N \\+N`, 'g');

export class Notes {
  readonly observations: Record<string, string> = {};
  readonly #scenario: Scenario;
  readonly #isReeve: boolean;
  /** The files that were there before the server. */
  readonly #before: ReadonlySet<string>;

  constructor(scenario: Scenario, isReeve: boolean, before: ReadonlySet<string>) {
    this.#scenario = scenario;
    this.#isReeve = isReeve;
    this.#before = before;
  }

  /** What the application says to a request on the first address of the file. */
  async firstAnswer(): Promise<{
    readonly answer: Answer | undefined;
    readonly facts: Facts | undefined;
  }> {
    const mount = this.#scenario.mounts[0]?.replace(/\/$/, '') ?? '';
    const answer = await this.#ask(`${mount}/?probe=0`);
    return { answer, facts: answer === undefined ? undefined : readFacts(answer.text) };
  }

  sockets(): void {
    const { base } = this.#scenario;
    for (const line of listening()) {
      const [, name] = /^unix ([^@].*)/.exec(line) ?? [];
      const shown = name === undefined ? line : `unix ${path.resolve(base, name)}`;
      this.observations[`listens on ${shown}`] = 'yes';
    }
  }

  async answers(): Promise<void> {
    for (const listener of this.#scenario.listeners) await this.#answerOf(listener);
    const posted = await this.#ask('/?probe=2', { method: 'POST', body: 'a=b' });
    const body = posted === undefined ? undefined : readFacts(posted.text)?.body;
    this.observations['POST'] = `${posted?.status} ${body}`;
    const head = await this.#ask('/?probe=3', { method: 'HEAD' });
    this.observations['HEAD'] = String(head?.status);
    for (const probe of this.#scenario.probes) await this.#staticFile(probe);
    for (const mount of this.#scenario.mounts) await this.#mounted(mount);
    if (this.#scenario.mounts.length > 0) {
      const outside = await this.#ask('/nowhere-mounted');
      this.observations['outside of mounts'] = String(outside?.status);
    }
    await this.#ask('/?prints');
    await pause(200); // Until the line of the last request is written.
    this.#logs();
  }

  async #answerOf(listener: Listener): Promise<void> {
    const { base } = this.#scenario;
    const answer = await ask(listener, base, { target: '/a%20b?probe=1' });
    const where = `answer of ${listener.address}`;
    this.observations[where] = answer === undefined ? 'nothing' : String(answer.status);
    const told = answer === undefined ? undefined : readFacts(answer.text);
    if (told === undefined) return;
    this.observations[`${where}, application`] = `${told.file} as ${told.module}`;
    for (const [key, value] of Object.entries(told.environ)) {
      if (key === 'REMOTE_PORT') continue;
      this.observations[`environ of ${listener.protocol}, ${key}`] = JSON.stringify(value);
    }
  }

  async #staticFile(probe: string): Promise<void> {
    const answer = await this.#ask(probe);
    const isStatic = readFacts(answer?.text ?? '') === undefined;
    const text = isStatic ? answer?.text.trim() : 'the application';
    this.observations[`static ${probe}`] = `${answer?.status} ${text}`;
    if (!isStatic) return;
    for (const [name, value] of answer?.headerList ?? []) {
      if (/^(date|last-modified|server)$/i.test(name)) continue;
      const isRandom = /^(expires|etag)$/i.test(name);
      this.observations[`static ${probe}, ${name.toLowerCase()}`] = isRandom ? 'some' : value;
    }
  }

  async #mounted(mount: string): Promise<void> {
    const target = `${mount.replace(/\/$/, '')}/x`;
    const answer = await this.#ask(target);
    const told = readFacts(answer?.text ?? '');
    const shown = JSON.stringify([
      told?.file,
      told?.environ['SCRIPT_NAME'] ?? '',
      told?.environ['PATH_INFO'],
    ]);
    this.observations[`mount ${target}`] = `${answer?.status} ${shown}`;
  }

  #logs(): void {
    const lines = logged('probe=1', this.#newFiles());
    const names = lines.map(({ file }) => file).join(' ');
    this.observations['requests are logged in'] = names || 'nothing';
    const [first] = lines;
    if (first !== undefined) {
      const line = first.line.replace(/\d+/g, 'N').replace(times, 'TIME');
      this.observations['line of a request'] = line;
    }
    const printed = logged('the stub prints', this.#newFiles()).map(({ file }) => file);
    this.observations['prints are logged in'] = printed.join(' ') || 'nothing';
  }

  #newFiles(): string[] {
    return [...writtenFiles().keys()].filter((name) => !this.#before.has(name));
  }

  /** uWSGI logs the start of each process that runs the application; ours have a parent. */
  async workersOfUwsgi(facts: Facts | undefined): Promise<void> {
    if (facts === undefined || this.#isReeve) return;
    const count = () => {
      const spawned = this.texts().matchAll(/spawned uWSGI worker (\d+) /g);
      return new Set([...spawned].map(([, number]) => number)).size;
    };
    let seen = -1;
    // Until no more come.
    while (seen !== count()) {
      seen = count();
      await pause(500);
    }
    this.observations['workers'] = String(Math.max(seen, 1));
  }

  /** All that was written to standard output, standard error and new files. */
  texts(): string {
    const texts = [outputPath, ...this.#newFiles()].map((file) => {
      const facts = fs.lstatSync(file, { throwIfNoEntry: false });
      return facts?.isFile() === true ? fs.readFileSync(file, 'utf8') : '';
    });
    return texts.join('\n');
  }

  process(facts: Facts): void {
    const { pid, parent, uid, gid, groups, environment, title, ...rest } = facts.process;
    const account = `${nameOf('passwd', Number(uid))}:${nameOf('group', Number(gid))}`;
    this.observations['process user'] = account;
    this.observations['process groups'] = String(groups)
      .split(' ')
      .map((id) => (id === '' ? '' : nameOf('group', Number(id))))
      .join(' ');
    for (const [key, value] of Object.entries(rest)) {
      this.observations[`process ${key}`] = JSON.stringify(value);
    }
    const { path: places, cwd } = rest;
    const absolute = Array.isArray(places)
      ? places.map((one) => path.resolve(`${cwd}`, `${one}`))
      : [];
    this.observations['process path'] = [...new Set(absolute)].join(' ');
    for (const [name, value] of Object.entries(environment)) {
      this.observations[`variable ${name}`] = value;
    }
    if (this.#isReeve) {
      const all = others().filter((other) => other.parent === parent);
      this.observations['workers'] = String(all.length);
    }
    if (this.#scenario.options.some((name) => name.includes('procname'))) {
      this.observations['title of a worker'] = shownTitle(String(title));
      this.observations['title of the master'] = shownTitle(
        processInfo(masterOf(pid))?.title ?? '',
      );
    }
  }

  filesWhileItRuns(): void {
    for (const [name, facts] of writtenFiles()) {
      if (this.#before.has(name)) continue;
      const isPidfile = facts.isFile() && facts.size < 12 && facts.size > 1;
      const pid = isPidfile ? Number(fs.readFileSync(name, 'utf8')) : Number.NaN;
      const holds = Number.isNaN(pid) ? '' : pid === topPid() ? ', pid of the master' : ', a pid';
      this.observations[`while it runs: ${name}`] = `${describe(facts)}${holds}`;
    }
  }

  /** Which of its sockets and pidfiles are left. */
  filesAfterTheStop(): void {
    const there = writtenFiles();
    for (const [name, shown] of Object.entries(this.observations)) {
      const [, file] = /^while it runs: (.*)/.exec(name) ?? [];
      if (file === undefined || !/^s|pid/.test(shown)) continue;
      this.observations[`after the stop: ${file}`] = there.has(file) ? 'left' : 'removed';
    }
  }

  async #ask(target: string, more: Question = {}): Promise<Answer | undefined> {
    const [first] = this.#scenario.listeners;
    return first === undefined ? undefined : ask(first, this.#scenario.base, { target, ...more });
  }
}

/** uWSGI leaves what its title does not cover of the words it was started with. */
function shownTitle(title: string): string {
  return title.replace(/ {2}.*/, '').replace(/\d+$/, 'N');
}

function readFacts(text: string): Facts | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // A page of the server's own.
  }
}
