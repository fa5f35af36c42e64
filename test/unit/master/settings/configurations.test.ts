/** Which configuration is in force, and what is kept of the others. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { resolve } from '../../../../src/config/values/resolve.ts';
import type { Configuration } from '../../../../src/master/settings/configuration.ts';
import { Configurations } from '../../../../src/master/settings/configurations.ts';
import type { Listener } from '../../../../src/master/listeners/open.ts';
import { gatewaySettings } from '../../../../src/master/settings/plan.ts';
import type { Plan } from '../../../../src/supervision/fleet.ts';
import { defaultResponses } from '../../../process/gateway/default-settings.ts';

const { settings } = resolve([], new Set(), 2);

function listener(fd: number): Listener {
  return {
    name: `:${fd}`,
    option: 'http',
    protocol: 'http',
    origin: 'app.ini:1',
    fd,
    address: { kind: 'tcp', host: '127.0.0.1', port: fd },
    bound: `127.0.0.1:${fd}`,
    serverPort: String(fd),
    file: undefined,
    keeper: 'reeve',
    backlog: 100,
    mode: undefined,
    owner: undefined,
  };
}

/** A reading whose gateway is told `title`, with listeners on these descriptors. */
function reading(number: number, fds: readonly number[], title = 'same'): Configuration {
  const titles = { master: '', gateway: title, spawner: '', worker: '', log: '', job: '' };
  const gateway = gatewaySettings({
    ...{ settings, applications: [], listeners: [], channelFd: 0, title, logFile: '', app: '' },
    ...{ spoolDirectories: [], responses: defaultResponses },
  });
  return {
    ...{ number, settings, applications: [], applicationNames: '', titles, directory: '/' },
    ...{
      python: '',
      environment: {},
      journal: null,
      moduleFacts: { options: [], magic: [] },
      listeners: fds.map(listener),
    },
    ...{ gateway, gatewayIdentity: title, spool: { own: [], external: [] } },
  };
}

interface Running {
  readonly configurations: Configurations;
  readonly first: Plan;
  readonly told: number[];
}

/** The first reading serves, with listeners 5 and 6. */
function serving(): Running {
  const one = reading(1, [5, 6]);
  const configurations = new Configurations(one);
  const told: number[] = [];
  configurations.whenInForce(({ number }) => told.push(number));
  const { plan: first } = configurations.adopt(one, undefined);
  configurations.follow(first);
  return { configurations, first, told };
}

const fdsOf = (listeners: readonly Listener[]) => listeners.map(({ fd }) => fd);

describe('a configuration', () => {
  test('is in force when its generation serves, not when it is read', () => {
    const { configurations, first, told } = serving();
    const { plan } = configurations.adopt(reading(2, [6, 7]), first);
    configurations.follow(first);
    configurations.follow(undefined);
    assert.equal(configurations.inForce.number, 1);
    assert.deepEqual(told, []);
    configurations.follow(plan);
    configurations.follow(plan);
    assert.equal(configurations.inForce.number, 2);
    assert.deepEqual(told, [2]);
  });

  test('that failed loses its listeners at once, and is forgotten when it has left', () => {
    const { configurations, first, told } = serving();
    const { plan } = configurations.adopt(reading(2, [6, 7]), first);
    assert.deepEqual(fdsOf(configurations.listeners()), [5, 6, 7]);
    const closed = configurations.dropUnused({ needed: [first], leaving: [plan] });
    assert.deepEqual(fdsOf(closed), [7]);
    assert.equal(configurations.of(plan).number, 2);
    configurations.dropUnused({ needed: [first], leaving: [] });
    assert.throws(() => configurations.of(plan), /no configuration 2/);
    assert.equal(configurations.inForce.number, 1);
    assert.deepEqual(told, []);
    assert.equal(configurations.nextNumber, 3);
  });

  test('that took over leaves to the old one no listener that only that had', () => {
    const { configurations, first } = serving();
    const { plan } = configurations.adopt(reading(2, [6, 7]), first);
    configurations.follow(plan);
    const closed = configurations.dropUnused({ needed: [plan], leaving: [first] });
    assert.deepEqual(fdsOf(closed), [5]);
    assert.deepEqual(fdsOf(configurations.takeListeners()), [6, 7]);
    assert.deepEqual(configurations.listeners(), []);
  });

  test('is served by the gateway of what serves, where that is told the same', () => {
    const { configurations, first } = serving();
    const same = configurations.adopt(reading(2, [5, 6]), first);
    assert.deepEqual([same.isNewGateway, same.plan.gateway], [false, first.gateway]);
    const other = configurations.adopt(reading(3, [5, 6], 'other'), first);
    assert.deepEqual([other.isNewGateway, other.plan.gateway], [true, first.gateway + 1]);
    // After a failure the one that serves counts, not the newest.
    const again = configurations.adopt(reading(4, [5, 6]), first);
    assert.deepEqual([again.isNewGateway, again.plan.gateway], [false, first.gateway]);
  });
});
