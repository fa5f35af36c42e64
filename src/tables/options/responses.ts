/**
 * Files that the gateway sends, responses that wait for slow clients, and the operator's own error
 * pages.
 */

import { bytes, diskBytes, onOff } from '../kinds.ts';
import { option } from '../option.ts';
import type { Option } from '../option.ts';
import type { Written } from '../kinds.ts';
import { choice, file, list } from '../text-kinds.ts';

function errorPage(status: number, what: string): Option<string> {
  const isTheirs = status === 403 || status === 404 || status === 500;
  return option({
    section: 'http',
    kind: file(),
    default: '',
    summary: `page for ${status}: ${what}`,
    details:
      "It is sent instead of Reeve's own page, with the same status. Responses of the application are " +
      'never replaced. Where %(request_id) stands in it, the id of the request is sent (`reeve why ID`); ' +
      'it has no character that HTML knows. The file is read at the start and at each reload. Its type follows from its ' +
      'name; without one it is HTML.',
    onReload: 'reload',
    uwsgi: isTheirs ? { differs: 'it is for the responses of Reeve itself' } : 'ours-alone',
  });
}

function expires(what: string, form = 'PATTERN SECONDS'): Option<readonly Written[]> {
  return option({
    section: 'http',
    kind: list(form, `${form}, as in ${form.startsWith('T') ? 'text/css=3600' : '.css$ 3600'}`),
    default: [],
    summary: `Expires: of static files, by ${what} (repeatable)`,
    details:
      'Where rules of several kinds fit, one header is sent: that by file name, else by path, by URI, by ' +
      'type. uWSGI sends one for each kind.',
    onReload: 'reload',
    uwsgi: form.startsWith('T') ? 'same' : { differs: 'JavaScript expressions instead of PCRE' },
  });
}

/** Headers that say how a response is framed. */
const framing = /^(content-length|transfer-encoding|te|trailer|upgrade|proxy-connection)\s*:/i;

