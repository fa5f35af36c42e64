/**
 * A container in small: PID 1, a read-only root, a user without privileges, nothing of systemd;
 * with the ini of docs/tutorials/docker.md.
 */

import assert from 'node:assert/strict';
import fs from 'node:fs';

import { reeveBinary } from '../support/daemon.ts';
import { repository } from '../support/interpreters.ts';
import { blockOf } from '../support/page-blocks.ts';
import { story } from '../support/place.ts';
import { until } from '../support/until.ts';

// An interpreter that every user can reach.
process.env['REEVE_TEST_PYTHON'] = '/usr/bin/python3';

const mustBeRoot = process.getuid?.() !== 0 && 'only root can make its root directory';
const uid = 61_208;

/** Becomes the first process of a pid namespace, with PLACE/root as its root directory. */
const container = `
set -e
root=$1; repository=$2; shift 2
mount --make-rprivate /
mount --bind / "$root"
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
mount -o remount,bind,ro "$root"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs -o mode=1777 tmpfs "$root/mnt"
mkdir -p "$root/mnt/app"; cp app.py uwsgi.ini "$root/mnt/app"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
if [ ! -e "$root/$repository" ]; then
  mkdir -p "$root/$repository"; mount --bind "$repository" "$root/$repository"
fi
exec chroot --userspec=${uid}:${uid} --groups= "$root" env -i PATH=/usr/bin:/bin "$@"
`;

const application = `
import os, time
def application(environ, start_response):
    if environ["PATH_INFO"] == "/slow":
        time.sleep(2)
    if environ["PATH_INFO"] == "/orphan":
        if os.fork() == 0:
            if os.fork() == 0:
                time.sleep(0.1)
            os._exit(0)
        os.wait()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getuid()).encode()]
`;

function childrenOf(pid: number): number[] {
  const text = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1');
  return text.split(' ').filter(Boolean).map(Number);
}

story(
  'it serves, reaps what is orphaned, answers `reeve status`, and drains at SIGTERM',
  async (place) => {
    place.write('app.py', application);
    fs.mkdirSync(place.path('root'));
    const ini = blockOf('tutorials/docker.md', 'ini')
      .replace('0.0.0.0:8000', `127.0.0.1:${place.port}`)
      .replace('/app', '/mnt/app')
      .replace('app:app', 'app');
    place.write('uwsgi.ini', ini);
    const daemon = await place.start({
      wrapper: ['unshare', '--pid', '--fork', '--kill-child', '--mount', 'sh', '-c', container],
      program: ['sh', place.path('root'), repository, reeveBinary],
      args: ['--ini', '/mnt/app/uwsgi.ini', '--python', '/usr/bin/python3'],
    });
    assert.match(daemon.log(), /starting as pid 1,/);
    assert.doesNotMatch(daemon.log(), / (warn|error) /);
    const [master = 0] = childrenOf(daemon.masterPid);
    assert.equal((await daemon.get('/')).text, String(uid));
    assert.equal((await daemon.get('/orphan')).status, 200);
    await until('no dead process is left', () =>
      childrenOf(master).every((pid) => !/^State:\s+Z/m.test(statusOf(pid))),
    );
    const root = `/proc/${master}/root`;
    const inside = ['nsenter', '--target', String(master), '--mount', '--pid', `--root=${root}`];
    const user = ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups'];
    const env = { XDG_RUNTIME_DIR: undefined };
    const asked = await place.run([...inside, '--wd=/', ...user, reeveBinary, 'status'], { env });
    assert.match(asked.output, /pid 1, /, asked.output);
    const slow = daemon.get('/slow');
    await until('it runs', async () => {
      const { output } = await place.run([...inside, '--wd=/', ...user, reeveBinary, 'status'], {
        env,
      });
      return output.includes('GET /slow');
    });
    process.kill(master, 'SIGTERM');
    assert.equal((await slow).status, 200);
    assert.equal((await daemon.exit).code, 0);
  },
  { skip: mustBeRoot },
);

function statusOf(pid: number): string {
  try {
    return fs.readFileSync(`/proc/${pid}/status`, 'latin1');
  } catch {
    return ''; // It has been reaped meanwhile.
  }
}
