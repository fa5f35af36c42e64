/** The lives of attached daemons, without a process. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { readDaemon } from '../../../../src/config/values/daemons.ts';
import {
  newDaemons,
  nextDaemonDeadline,
  stepDaemons,
  type DaemonEffect,
  type DaemonEvent,
} from '../../../../src/supervision/jobs/daemons.ts';
import type { AttachedDaemon } from '../../../../src/supervision/jobs/terms.ts';

function daemonOf(
  option: 'attach-daemon' | 'attach-daemon2' | 'smart-attach-daemon',
  text: string,
) {
  const read = readDaemon(option, { text, origin: '' });
  if (read.kind === 'problem') throw new Error(read.sentence);
  return read.daemon;
}

const plain = daemonOf('attach-daemon', 'redis-server');
const smart = daemonOf('smart-attach-daemon', '/run/c.pid celery multi start');

class World {
  state = newDaemons();
  nowMs = 0;
  effects: DaemonEffect[] = [];

  post(event: DaemonEvent): void {
    const { daemons, effects } = stepDaemons(this.state, event, this.nowMs);
    this.state = daemons;
    this.effects.push(...effects);
  }

  /** What was asked for since the last time, without what is said. */
  take(): string[] {
    const taken = this.effects.splice(0).filter(({ kind }) => kind !== 'say');
    return taken.map((effect) =>
      'number' in effect ? `${effect.kind} ${effect.number}` : effect.kind,
    );
  }

  want(...daemons: AttachedDaemon[]): void {
    this.post({ kind: 'wanted', daemons });
  }

  /** Lets time go by to the next deadline, and returns how long that was. */
  wait(): number {
    const atMs = nextDaemonDeadline(this.state);
    if (atMs === undefined) return Infinity;
    const waitedMs = atMs - this.nowMs;
    this.nowMs = atMs;
    this.post({ kind: 'time' });
    return waitedMs;
  }

  run(number: number): void {
    this.post({ kind: 'started', number, pid: 100 + number });
  }

  end(number: number, how = 'exited with code 1'): void {
    this.post({ kind: 'ended', number, how });
  }
}

function running(daemon: AttachedDaemon): World {
  const world = new World();
  world.want(daemon);
  world.run(1);
  world.take();
  return world;
}

describe('an attached daemon', () => {
  test('is started again with pauses that grow, up to its longest', () => {
    const world = new World();
    world.want(daemonOf('attach-daemon2', 'cmd=x,max_throttle=1'));
    const pauses = Array.from({ length: 6 }, () => {
      world.run(1);
      world.end(1);
      return world.wait();
    });
    assert.deepEqual(pauses, [100, 200, 400, 800, 1_000, 1_000]);
  });

  test('has short pauses again after a long life', () => {
    const world = running(plain);
    world.end(1);
    world.wait();
    world.run(1);
    world.nowMs += 60_000;
    world.end(1);
    assert.equal(world.wait(), 100);
  });

  test('is ended and started again by a reload, one after the other', () => {
    const world = running(plain);
    world.want(plain);
    assert.deepEqual(world.take(), ['end 1']);
    assert.equal(world.state.daemons[0]?.limitAtMs, 60_000);
    world.end(1, 'was killed by SIGTERM');
    assert.deepEqual(world.take(), ['start 1']);
  });

  test('gets its own signals', () => {
    const world = running(daemonOf('attach-daemon2', 'cmd=x,stopsignal=2,reloadsignal=10'));
    const signals = () =>
      world.effects.splice(0).flatMap((each) => (each.kind === 'end' ? [each.signal] : []));
    world.want(daemonOf('attach-daemon2', 'cmd=x,stopsignal=2,reloadsignal=10'));
    assert.deepEqual(signals(), [10]);
    world.end(1);
    world.run(1);
    world.post({ kind: 'stop', limitMs: 3_000 });
    assert.deepEqual(signals(), [2]);
  });

  test('that a reload brings waits for the one that it removes', () => {
    const world = running(plain);
    world.want(daemonOf('attach-daemon', 'redis-server --port 1'));
    assert.deepEqual(world.take(), ['end 1']);
    assert.equal(nextDaemonDeadline(world.state), 60_000);
    world.end(1);
    assert.deepEqual(world.take(), ['start 2']);
  });

  test('is killed when it has not ended in time, and a stop ends with the last one', () => {
    const world = running(plain);
    world.post({ kind: 'stop', limitMs: 3_000 });
    assert.deepEqual(world.take(), ['end 1']);
    assert.equal(world.wait(), 3_000);
    assert.deepEqual(world.take(), ['kill 1']);
    world.end(1);
    assert.deepEqual(world.take(), ['all-gone']);
    assert.equal(nextDaemonDeadline(world.state), undefined);
  });

  test('that waits for its next start is not started by a stop', () => {
    const world = running(plain);
    world.end(1);
    world.post({ kind: 'stop', limitMs: 3_000 });
    assert.deepEqual(world.take(), ['all-gone']);
  });

  test('with control ends Reeve when it ends', () => {
    const world = running(daemonOf('attach-daemon2', 'cmd=x,control=1'));
    world.end(1);
    assert.deepEqual(world.take(), ['control-ended 1']);
  });

  test('is ended by a touched file, and started again', () => {
    const world = running(plain);
    world.post({ kind: 'touched', number: 1, file: '/x' });
    world.end(1);
    assert.deepEqual(world.take(), ['end 1', 'start 1']);
  });
});

