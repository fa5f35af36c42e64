/** The snapshot as uWSGI's stats server shows it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import type { GatewayStatus } from '../../../../src/protocol/control-messages.ts';
import type { FleetReport } from '../../../../src/master/reporting/snapshot.ts';
import { snapshotOf } from '../../../../src/master/reporting/snapshot.ts';
import { statsOf, statsText } from '../../../../src/master/reporting/uwsgi-stats.ts';
import { plan, rest, servingWorld, type World } from '../../supervision/world.ts';

type Stats = ReturnType<typeof JSON.parse>;

const options = {
  ...{ processes: 1, threads: 2, cheaper: 0, harakiri: 0 },
  ...{ 'max-requests': 0, 'reload-on-rss': 0 },
};
const terms = { version: '1.2', pid: 7, cores: 'with-cores' } as const;

/** What the gateway says of one worker that runs a request of this target. */
function gatewayReport(uri: string): GatewayStatus {
  const request = {
    method: 'GET',
    uri,
    requestId: 'f00',
    thread: 1,
    seconds: 3,
    heldByClient: false,
  };
  const applications = [{ requests: 5, failures: 1 }];
  const tally = {
    requests: 5,
    failures: 1,
    overruns: 2,
    runMicros: 900,
    averageMicros: 180,
    sentBytes: 4_000,
    threads: [3, 2],
    applications,
  };
  const worker = { generation: 1, slot: 1, now: [], running: [request], requests: 4, tally };
  return {
    type: 'status',
    number: 1,
    running: 1,
    queued: 8,
    oldestMs: 3,
    waitedMaxMs: 9,
    connections: 2,
    requests: 5,
    droppedLogLines: 0,
    spool: { bytes: 0, files: 0, limitBytes: 0, directory: '' },
    pid: 6,
    counts: { times: [], overruns: 0, signalsDropped: 1 },
    quarantine: [],
    signalsWaiting: 2,
    growth: [],
    workers: [worker],
  };
}

function reportOf(world: World, uri = '/'): FleetReport {
  return {
    fleet: world.fleet,
    nowMs: world.nowMs,
    dateMs: 1_000_000_000_000,
    reports: new Map([[1, gatewayReport(uri)]]),
    line: 'serving',
    spawnerPid: () => 5,
    gatewayPid: () => 6,
    chargedBytes: () => undefined,
    memory: () => ({ residentBytes: 300, addressSpaceBytes: 900 }),
    cpuSeconds: () => 1.5,
    disks: [],
    lostThreads: () => ({ count: 0, names: [] }),
    ofPlan: () => ({ threads: 2, mounts: [''], options }),
    busiest: undefined,
    process: { uid: 0, gid: 0, directory: '/srv' },
    listeners: [
      { address: '0.0.0.0:80', option: 'http', protocol: 'http', waiting: 2, backlog: 100 },
    ],
    reloads: [],
    systemd: { isNotified: false, watchdogSeconds: null, unit: '' },
    totals: {
      times: [],
      overruns: 0,
      signalsDropped: 1,
      droppedLogLines: 0,
      workerStarts: 1,
      workerDeaths: 0,
      gatewayStarts: 1,
      reloads: { started: 1, reloaded: 0, failed: 0, refused: 0 },
    },
    jobs: {
      ...{ daemons: [], crons: [], spoolers: [], raisers: [] },
      tasks: { done: 0, failed: 0 },
      signals: { raised: 9, waiting: 1, dropped: 3, failures: 0 },
    },
    shared: { caches: [], locks: [], metrics: [] },
    spoolerAt: () => undefined,
    directoryOf: () => '',
  };
}

function statsOfWorld(world: World, uri?: string): Stats {
  return JSON.parse(statsText(statsOf(snapshotOf(reportOf(world, uri)), terms), 'lines'));
}

