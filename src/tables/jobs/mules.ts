/**
 * Mules: processes with the application that run a program of its own, or wait for messages.
 */

import { integer, seconds } from '../kinds.ts';
import { option } from '../option.ts';
import { list, optionalList } from '../text-kinds.ts';

const noMessages = 'the process is there, but messages (mule_msg) are not supported yet';

export const muleOptions = {
  mule: option({
    section: 'jobs',
    kind: optionalList('PROGRAM', 'a Python file, or module:function'),
    default: [],
    summary: 'run this program beside the workers, with the application loaded (repeatable)',
    details:
      'A Python file, or module:function. It is started again when it ends, with growing pauses, and anew ' +
      'by each reload that succeeds. Without a program it waits.',
    onReload: 'reload',
    uwsgi: { differs: noMessages, only: (value) => value.some(({ text }) => text === 'true') },
  }),
  mules: option({
    section: 'jobs',
    kind: integer({
      placeholder: 'NUMBER',
      max: 100,
      why: 'each is a process with the application',
    }),
    default: 0,
    summary: 'so many processes with the application, for its threads and hooks',
    onReload: 'reload',
    uwsgi: { differs: noMessages, only: (value) => value > 0 },
  }),
  'mule-reload-mercy': option({
    section: 'jobs',
    kind: seconds(),
    default: 60,
    summary: 'worker-reload-mercy holds for mules',
    onReload: 'reload',
    uwsgi: { differs: 'worker-reload-mercy holds for mules, too' },
  }),
  'touch-mules-reload': option({
    section: 'jobs',
    kind: list('FILE', 'the path of a file'),
    default: [],
    summary: 'start the mules anew when this file changes (repeatable)',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'touch-spoolers-reload': option({
    section: 'jobs',
    kind: list('FILE', 'the path of a file'),
    default: [],
    summary: 'start the spoolers anew when this file changes (repeatable)',
    onReload: 'reload',
    uwsgi: 'same',
  }),
};