describe('a daemon with a pidfile', () => {
  test('is taken over where the file names a process', () => {
    const world = new World();
    world.want(smart);
    assert.deepEqual(world.take(), ['look 1']);
    world.post({ kind: 'looked', number: 1, pid: 7 });
    world.wait();
    assert.deepEqual(world.take(), ['look 1']);
    world.post({ kind: 'stop', limitMs: 3_000 });
    assert.deepEqual(world.take(), ['all-gone']);
  });

  test('is started where it names none, and has its time to appear', () => {
    const world = new World();
    world.want(smart);
    world.post({ kind: 'looked', number: 1, pid: undefined });
    assert.deepEqual(world.take(), ['look 1', 'start 1']);
    world.run(1);
    world.end(1, 'exited with code 0');
    let looks = 0;
    while (world.take().every((each) => each === 'look 1') && looks < 100) {
      looks += 1;
      world.post({ kind: 'looked', number: 1, pid: undefined });
      world.wait();
    }
    assert.ok(looks >= 10 && looks <= 13, String(looks));
  });

  test('is started again with a pause when its process is gone', () => {
    const world = new World();
    world.want(smart);
    world.post({ kind: 'looked', number: 1, pid: 7 });
    world.nowMs += 1_000;
    world.post({ kind: 'looked', number: 1, pid: undefined });
    assert.ok(!world.take().includes('start 1'));
    assert.equal(world.wait(), 100);
    assert.deepEqual(world.take(), ['start 1']);
    world.run(1);
    world.end(1, 'exited with code 0');
    world.post({ kind: 'looked', number: 1, pid: 8 });
    world.wait();
    assert.deepEqual(world.take(), ['look 1']);
  });

  test('is left alone by a reload, and by its removal', () => {
    const world = new World();
    world.want(smart);
    world.post({ kind: 'looked', number: 1, pid: 7 });
    world.take();
    world.want(smart);
    world.want();
    assert.deepEqual(world.take(), []);
    assert.deepEqual(world.state.daemons, []);
  });

  test('is told of reload and stop where it asks for that', () => {
    const world = new World();
    const told = daemonOf('attach-daemon2', 'cmd=x,pidfile=/run/x.pid,notifypid=1');
    world.want(told);
    world.post({ kind: 'looked', number: 1, pid: 7 });
    world.take();
    world.want(told);
    world.post({ kind: 'stop', limitMs: 1 });
    assert.deepEqual(world.take(), ['notify 1', 'notify 1', 'all-gone']);
  });
});
