/**
 * The titles of the processes, as `ps` shows them.
 */

import { onOff } from '../kinds.ts';
import { option } from '../option.ts';
import { text } from '../text-kinds.ts';

const title = 'a title';

export const titleOptions = {
  'auto-procname': option({
    section: 'titles',
    kind: onOff(),
    default: true,
    summary: 'name each process after what it does',
    onReload: 'reload',
    uwsgi: [
      { differs: 'false has no effect', only: (value) => !value },
      { unset: 'it is on by default' },
    ],
  }),
  procname: option({
    section: 'titles',
    kind: text('TITLE', title),
    default: '',
    summary: 'title of every process',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'procname-master': option({
    section: 'titles',
    kind: text('TITLE', title),
    default: '',
    summary: 'title of the master',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'procname-prefix': option({
    section: 'titles',
    kind: text('PREFIX', title),
    default: '',
    summary: 'text before every title',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'procname-prefix-spaced': option({
    section: 'titles',
    kind: text('PREFIX', title),
    default: '',
    summary: 'text before every title, with a blank between them',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'procname-append': option({
    section: 'titles',
    kind: text('SUFFIX', title),
    default: '',
    summary: 'text after every title',
    onReload: 'reload',
    uwsgi: 'same',
  }),
};
