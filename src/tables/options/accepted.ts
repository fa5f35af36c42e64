/**
 * uWSGI's options that are read, and said to have no effect, because nothing is lost without them.
 */

import { onOff, seconds } from '../kinds.ts';
import { option } from '../option.ts';
import { text } from '../text-kinds.ts';

import type { Option } from '../option.ts';

function flag(why: string, aliases: readonly string[] = []): Option<boolean> {
  return option({
    section: 'accepted',
    kind: onOff(),
    default: false,
    summary: why,
    aliases,
    onReload: 'reload',
    uwsgi: { accepted: why },
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
    uwsgi: { accepted: why },
  });
}

const attachedDaemons =
  'it is for attached daemons, which there are none of; worker-reload-mercy is for workers';

export const acceptedOptions = {
  'reload-mercy': option({
    section: 'accepted',
    kind: seconds(),
    default: 0,
    summary: attachedDaemons,
    onReload: 'reload',
    uwsgi: { accepted: attachedDaemons },
  }),
  'enable-threads': flag('Python threads always run', ['T']),
  'no-threads': flag('Python threads always run'),
  'single-interpreter': flag('each worker always has one interpreter', ['i']),
  'thunder-lock': flag('the gateway gives each request to one worker, nobody competes'),
  'py-call-osafterfork': flag('Python itself forks, so its hooks always run'),
  'py-call-uwsgi-fork-hooks': flag('Python itself forks, so its hooks always run'),
  'log-master': flag('lines of several processes never mix'),
  'log-reopen': flag('the log is always opened anew at a reload'),
  'threaded-logger': flag('request lines never wait for the log'),
  'close-on-exec': flag('programs that the application starts never inherit descriptors of Reeve'),
  'close-on-exec2': flag('programs that the application starts never inherit descriptors of Reeve'),
  'no-orphans': flag('no process outlives its master'),
  'no-defer-accept': flag('connections are accepted as they come'),
  'tcp-nodelay': flag('always on'),
  'ignore-sigpipe': flag('a client that leaves is never logged as an error'),
  'ignore-write-errors': flag('a client that leaves is never logged as an error'),
  'disable-write-exception': flag(
    'a client that leaves costs no traceback; write() raises OSError all the same',
  ),
  'harakiri-verbose': flag('the line always has the request and its Python stack'),
  'http-auto-chunked': flag('answers of unknown length are always chunked'),
  'http-chunked-input': flag('chunked requests are always decoded'),
  'http-manage-expect': flag('100 Continue is always answered'),
  'honour-range': flag('a part of a static file is always served'),
  'static-cache-paths': valued('a path is looked up at each request'),
  'static-cache-paths-name': valued('a path is looked up at each request'),
  'disable-sendfile': flag('files are read and written, never mapped'),
  'skip-zero': flag('standard input is never taken for a listener'),
  'no-server': flag('there is nothing to switch off'),
  'pcre-jit': flag('there is nothing to compile'),
  'never-swap': flag('memory is left to the system'),
  autoload: flag('nothing needs to be loaded'),
  'wsgi-accept-buffer': flag('bytes-like objects are always taken', ['wsgi-accept-buffers']),
  'http-events': valued('the number of events has no limit'),
  'http-raw-body': flag('bodies are always delivered'),
  'max-vars': valued('all of up to 500 headers are passed on, more are answered 431', ['v']),
  'max-apps': valued('the number of applications has no limit'),
  'lock-engine': valued('there are no locks between processes'),
  ftok: valued('there are no locks between processes'),
  'offload-threads': valued('files are sent by the gateway, workers stay free', ['offload-thread']),
  'post-buffering-bufsize': valued('the buffer is sized as needed'),
  'log-master-bufsize': valued('lines of any length are written whole'),
  'plugins-dir': valued('no plugin is loaded', ['plugin-dir']),
  'binary-path': valued('the daemon knows where it is'),
  'check-interval': valued('the master reacts at once; it looks at touched files once a second'),
  'forkbomb-delay': valued('restarts always pause longer and longer'),
};
