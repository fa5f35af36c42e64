/** The same file, the same application and the same requests, for the real uwsgi and for Reeve. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { story } from '../support/place.ts';
import type { Place } from '../support/place.ts';
import { listedSubjects, compare, withoutReason } from './compare.ts';
import type { Observations } from './compare.ts';
import { environObservations, packetObservations } from './environ-observations.ts';
import { exceptionObservations } from './exception-observations.ts';
import { gzipObservations } from './gzip-observations.ts';
import { headerObservations } from './header-observations.ts';
import { hookObservations } from './hook-observations.ts';
import { loadingObservations } from './loading-observations.ts';
import { addedObservations, hostObservations, mountObservations } from './mount-observations.ts';
import {
  exitCodeObservations,
  iniObservations,
  logObservations,
  precedenceObservations,
  responseObservations,
  signalObservations,
  titleObservations,
  leftFileObservations,
} from './observations.ts';
import { pasteObservations } from './paste-observations.ts';
import { proxyObservations } from './proxy-observations.ts';
import { cannotCompare } from './servers.ts';
import type { ServerName } from './servers.ts';
import { muleObservations } from './mule-observations.ts';
import {
  raisedSignalObservations,
  waitedSignalObservations,
} from './raised-signal-observations.ts';
import { settingsObservations } from './settings.ts';
import { spoolerObservations } from './spooler-observations.ts';
import { staticObservations, staticRuleObservations } from './static-observations.ts';

type Observe = (name: ServerName, place: Place) => Promise<Observations>;

const subjects: Readonly<Record<string, Observe>> = {
  'environ over http': (name, place) => environObservations(name, place, 'http'),
  'environ over http-socket': (name, place) => environObservations(name, place, 'http-socket'),
  'environ over the uwsgi protocol': packetObservations,
  'place of an application': mountObservations,
  'host of an application': hostObservations,
  'variables of a front server': addedObservations,
  hooks: hookObservations,
  'beside the application': loadingObservations,
  'application of PasteDeploy': pasteObservations,
  'exception that is shown': exceptionObservations,
  'compressed response': gzipObservations,
  'headers of the configuration': headerObservations,
  'PROXY header': proxyObservations,
  response: responseObservations,
  'static files': staticObservations,
  'rules for static files': staticRuleObservations,
  spooler: spoolerObservations,
  settings: settingsObservations,
  'ini dialect': iniObservations,
  precedence: precedenceObservations,
  title: titleObservations,
  'exit code': exitCodeObservations,
  signal: signalObservations,
  'signal of the application': raisedSignalObservations,
  'signal that a request waits for': waitedSignalObservations,
  mule: muleObservations,
  'left file': leftFileObservations,
  log: logObservations,
};

for (const [subject, observe] of Object.entries(subjects)) {
  story(
    `${subject}: Reeve differs from uwsgi only as listed`,
    async (place) => {
      const uwsgi = await observe('uwsgi', place);
      const reeve = await observe('reeve', place);
      compare(subject, uwsgi, reeve);
    },
    { skip: cannotCompare, timeoutMs: 120_000 },
  );
}

test('every listed difference has a reason, and is about something that is compared', () => {
  assert.deepEqual(withoutReason(), []);
  assert.deepEqual(
    listedSubjects().filter((subject) => !(subject in subjects)),
    [],
  );
});
