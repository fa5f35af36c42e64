/**
 * The application, its interpreter and its environment.
 */

import { daySeconds, integer, onOff, onOffOrInteger } from '../kinds.ts';
import { option } from '../option.ts';
import { kindOfPlugin } from '../plugins.ts';
import { commaList, directory, file, list, text } from '../text-kinds.ts';

export const applicationOptions = {
  module: option({
    section: 'application',
    kind: text('MODULE[:CALLABLE]', 'a module such as app:application'),
    default: '',
    summary: 'import this module and serve its callable',
    details:
      'The part after the colon names the callable. With parentheses, as in `app:create()`, it is ' +
      'called without arguments, and the application that it returns is served.',
    aliases: ['wsgi', 'w'],
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'wsgi-file': option({
    section: 'application',
    kind: file(),
    default: '',
    summary: 'load this Python file and serve its callable',
    aliases: ['file'],
    onReload: 'reload',
    uwsgi: 'same',
  }),
  paste: option({
    section: 'application',
    kind: text('config:FILE', 'what PasteDeploy loads, such as config:/srv/app/production.ini'),
    default: '',
    summary: 'load the application with PasteDeploy, which the environment must have',
    details:
      'Behind a # the name of an application in the file may follow. A relative path begins in the ' +
      'working directory, and config: may be left out.',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'paste-logger': option({
    section: 'application',
    kind: onOff(),
    default: false,
    summary: 'set up logging as the file of paste says (logging.config.fileConfig)',
    details:
      'The file may use %(here)s. One whose sections about logging are missing or wrong is logged, and ' +
      'the start goes on.',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  callable: option({
    section: 'application',
    kind: text('NAME', 'the name of a callable'),
    default: 'application',
    summary: 'name of the callable in the module or file',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  mount: option({
    section: 'application',
    kind: list('PATH=APPLICATION', 'a path and an application such as /api=api:app'),
    default: [],
    summary: 'serve an application under a path (repeatable)',
    details:
      'The application is a Python file, a module with an optional callable, or an ini for PasteDeploy ' +
      '(config:FILE). What is mounted at / answers the paths that no other mount does.',
    onReload: 'reload',
    uwsgi: [
      {
        differs:
          'the slash at the end of the path is left out; uWSGI keeps it in SCRIPT_NAME, and PATH_INFO ' +
          'begins without one',
        only: (mounts) => mounts.some(({ text }) => /^\/[^=]*[^/=]\/=/.test(text)),
      },
      {
        differs:
          'it is loaded; uWSGI passes over what has neither a colon nor .py or .wsgi at its end',
        only: (mounts) => mounts.some(({ text }) => !/=.*(:|\.py$|\.wsgi$)/.test(text)),
      },
    ],
  }),
  'manage-script-name': option({
    section: 'application',
    kind: onOff(),
    default: false,
    summary: 'choose the mount by the path of the request and set SCRIPT_NAME',
    for: 'gateway',
    uwsgi: 'same',
  }),
  'no-default-app': option({
    section: 'application',
    kind: onOff(),
    default: false,
    summary: 'answer 404 for paths outside of every mount',
    details:
      'It counts where no module and no wsgi-file is given: without it the first mount answers them.',
    for: 'gateway',
    uwsgi: { differs: 'the answer is 404, not 500', only: (value) => value },
  }),
  vhost: option({
    section: 'application',
    kind: onOff(),
    default: false,
    summary: 'choose the application by the host of the request: mount = HOST|/PATH=APPLICATION',
    details:
      'The host is that of the Host header, else SERVER_NAME of a front server. SCRIPT_NAME of a front ' +
      'server is the path, which is empty without one. A host without mounts has the applications ' +
      'without one. Applications are given UWSGI_APPID, and lines about requests begin with the host.',
    aliases: ['vhost-host'],
    for: 'gateway',
    uwsgi: [
      {
        differs:
          'capitals of a host make no difference, a mount without a port is for every port, one without ' +
          'a host for every host, that at HOST| is for what is not mounted at that host, and ' +
          'manage-script-name finds the mounts of a host too; in uWSGI none of these requests finds its mount',
        only: (value, { isGiven }) => value && isGiven('mount'),
      },
      {
        differs:
          'an application that only a front server names (UWSGI_SCRIPT and the like) is never loaded: ' +
          'mount it at HOST|/PATH',
        only: (value) => value,
      },
    ],
  }),
  'need-app': option({
    section: 'application',
    kind: onOff('optional'),
    default: true,
    summary: 'do not start without an application',
    details:
      'Without an application the start fails with exit code 22, at the first try: an import that raised ' +
      'an exception raises it again. An import that ends its process is tried five times. When false, ' +
      'every request is answered 500 until a reload finds the application. With several mounts only ' +
      'those that did not load are answered so, and a reload has to load all the others. An ASGI ' +
      'application (an async def, or an object that is called so) counts as none: ASGI is not ' +
      'supported yet.',
    onReload: 'reload',
    uwsgi: [
      {
        unset: 'it is on by default: without an application Reeve ends with 22, and uWSGI goes on',
        isTold: (isGiven) => ['module', 'wsgi-file', 'mount'].some(isGiven),
      },
      {
        differs:
          'requests for a mount that did not load are answered 500; uWSGI gives them to the default ' +
          'application, or ends with 22 where the mount is a file',
        only: (value, { isGiven }) => !value && isGiven('mount'),
      },
    ],
  }),
  import: option({
    section: 'application',
    kind: list('MODULE', 'a module, or the path of a Python file'),
    default: [],
    summary: 'import this module or file before the application (repeatable)',
    details:
      'It is imported where the application is: once before the fork, or with lazy-apps in each worker. ' +
      'A name with a slash or .py at its end is a file. One that raises an exception is logged with its ' +
      'traceback, and the start goes on without it; one that exits ends the start.',
    aliases: ['pyimport', 'py-import', 'python-import'],
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'shared-import': option({
    section: 'application',
    kind: list('MODULE', 'a module, or the path of a Python file'),
    default: [],
    summary: 'import this module or file once before the fork, also with lazy-apps (repeatable)',
    details: 'Workers share its memory. Otherwise it is as import, and comes before those.',
    aliases: ['shared-pyimport', 'shared-py-import', 'shared-python-import'],
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'pymodule-alias': option({
    section: 'application',
    kind: list('ALIAS=MODULE', 'a name and a module, or the path of a Python file'),
    default: [],
    summary: 'give a module, or a Python file, another name in sys.modules (repeatable)',
    details:
      'It is imported before everything else, once before the fork, also with lazy-apps. What has a ' +
      'slash is a file. One that cannot be imported ends the start.',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'post-pymodule-alias': option({
    section: 'application',
    kind: list('ALIAS=MODULE', 'a name and a module, or the path of a Python file'),
    default: [],
    summary: 'the same, right before the application and after what import names (repeatable)',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'wsgi-disable-file-wrapper': option({
    section: 'application',
    kind: onOff(),
    default: false,
    summary: 'give the application no wsgi.file_wrapper',
    details: 'Frameworks then send files themselves, block by block, which costs more.',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'lazy-apps': option({
    section: 'application',
    kind: onOff(),
    default: false,
    summary: 'import the application in each worker instead of once before the fork',
    details:
      'It costs memory, because workers then share none. Applications that start threads or open ' +
      'connections while they are imported need it.',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  lazy: option({
    section: 'application',
    kind: onOff(),
    default: false,
    summary: 'the same as lazy-apps',
    onReload: 'reload',
    uwsgi: {
      differs: 'a reload reads the configuration again, as lazy-apps does',
      only: (value) => value,
    },
  }),
  home: option({
    section: 'application',
    kind: directory(),
    default: '',
    summary: 'virtual environment of the application',
    aliases: ['virtualenv', 'venv', 'pyhome', 'H'],
    onReload: 'reload',
    uwsgi: { differs: 'PATH and VIRTUAL_ENV are set for the application, as by its bin/activate' },
  }),
  python: option({
    section: 'application',
    kind: file(),
    default: '',
    summary:
      "Python interpreter (default: that of home; with pip's reeve its own; else python3 on PATH)",
    onReload: 'reload',
    uwsgi: {
      differs: 'it names the interpreter; in uWSGI it runs a script before the application',
    },
  }),
  pythonpath: option({
    section: 'application',
    kind: list('DIRECTORY', 'the path of a directory'),
    default: [],
    summary: 'add a directory at the start of sys.path (repeatable)',
    aliases: ['python-path', 'pp'],
    onReload: 'reload',
    uwsgi: 'same',
  }),
  pyargv: option({
    section: 'application',
    kind: text('ARGUMENTS', 'the arguments'),
    default: '',
    summary: 'arguments for sys.argv of the application, separated by blanks',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  env: option({
    section: 'application',
    kind: list('NAME=VALUE', 'a variable such as NAME=VALUE'),
    default: [],
    summary: 'set an environment variable of the application (repeatable)',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  unenv: option({
    section: 'application',
    kind: list('NAME', 'the name of a variable'),
    default: [],
    summary: 'remove an environment variable (repeatable)',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  plugins: option({
    section: 'application',
    kind: commaList('NAMES', 'the names of plugins'),
    default: [],
    summary: 'plugins for languages and protocols; Reeve has its own built in',
    aliases: ['plugin', 'need-plugins', 'need-plugin'],
    onReload: 'reload',
    uwsgi: [
      {
        always: 'Python, HTTP and the log are built in: nothing is loaded',
        only: (names) => names.every(({ text }) => kindOfPlugin(text) === 'built-in'),
      },
      { differs: 'nothing is loaded' },
    ],
  }),
  optimize: option({
    section: 'application',
    kind: integer({ placeholder: 'NUMBER', max: 9, why: 'more than 2 changes nothing' }),
    default: 0,
    summary: 'how far Python optimizes: 1 skips assert, 2 also docstrings',
    aliases: ['O'],
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'catch-exceptions': option({
    section: 'application',
    kind: onOff(),
    default: false,
    summary: 'for development: show a client the exception that its request has raised',
    details:
      'The page has the exception, the lines of its traceback and all variables of the request, with ' +
      'cookies and passwords that the client or a proxy has sent. Whoever can cause an exception ' +
      'reads parts of your code. It is shown where no byte of the answer has been sent.',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'py-autoreload': option({
    section: 'application',
    kind: onOffOrInteger({ placeholder: 'SECONDS', ...daySeconds }, 'required'),
    default: 0,
    summary: 'for development: every so many seconds look for changed modules, and reload',
    aliases: ['py-auto-reload', 'python-autoreload', 'python-auto-reload'],
    onReload: 'restart',
    uwsgi: {
      differs: 'the old code keeps serving when the new code does not load',
      only: (value) => value > 0,
    },
  }),
  'honour-stdin': option({
    section: 'application',
    kind: onOff(),
    default: false,
    summary: 'the application has the standard input that Reeve was started with',
    details:
      'For a debugger in a terminal, as pdb, with one worker. All workers read from the same input. Without ' +
      'it, and where systemd or daemonize starts Reeve, it is empty.',
    onReload: 'reload',
    uwsgi: 'same',
  }),
};
