/**
 * Mules: processes with the application that run a program of its own, or wait for messages.
 */

import { integer, seconds, sum } from '../kinds.ts';
import { option } from '../option.ts';
import { list, optionalList } from '../text-kinds.ts';

const mercy =
  'a mule that handles a message or a signal finishes it first; worker-reload-mercy ends it at the ' +
  'latest when the workers leave';

export const muleOptions = {
  mule: option({
    section: 'jobs',
    kind: optionalList('PROGRAM', 'a Python file, or module:function'),
    default: [],
    summary: 'run this program beside the workers, with the application loaded (repeatable)',
    details:
      'A Python file, or module:function. It is started again when it ends, with growing pauses, and anew ' +
      'by each reload that succeeds. Without a program it gives each message of uwsgi.mule_msg() to ' +
      'uwsgi.mule_msg_hook. See docs/jobs.md.',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  mules: option({
    section: 'jobs',
    kind: sum({
      placeholder: 'NUMBER',
      max: 100,
      why: 'each is a process with the application',
    }),
    default: 0,
    summary: 'so many processes that run messages and signals of the application (repeatable)',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  farm: option({
    section: 'jobs',
    kind: list('NAME:NUMBER,…', 'a name, a colon and numbers of mules'),
    default: [],
    summary: 'a group of mules, of which one handles each message or signal (repeatable)',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'mule-msg-size': option({
    section: 'jobs',
    kind: integer({ placeholder: 'BYTES', max: 1_073_741_824, why: 'each mailbox is as large' }),
    default: 4_194_304,
    summary: 'bytes of messages that may wait for each mule, each farm, and all mules',
    details:
      'It is the longest message, too: a longer one is refused with a ValueError. When there is no room, ' +
      'uwsgi.mule_msg() returns False, and it is logged (message.refused). At least 65536. Memory is taken when ' +
      'messages wait. A reload that changes it drops those that wait.',
    onReload: 'reload',
    uwsgi: {
      remark:
        'messages are never cut: one that is longer than this is refused with a ValueError; uWSGI cuts at ' +
        '65536 bytes',
    },
  }),
  'mule-harakiri': option({
    section: 'jobs',
    kind: seconds(),
    default: 0,
    summary: 'end a mule whose message or signal takes so many seconds (0: never)',
    details:
      'The Python stack is logged first. A message that a program takes itself is not bounded.',
    onReload: 'reload',
    uwsgi: {
      differs: 'messages are bounded, too, and the Python stack is logged; in uWSGI signals alone',
      only: (value) => value > 0,
    },
  }),
  'mule-reload-mercy': option({
    section: 'jobs',
    kind: seconds(),
    default: 60,
    summary: 'seconds that mules have to finish what they handle, at a reload or stop',
    onReload: 'reload',
    uwsgi: { remark: mercy },
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
