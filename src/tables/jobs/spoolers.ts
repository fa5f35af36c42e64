/**
 * Spoolers: processes that run tasks which the application has queued as files.
 */

import { integer, onOff, seconds } from '../kinds.ts';
import { option } from '../option.ts';
import { keyValueList } from '../shared/key-values.ts';
import { isStoreAddress, storeAddressProblem } from '../shared/store-address.ts';
import { list, text } from '../text-kinds.ts';

/** A directory, or the address of a server. */
function placeKind() {
  return keyValueList(
    'DIRECTORY|ADDRESS',
    'a directory, or an address such as redis://host/0',
    (word) => {
      if (word === '') return 'it is empty';
      return isStoreAddress(word) ? storeAddressProblem(word) : undefined;
    },
  );
}

const spoolersMax = { max: 100, why: 'each is a process with the application' };

export const spoolerOptions = {
  spooler: option({
    section: 'jobs',
    kind: placeKind(),
    default: [],
    summary: 'run the tasks that are queued in this directory, or on a server (repeatable)',
    details:
      'uwsgi.spool() of the module `uwsgi` queues a task, and a process with the application gives it to ' +
      'uwsgi.spooler, or to a function of uwsgidecorators. A task is gone when that has returned SPOOL_OK, ' +
      'and is run again if its process, or the machine, ends before: at least once. The directory is ' +
      'made if it is not there. An address (redis://HOST:PORT/DATABASE?queue=NAME) in its place names a ' +
      'server of Redis or Valkey that several machines share. See docs/jobs.md.',
    aliases: ['Q'],
    onReload: 'reload',
    uwsgi: [
      {
        differs:
          'a task that fails is tried again after pauses from 1 s to an hour, and put aside after 20 ' +
          'tries (spooler-retries = 0: never); what is too long for the format is refused, not cut',
      },
    ],
  }),
  'spooler-external': option({
    section: 'jobs',
    kind: placeKind(),
    default: [],
    summary:
      'queue tasks in this directory or on a server, which another instance runs (repeatable)',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'spooler-processes': option({
    section: 'jobs',
    kind: integer({ placeholder: 'NUMBER', min: 1, ...spoolersMax }),
    default: 1,
    summary: 'processes for each directory of spooler',
    onReload: 'reload',
    uwsgi: {
      differs: 'it counts for all directories; in uWSGI for those that are named after it',
      only: (value) => value > 1,
    },
  }),
  'spooler-frequency': option({
    section: 'jobs',
    kind: seconds(),
    default: 30,
    summary: 'seconds between two looks at the directory, for tasks that nobody has told of',
    aliases: ['spooler-freq'],
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'spooler-ordered': option({
    section: 'jobs',
    kind: onOff(),
    default: false,
    summary: 'run tasks in their order',
    onReload: 'reload',
    uwsgi: { always: 'tasks are run by priority, the oldest first' },
  }),
  'spooler-harakiri': option({
    section: 'jobs',
    kind: seconds(),
    default: 0,
    summary: 'end a spooler whose task takes so many seconds (0: never)',
    details:
      'The Python stack of the task is logged first. It is tried again as one that has failed.',
    onReload: 'reload',
    uwsgi: { remark: 'the Python stack of the task is logged', only: (value) => value > 0 },
  }),
  'spooler-chdir': option({
    section: 'jobs',
    kind: text('DIRECTORY', 'the path of a directory'),
    default: '',
    summary: 'run tasks in this directory, not in that of the spooler',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'spooler-max-tasks': option({
    section: 'jobs',
    kind: integer({ placeholder: 'NUMBER', max: 1_000_000_000, why: 'write 0 for never' }),
    default: 0,
    summary: 'replace a spooler after so many tasks (0: never)',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'spooler-quiet': option({
    section: 'jobs',
    kind: onOff(),
    default: false,
    summary: 'do not log that tasks are run and done',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'spooler-import': option({
    section: 'jobs',
    kind: list('MODULE', 'a module, or a Python file'),
    default: [],
    summary: 'load this in spoolers, after the application (repeatable)',
    aliases: ['spooler-pyimport', 'spooler-py-import', 'spooler-python-import'],
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'spooler-retries': option({
    section: 'jobs',
    kind: integer({ placeholder: 'NUMBER', max: 1_000_000, why: 'write 0 for ever' }),
    default: 20,
    summary: 'put a task aside, into the directory dead, after so many tries (0: never)',
    onReload: 'reload',
    uwsgi: 'ours-alone',
  }),
};
