/** Hooks: the order of their points at a start, a death, a reload and a stop, and their actions. */

import fs from 'node:fs';

import type { Place } from '../support/place.ts';
import { until } from '../support/until.ts';
import type { Observations } from './compare.ts';
import { MASTER, whileServing } from './servers.ts';
import type { ServerName } from './servers.ts';

const points: Readonly<Record<string, readonly string[]>> = {
  master: ['asap', 'pre-jail', 'in-jail', 'as-root', 'as-user', 'as-user-atexit'],
  application: ['pre-app', 'post-app'],
  worker: ['post-fork', 'accepting', 'accepting-once', 'accepting1', 'accepting1-once'],
  'end of the start': ['master-start'],
};
/** Those that have exec-* too. */
const withCommand = ['pre-jail', 'in-jail', 'as-root', 'as-user', 'pre-app', 'post-app'];
const phases = ['start', 'death of worker 1', 'reload', 'stop'];

const application = `
import os
import uwsgi
def note():
    with open(f"worker-{uwsgi.worker_id()}", "w") as file:
        file.write(str(os.getpid()))
uwsgi.post_fork_hook = note
def application(environ, start_response):
    start_response("200 OK", [])
    return [b"alive"]
`;

/** The points in order of their first time in each phase; how often, where it is not once. */
export async function hookObservations(name: ServerName, place: Place): Promise<Observations> {
  const order = place.path('order');
  place.write('app.py', application);
  place.write('order', '');
  const notes: string[] = [];
  const countOf = (note: string): number => place.read('order').split(`${note}\n`).length - 1;
  const next = (): void => {
    notes.push(place.read('order'));
    fs.writeFileSync(order, '');
  };
  const isStarted = (): boolean =>
    countOf(' accepting-once exec') === 2 &&
    countOf(' accepting1-once exec') === 1 &&
    countOf(' master-start exec') === 1;
  const ini = [MASTER, 'processes = 2', 'module = app', ...noting(order)].join('\n');
  await whileServing(name, place, { ini }, async (daemon) => {
    await until('all have run', isStarted);
    next();
    process.kill(Number(place.read('worker-1')), 'SIGKILL');
    await until('there is another worker 1', () => countOf(' accepting1 exec') === 1);
    next();
    process.kill(daemon.masterPid, 'SIGHUP');
    await until('all have run again', isStarted);
    next();
  });
  next();
  const seen: Record<string, string> = await actionObservations(name, place);
  for (const [at, phase] of phases.entries()) {
    for (const [process, names] of Object.entries(points)) {
      const mine = (notes[at] ?? '').split('\n').filter((note) => names.includes(firstWord(note)));
      seen[`${phase}, ${process}`] = [...new Set(mine)].join(', ');
      // Only root comes by as-root.
      for (const point of names.filter((each) => each !== 'as-root')) {
        const times = mine.filter((note) => note === ` ${point} hook`).length;
        if (times > 0) seen[`${phase}, ${point}, times`] = String(times);
      }
    }
  }
  return seen;
}

/** Each note stands between a space and the end of its line, so that none ends as another does. */
function noting(order: string): string[] {
  const all = Object.values(points).flat();
  return [
    ...all.map((point) => `hook-${point} = appendn:${order}  ${point} hook`),
    ...all.map((point) => `hook-${point} = exec:echo ' ${point} exec' >> ${order}`),
    ...withCommand.map((point) => `exec-${point} = echo ' ${point} command' >> ${order}`),
  ];
}

function firstWord(note: string): string {
  return note.trim().split(' ')[0] ?? '';
}

/** What actions leave, done by the process that loads the application and by a worker. */
async function actionObservations(name: ServerName, place: Place): Promise<Record<string, string>> {
  const folders = ['pre-app', 'accepting'];
  for (const folder of folders) fs.rmSync(place.path(folder), { recursive: true, force: true });
  const ini = [MASTER, ...folders.flatMap((point) => acting(place, point))].join('\n');
  return whileServing(name, place, { app: 'hello', ini }, async () => {
    const seen: Record<string, string> = {};
    for (const folder of folders) {
      await until('the last has run', () => fs.existsSync(place.path(`${folder}/last`)));
      for (const file of fs.readdirSync(place.path(folder)).toSorted()) {
        const path = place.path(`${folder}/${file}`);
        const { mode } = fs.statSync(path);
        const text = fs.statSync(path).isFile() ? fs.readFileSync(path, 'utf8') : '';
        seen[`${folder}, ${file}`] = `${(mode & 0o7777).toString(8)} ${text}`;
      }
    }
    return seen;
  });
}

function acting(place: Place, point: string): string[] {
  const at = (name: string): string => place.path(`${point}/${name}`);
  return [
    `mkdir:${place.path(point)}`,
    `write:${at('written')} one  two `,
    `writen:${at('line')} three`,
    `append:${at('more')} four`,
    `append:${at('more')} five`,
    `appendn:${at('lines')} six`,
    `appendn:${at('lines')} seven eight`,
    `write:${at('again')} long text`,
    `write:${at('again')} short`,
    `creat:${at('empty')}`,
    `chmod:${at('empty')} 604`,
    `create:${at('gone')}`,
    `unlink:${at('gone')}`,
    `mkdir:${at('sticky')}`,
    `sticky:${at('sticky')}`,
    `putenv:TOLD=a=b c`,
    `exec:echo "$TOLD" > ${at('told')}`,
    `safeexec:exit 7`,
    `callint:umask 63`,
    `write:${at('private')} x`,
    `callint:umask 18`,
    `wait_for_file:${at('private')}`,
    `exec:touch ${at('last')}`,
  ].map((action) => `hook-${point} = ${action}`);
}