export const responseOptions = {
  'static-map2': option({
    section: 'http',
    kind: list('PATH=DIRECTORY', 'a path and a directory such as /static=/srv'),
    default: [],
    summary: 'as static-map, but the path is added to the directory: /srv/static/…',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'check-static': option({
    section: 'http',
    kind: list('DIRECTORY', 'the path of a directory'),
    default: [],
    summary: 'look in this directory for a file with the path of each request (repeatable)',
    aliases: ['static-check'],
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'static-index': option({
    section: 'http',
    kind: list('NAME', 'the name of a file such as index.html'),
    default: [],
    summary: 'index file of a directory of static files, such as index.html (repeatable)',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'static-safe': option({
    section: 'http',
    kind: list('DIRECTORY', 'the path of a directory'),
    default: [],
    summary: 'symbolic links of static files may lead into this directory (repeatable)',
    onReload: 'reload',
    uwsgi: { differs: 'a directory whose name only begins with this one is not allowed' },
  }),
  'static-skip-ext': option({
    section: 'http',
    kind: list('ENDING', 'the end of a file name such as .php'),
    default: [],
    summary: 'never send static files whose names have this ending (repeatable)',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  mimefile: option({
    section: 'http',
    kind: list('FILE', 'the path of a file'),
    default: [],
    summary: 'file with the types of static files, instead of /etc/mime.types (repeatable)',
    details: 'Endings that it does not have get the type that is usual on the web.',
    aliases: ['mime-file'],
    onReload: 'reload',
    uwsgi: { remark: 'common types are known without a file' },
  }),
  'static-expires': expires('a regular expression for the file name'),
  'static-expires-mtime': expires('file name, from when the file was changed'),
  'static-expires-uri': expires('a regular expression for the URI'),
  'static-expires-uri-mtime': expires('target, from when the file was changed'),
  'static-expires-path-info': expires('a regular expression for the path'),
  'static-expires-path-info-mtime': expires('path, from when the file was changed'),
  'static-expires-type': expires('type', 'TYPE=SECONDS'),
  'static-expires-type-mtime': expires('type, from when the file was changed', 'TYPE=SECONDS'),
  'static-gzip-all': option({
    section: 'http',
    kind: onOff(),
    default: false,
    summary: 'send FILE.br or FILE.gz instead of a static FILE where one exists',
    details:
      'Only to clients that accept it. The age does not matter: it is sent also when it is older than FILE.',
    onReload: 'reload',
    uwsgi: { remark: 'a client that accepts only one of the two gets that one' },
  }),
  'static-gzip-dir': option({
    section: 'http',
    kind: list('DIRECTORY', 'the path of a directory'),
    default: [],
    summary: 'the same for the files below a directory (repeatable)',
    aliases: ['static-gzip-prefix'],
    onReload: 'reload',
    uwsgi: {
      differs: 'a relative path begins at chdir; uWSGI ignores it',
      only: (paths) => paths.some(({ text }) => !text.startsWith('/')),
    },
  }),
  'static-gzip-ext': option({
    section: 'http',
    kind: list('ENDING', 'the end of a file name such as .css'),
    default: [],
    summary: 'the same for files whose names have this ending (repeatable)',
    aliases: ['static-gzip-suffix'],
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'static-gzip': option({
    section: 'http',
    kind: list('PATTERN', 'a regular expression'),
    default: [],
    summary: 'the same for files whose paths match (repeatable)',
    onReload: 'reload',
    uwsgi: { differs: 'JavaScript expressions instead of PCRE' },
  }),
  'file-serve-mode': option({
    section: 'http',
    kind: choice(['send', 'x-accel-redirect', 'x-sendfile'], {
      nginx: 'x-accel-redirect',
      xaccelredirect: 'x-accel-redirect',
      xsendfile: 'x-sendfile',
    }),
    default: 'send',
    summary: 'send static files, or name them in this header for the proxy in front',
    aliases: ['fileserve-mode'],
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'sendfile-root': option({
    section: 'http',
    kind: list('[PATH=]DIRECTORY', 'a directory such as /srv/files'),
    default: [],
    summary:
      'send the files of this directory that the application names in X-Sendfile (repeatable)',
    details:
      'When it is not set, X-Sendfile and X-Accel-Redirect are passed on unchanged, for a proxy in ' +
      'front. When it is set, the gateway sends the file itself and removes the header, so that no ' +
      'worker waits for a slow client. The file must be below one of the directories; symbolic links ' +
      'must not lead out of it. PATH=DIRECTORY maps a path in X-Accel-Redirect to a directory, as an ' +
      'internal location of nginx does. A missing file is answered 404, a file that may not be sent ' +
      '403; both are logged.',
    onReload: 'reload',
    uwsgi: 'ours-alone',
  }),
  'add-header': option({
    section: 'http',
    kind: list('NAME: VALUE', 'a header such as X-Frame-Options: SAMEORIGIN'),
    default: [],
    summary: 'add a header to each response of the application and to files (repeatable)',
    details:
      'It stands behind the others, also where there is one of that name already. Pages of Reeve, such ' +
      'as 502, do not get it.',
    onReload: 'reload',
    uwsgi: [
      {
        remark: 'the connection is closed after the response',
        only: ([header]) => /^connection\s*:\s*close\s*$/i.test(header?.text ?? ''),
      },
      {
        always: 'the gateway itself says whether it keeps a connection',
        only: ([header]) => /^(connection|keep-alive)\s*:/i.test(header?.text ?? ''),
      },
      {
        differs:
          'it is left out: the gateway itself says how long a response is, and how it is sent',
        only: ([header]) => framing.test(header?.text ?? ''),
      },
    ],
  }),
  'del-header': option({
    section: 'http',
    kind: list('NAME', 'the name of a header'),
    default: [],
    summary: 'take a header out of responses (repeatable)',
    aliases: ['rem-header'],
    onReload: 'reload',
    uwsgi: [
      {
        differs: 'the length stays: it says where the response ends',
        only: ([name]) => /^content-length$/i.test(name?.text ?? ''),
      },
      {
        differs: 'the time of the gateway takes its place',
        only: ([name]) => /^date$/i.test(name?.text ?? ''),
      },
    ],
  }),
  'collect-header': option({
    section: 'http',
    kind: list('HEADER VARIABLE', 'a header and a variable such as X-User USER'),
    default: [],
    summary: 'let log-format have a header of the response as %(var.VARIABLE) (repeatable)',
    details: 'Of several headers with that name the last one counts.',
    aliases: ['response-header-collect'],
    onReload: 'reload',
    uwsgi: { remark: "a uwsgi without routing, such as pip's, ignores it" },
  }),
  'pull-header': option({
    section: 'http',
    kind: list('HEADER VARIABLE', 'a header and a variable such as X-User USER'),
    default: [],
    summary: 'as collect-header, and take the header out of the response (repeatable)',
    onReload: 'reload',
    uwsgi: [
      {
        differs: 'the length stays: it says where the response ends',
        only: ([header]) => /^content-length\s/i.test(header?.text ?? ''),
      },
      { remark: "a uwsgi without routing, such as pip's, ignores it" },
    ],
  }),
  'response-buffering': option({
    section: 'http',
    kind: bytes(diskBytes),
    default: 1_073_741_824,
    summary: 'maximum size of a response that waits in a file for a slow client (0: none)',
    details:
      'A response is read from the worker as fast as the worker writes it. Up to 1 MiB waits in memory, ' +
      'the rest in a file without a name in TMPDIR; beyond this size the worker waits. A client that ' +
      'is fast enough gets every piece at once, and nothing is stored; while no request waits for a ' +
      'worker, it may take 20 ms for what memory holds. With 0 the worker waits for the ' +
      'client as soon as the memory is full. All files together are limited by spool-max.',
    for: 'gateway',
    uwsgi: 'ours-alone',
  }),
  'spool-max': option({
    section: 'http',
    kind: bytes(diskBytes),
    default: 0,
    summary: 'maximum size of all files of waiting bodies and responses (0: half of what is free)',
    details:
      'The files are in the first of TMPDIR, TEMP, TMP, /tmp, /var/tmp, /usr/tmp and the working ' +
      'directory in which a file can be made. With 0 the limit is half of what that file system would ' +
      'have free without them; it shrinks when others fill the disk. Responses may have three quarters: ' +
      'beyond that, workers wait for their slow clients, other workers serve on. A body that does not ' +
      'fit is answered 503 if it would fit at another time, else 507.',
    for: 'gateway',
    uwsgi: 'ours-alone',
  }),
  'error-page-400': errorPage(400, 'a request that is not valid HTTP'),
  'error-page-403': errorPage(403, 'a file that sendfile-root does not allow'),
  'error-page-404': errorPage(404, 'a path that has neither an application nor a file'),
  'error-page-405': errorPage(405, 'a method that is not allowed'),
  'error-page-408': errorPage(408, 'a request that did not arrive in time'),
  'error-page-413': errorPage(413, 'a body larger than limit-post'),
  'error-page-414': errorPage(414, 'an address that is too long'),
  'error-page-417': errorPage(417, 'an expectation that cannot be met'),
  'error-page-431': errorPage(431, 'a head larger than buffer-size'),
  'error-page-500': errorPage(500, 'an application that failed'),
  'error-page-501': errorPage(501, 'an unknown transfer coding'),
  'error-page-502': errorPage(502, 'a worker that ended during the request'),
  'error-page-503': errorPage(503, 'a full queue or spool, or a failed stop-first reload'),
  'error-page-504': errorPage(504, 'a request that ran longer than harakiri'),
  'error-page-507': errorPage(507, 'a body for which the disk has no room'),
};
