/**
 * uWSGI's options that need no doing: what they ask for always holds, or there is nothing that they
 * could change. Each says why.
 */

import { bytes, diskBytes, onOff, onOffOrInteger, yearSeconds } from '../kinds.ts';
import { option } from '../option.ts';
import { list, text } from '../text-kinds.ts';

import type { Option } from '../option.ts';

function flag(why: string, aliases: readonly string[] = []): Option<boolean> {
  return option({
    section: 'accepted',
    kind: onOff(),
    default: false,
    summary: why,
    aliases,
    onReload: 'reload',
    uwsgi: [
      { always: why, only: (value) => value },
      { differs: `it cannot be switched off: ${why}` },
    ],
  });
}

function valued(why: string, aliases: readonly string[] = []): Option<string> {
  return option({
    section: 'accepted',
    kind: text('VALUE', 'a value'),
    default: '',
    summary: why,
    aliases,
    onReload: 'reload',
    uwsgi: { always: why },
  });
}

const ownWorkers = 'requests always go to the workers of this instance';
const slowReader =
  'a client that takes nothing holds up no worker; http-timeout and socket-timeout close it';

export const acceptedOptions = {
  'enable-threads': flag('Python threads always work', ['T']),
  'no-threads': option({
    section: 'accepted',
    kind: onOff(),
    default: false,
    summary: 'Python threads always work',
    onReload: 'reload',
    uwsgi: { differs: 'Python threads always work', only: (value) => value },
  }),
  'single-interpreter': flag('each worker always has one interpreter', ['i']),
  'reload-os-env': flag('os.environ always has the variables of env'),
  'py-executable': valued('sys.executable is always the interpreter itself', ['py-sys-executable']),
  'wsgi-env-behaviour': valued('each request always has an environ of its own', [
    'wsgi-env-behavior',
  ]),
  'wsgi-strict': option({
    section: 'accepted',
    kind: onOff(),
    default: false,
    summary: 'a body that is one bytes object is always sent whole',
    onReload: 'reload',
    uwsgi: {
      differs: 'a body that is one bytes object is sent whole; uWSGI then sends nothing of it',
      only: (value) => value,
    },
  }),
  'thunder-lock': flag('the gateway gives each request to one worker: workers do not compete'),
  'py-call-osafterfork': flag('Python itself forks, so its fork hooks always run'),
  'py-call-uwsgi-fork-hooks': flag('Python itself forks, so its fork hooks always run'),
  'log-master': flag('log lines of several processes are never mixed'),
  'log-reopen': flag('a reload always opens log files again'),
  'log-master-stream': flag('lines of any length are written whole'),
  'log-master-req-stream': flag('lines of any length are written whole'),
  'logfile-chown': flag('a log file that root makes is always given to the user in uid'),
  'rsyslog-split-messages': flag('a line that is too long is always sent in several messages'),
  'threaded-logger': flag('request lines never wait for the log'),
  'close-on-exec': flag('programs that the application starts never inherit descriptors of Reeve'),
  'close-on-exec2': flag('programs that the application starts never inherit descriptors of Reeve'),
  'no-orphans': flag('no process ever outlives the master'),
  'no-defer-accept': flag('connections are accepted as soon as they come'),
  'tcp-nodelay': flag('it is always on'),
  'so-send-timeout': option({
    section: 'accepted',
    kind: onOffOrInteger({ placeholder: 'SECONDS', ...yearSeconds }, 'none'),
    default: 0,
    summary: slowReader,
    aliases: ['socket-send-timeout', 'so-write-timeout', 'socket-write-timeout'],
    onReload: 'reload',
    uwsgi: { always: slowReader },
  }),
  'ignore-sigpipe': flag('a client that leaves is never logged as an error'),
  'ignore-write-errors': flag('a client that leaves is never logged as an error'),
  'disable-write-exception': flag(
    'a client that leaves causes no traceback; write() still raises OSError',
  ),
  'harakiri-verbose': flag('the log line always has the request and its Python stack'),
  'http-auto-chunked': flag('responses of unknown length are always chunked'),
  'http-chunked-input': flag('chunked requests are always decoded'),
  // Of uWSGI 2.1, which Debian's packages of OpenStack ask for.
  'wsgi-manage-chunked-input': flag('chunked requests are always decoded'),
  'http-manage-expect': option({
    section: 'accepted',
    kind: onOffOrInteger({ placeholder: 'BYTES', ...diskBytes }, 'optional'),
    default: 0,
    summary: '100 Continue is always answered',
    onReload: 'reload',
    uwsgi: [
      {
        differs: 'such bodies have no limit of their own: limit-post is the one for all',
        only: (value) => value > 1,
      },
      { always: '100 Continue is always answered' },
    ],
  }),
  'honour-range': flag('Range: is always honoured for static files'),
  'static-cache-paths': valued('paths are not cached: each request looks its path up'),
  'static-cache-paths-name': valued('paths are not cached: each request looks its path up'),
  'disable-sendfile': flag('sendfile() is never used: files are read and written'),
  'skip-zero': flag('standard input is never used as a listener'),
  'pcre-jit': flag('PCRE is not used'),
  autoload: flag('no plugin needs to be loaded'),
  'wsgi-accept-buffer': flag('bytes-like objects are always accepted', ['wsgi-accept-buffers']),
  'http-events': valued('the number of events is not limited'),
  'http-buffer-size': valued('buffers grow as they are needed'),
  'http-connect-timeout': valued('the gateway is connected to its workers all the time'),
  'http-harakiri': valued('a gateway that does not answer is always replaced'),
  'http-quiet': valued('the gateway has no connections to workers that could fail'),
  'http-use-socket': option({
    section: 'accepted',
    kind: onOffOrInteger({ placeholder: 'NUMBER', ...diskBytes }, 'optional'),
    default: 0,
    summary: ownWorkers,
    onReload: 'reload',
    uwsgi: { always: ownWorkers },
  }),
  'http-to': option({
    section: 'accepted',
    kind: list('ADDRESS', 'an address such as 127.0.0.1:3031'),
    default: [],
    summary: ownWorkers,
    onReload: 'reload',
    uwsgi: { differs: `${ownWorkers}; for another instance use a proxy in front` },
  }),
  'response-headers-limit': option({
    section: 'accepted',
    kind: bytes(diskBytes),
    default: 0,
    summary: 'a response may have 16 MiB of headers',
    onReload: 'reload',
    uwsgi: [
      {
        differs: 'a response may have 16 MiB of headers; one with more is answered 500',
        only: (value) => value > 16_777_216,
      },
      { always: 'a response may have 16 MiB of headers' },
    ],
  }),
  'http-raw-body': flag('request bodies are always passed on'),
  'max-vars': valued('up to 500 headers are passed on; a request with more is answered 431', ['v']),
  'max-apps': valued('the number of applications is not limited'),
  'lock-engine': valued('there are no locks between processes'),
  ftok: valued('there are no locks between processes'),
  'offload-threads': valued('the gateway sends files, so workers stay free', ['offload-thread']),
  'post-buffering-bufsize': valued('the buffer is sized as needed'),
  'log-master-bufsize': valued('lines of any length are written whole'),
  'plugins-dir': valued('no plugin is loaded', ['plugin-dir']),
  'binary-path': valued('the daemon finds its own files'),
  'check-interval': valued('the master reacts at once, and looks for touched files once a second'),
  'forkbomb-delay': valued('the pause before a restart always grows with each crash'),
};
