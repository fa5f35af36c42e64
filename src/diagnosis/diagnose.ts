/**
 * The rules of `reeve why` in one table, and what they find in an instance (pure).
 *
 * A rule knows causes and no scenario: it looks at what threads wait for, at what has ended and
 * how, at rates. Each finding has a weight, for how likely it is the cause of what is wrong. A
 * symptom that another finding explains is left out.
 */

import { cutRequests, memoryGrowth, poisonRequests, workerDeaths, workersChurn } from './deaths.ts';
import type { Cause, Finding, Rule } from './finding.ts';
import { deadlocks, interpreterHeld, slowRequests, slowWithoutStacks } from './hanging.ts';
import { deadTasks, failingCrons, failingDaemons, failingJobs, hungTasks } from './jobs.ts';
import { clientsWaiting, connectionsFull, slowClients, tooFewWorkers } from './load.ts';
import {
  diskTrouble,
  filesUsedUp,
  fullDisks,
  logLost,
  machineBusy,
  memoryShort,
} from './machine.ts';
import { sceneOf, type Looks } from './scene.ts';
import {
  brokenDeploy,
  errorsLogged,
  failingRequests,
  gatewaySilent,
  notReady,
  slowReload,
  threadsLost,
} from './service.ts';

const rules: readonly Rule[] = [
  ...[
    notReady,
    gatewaySilent,
    brokenDeploy,
    slowReload,
    failingRequests,
    errorsLogged,
    threadsLost,
  ],
  ...[deadlocks, interpreterHeld, slowRequests, slowWithoutStacks, slowClients],
  ...[poisonRequests, cutRequests, workerDeaths, workersChurn, memoryGrowth],
  ...[tooFewWorkers, clientsWaiting, connectionsFull],
  ...[fullDisks, diskTrouble, filesUsedUp, memoryShort, machineBusy, logLost],
  ...[hungTasks, failingJobs, failingDaemons, failingCrons, deadTasks],
];

/** What follows from a cause: found beside it, it says nothing new. */
const explains: Readonly<Partial<Record<Cause, readonly Cause[]>>> = {
  'fork-unsafe-thread': ['fork-unsafe-thread', 'deadlock'],
  deadlock: ['too-few-workers', 'clients-waiting'],
  'interpreter-held': ['too-few-workers', 'processors-used-up', 'clients-waiting'],
  'slow-requests': ['too-few-workers', 'clients-waiting'],
  'poison-request': ['worker-deaths', 'too-few-workers'],
  'full-disk': ['disk-trouble', 'log-lines-lost', 'failing-requests', 'errors-logged'],
  'connections-full': ['clients-waiting'],
  'open-files': ['failing-requests'],
  'memory-growth': ['workers-churn'],
  'slow-clients': ['too-few-workers', 'clients-waiting'],
  'broken-deploy': ['failing-requests'],
};

/** The most likely cause first; [] where nothing is wrong. */
export function diagnose(looks: Looks): readonly Finding[] {
  const scene = sceneOf(looks);
  const all = rules
    .flatMap((look) => look(scene))
    .toSorted((one, other) => other.weight - one.weight);
  return all.filter(
    (finding, at) => !all.slice(0, at).some((first) => isExplained(finding, first)),
  );
}

function isExplained({ cause, severity }: Finding, first: Finding): boolean {
  if (first.severity === 'note' && severity !== 'note') return false;
  return (explains[first.cause] ?? []).includes(cause);
}

/** Whether an operator has to do something. */
export function isTrouble({ severity }: Finding): boolean {
  return severity !== 'note';
}