describe('stats', () => {
  test('has the names of uWSGI in their order', () => {
    const stats = statsOfWorld(servingWorld());
    assert.deepEqual(
      Object.keys(stats).join(' '),
      'version listen_queue listen_queue_errors signal_queue load pid uid gid cwd locks sockets workers',
    );
    assert.equal(
      Object.keys(stats.workers[0]).join(' '),
      'id pid accepting requests delta_requests exceptions harakiri_count signals signal_queue status ' +
        'rss vsz running_time last_spawn respawn_count tx avg_rt apps cores',
    );
    assert.equal(
      Object.keys(stats.workers[0].cores[0]).join(' '),
      'id requests static_requests routed_requests offloaded_requests write_errors read_errors ' +
        'in_request vars req_info',
    );
  });

  test('counts what waits in the gateway and in the kernel, and what a place has done', () => {
    const { listen_queue: waiting, workers } = statsOfWorld(servingWorld());
    assert.equal(waiting, 10);
    const [busy, idle] = workers;
    assert.deepEqual(
      [busy.status, busy.accepting, busy.requests, busy.exceptions, busy.harakiri_count],
      ['busy', 1, 5, 1, 2],
    );
    assert.deepEqual([busy.rss, busy.vsz, busy.tx, busy.avg_rt], [300, 900, 4_000, 180]);
    assert.deepEqual([idle.status, idle.requests, idle.respawn_count], ['idle', 0, 1]);
    assert.deepEqual(
      busy.cores.map((core: Stats) => [core.requests, core.in_request]),
      [
        [3, 0],
        [2, 1],
      ],
    );
    assert.equal(busy.cores[1].req_info.request_start, 999_999_997);
  });

  test('is valid JSON whatever bytes a client sends', () => {
    const uri = '/\u0000\u0007"\\\u00ff\u0080\u2028\ud800';
    const [worker] = statsOfWorld(servingWorld(), uri).workers;
    assert.ok(worker.cores[1].vars.includes(`REQUEST_URI=${uri}`));
    const text = statsText(statsOf(snapshotOf(reportOf(servingWorld(), uri)), terms), 'lines');
    assert.equal(Buffer.from(text).toString(), text, 'not UTF-8');
  });

  test('shows each number once while two generations are there', () => {
    const world = servingWorld();
    world.post({ kind: 'reload', plan: { ...plan, reloadMode: 'rolling' } });
    world.advance(world.find('spawner', 2)!);
    world.deliver();
    assert.deepEqual(
      statsOfWorld(world).workers.map(({ id }: Stats) => id),
      [1, 2],
    );
    world.advance(world.find('worker', 2, 1)!);
    const next = world.find('worker', 2, 1)!.pid;
    const old = world.find('worker', 1, 2)!.pid;
    assert.deepEqual(
      statsOfWorld(world).workers.map(({ pid }: Stats) => pid),
      [next, old],
    );
    rest(world);
    assert.equal(statsOfWorld(world).workers.length, 2);
  });

  test('knows suspended workers, and those that have no process', () => {
    const world = servingWorld();
    world.post({ kind: 'suspend' });
    world.end(world.find('worker', 1, 2)!);
    world.end(world.find('worker', 1, 2)!);
    assert.deepEqual(
      statsOfWorld(world).workers.map(({ status }: Stats) => status),
      ['busy', 'cheap'],
    );
  });

  test('leaves the cores out, and fits into one line', () => {
    const stats = statsOf(snapshotOf(reportOf(servingWorld())), {
      ...terms,
      cores: 'without-cores',
    });
    const text = statsText(stats, 'minified');
    assert.ok(!text.includes('\n') && !text.includes('"cores"'));
  });

  test('is written as uWSGI writes it', () => {
    assert.equal(
      statsText({ pid: 1, list: [{ name: 'a' }, 2], none: [], nothing: {} }, 'lines'),
      '{\n\t"pid":1,\n\t"list":[\n\t\t{\n\t\t\t"name":"a"\n\t\t},\n\t\t2\n\t],\n' +
        '\t"none":[\n\n\t],\n\t"nothing":{\n\n\t}\n}',
    );
  });
});
