/**
 * PURE. Every event that Reeve logs: its id in the journal (MESSAGE_ID), and the explanation that
 * `journalctl -x` prints.
 *
 * An id, once released, stays with its event: operators search and alert by it. A new one is 32
 * random hex digits (`systemd-id128 new`). `make catalog` writes systemd/reeve.catalog from this
 * table; @NAME@ stands for a field of the entry.
 */

export interface LogEvent {
  readonly id: string;
  /** One line. */
  readonly subject: string;
  /** What it means, and what can be done. */
  readonly explanation: string;
}

export const logEvents = {
  'access-log.dropped': {
    id: '4222f0acd4a644069508c7fd96a660d6',
    subject: 'Request lines of @REEVE_APP@ were lost',
    explanation:
      'The log could not be written as fast as requests were answered. Lines were dropped so that requests were not delayed. Look for a full disk, a log reader that has stopped, or an overloaded journal. disable-logging with log-5xx and log-slow writes fewer lines.',
  },
  'application.absent': {
    id: '70943c7f359747eb9f155c9005b63da1',
    subject: '@REEVE_APP@ runs without an application',
    explanation:
      'An application did not load, and need-app = false asks Reeve to run without it: its requests are answered 500 until a reload loads it. With several mounts the others serve, and a reload has to load all that serve. The traceback is in this entry or before it.',
  },
  'application.import-failed': {
    id: '75eb6792e0b9437a94c11e0053f3bb27',
    subject: 'The application of @REEVE_APP@ does not load',
    explanation:
      'Python raised an exception while the application was imported. The last lines of the traceback name the file and the line. A first start ends with exit code 22; after a reload the old generation keeps serving.',
  },
  'application.import-skipped': {
    id: 'ef460328c8194a5090b05a48ac235b50',
    subject: 'A module of @REEVE_APP@ beside its application does not load',
    explanation:
      'import or shared-import names it, and it raised an exception. As in uWSGI the start goes on without it. The traceback names the file and the line.',
  },
  'application.imported': {
    id: 'ee5ca34824c041ec96fadb66830d111a',
    subject: 'The application of @REEVE_APP@ is loaded',
    explanation:
      'The spawner has imported the application; workers are forked from it and share its memory.',
  },
  'application.interpreter': {
    id: 'c898e2d8a32e49c895fbe6c25bcb573a',
    subject: '@REEVE_APP@ is loaded by this Python',
    explanation:
      'The application is imported with the packages of this interpreter. If a module is missing that is installed, look whether it is installed here: home = DIRECTORY names another virtual environment, python = FILE another interpreter.',
  },
  'application.logged': {
    id: '87d96400220b497b87fa01395c9976a3',
    subject: '@REEVE_APP@ logged something',
    explanation:
      "A record of Python's logging, with its level. REEVE_LOGGER is the name of the logger, CODE_FILE and CODE_LINE the place. log-python = false switches this off.",
  },
  'application.misbehaved': {
    id: 'adf486e1c872461292cca1b50ebdd25a',
    subject: 'The application of @REEVE_APP@ broke a rule of WSGI',
    explanation:
      'A response of the application broke PEP 3333, and Reeve had to correct or refuse it. The message names the request and the rule.',
  },
  'application.not-loaded': {
    id: 'b804d6dcc4f34e6b9796a0fdc21ea2a9',
    subject: 'A front server asks for an application that is not mounted',
    explanation:
      'The front server names an application file or module in each request (UWSGI_SCRIPT, UWSGI_FILE, UWSGI_MODULE), which uWSGI would load. Reeve loads only what its configuration names, so the default application answers. Add mount = SCRIPT_NAME=FILE to the configuration. This is logged once for each value.',
  },
  'application.output': {
    id: '65c71cdecd1140a9a04da670772e161a',
    subject: '@REEVE_APP@ printed several lines',
    explanation:
      'The application wrote them at once to standard output or standard error. A traceback has the level of an error.',
  },
  'application.raised': {
    id: 'c5256ac96ff44a05aaff20676754d66f',
    subject: 'The application of @REEVE_APP@ raised an exception',
    explanation:
      'A request ended in an exception that the application did not catch. The client was answered 500, or the connection was cut where the response had begun. Only this request is lost; the worker keeps serving. All such entries: journalctl REEVE_EVENT=application.raised',
  },
  'application.slow': {
    id: '7f3cfcd44cc1454c8757ab68a9d2c2df',
    subject: 'The application of @REEVE_APP@ takes long to load',
    explanation:
      'It has not loaded after a third of start-timeout, or shortly before its end. The message has the Python stack of every thread of the process, the main thread first: the first line of it is where the import hangs. A process that does not finish in time is ended.',
  },
  'application.threads': {
    id: '8412771e5d5548fdbccf12791709d96e',
    subject: 'Threads of @REEVE_APP@ are lost in its workers',
    explanation:
      'The application started threads while it was imported in the spawner. A fork copies only the thread that calls it, so the workers do not have them. Set lazy-apps = true, or start threads after the fork (uwsgidecorators.postfork, os.register_at_fork).',
  },
  'cache.full': {
    id: '0336f6455e0647929c927a7f4dbd0d5f',
    subject: 'A cache of @REEVE_APP@ did not take an item',
    explanation:
      'The cache is full, or the item is larger than the cache allows; the function of the module uwsgi returned None. The message names the cache and the reason. Raise items, blocksize or keysize of cache2, use lru=1, or silence it with ignore_full=1.',
  },
  'cache.begins-anew': {
    id: '493027989dbf46519bda2c2cdc5151b2',
    subject: 'A cache of @REEVE_APP@ begins anew after a restart',
    explanation:
      'systemd has kept the memory of a cache with keep=restart, but it does not fit: items, blocks, blocksize, keysize, hashsize, bitmap or lru of cache2 were changed, another version of Reeve has another format, or the memory is damaged. The message says which. The cache is empty; nothing else is lost.',
  },
  'cache.kept': {
    id: 'f7f95bb94c8b44c4bd072f22388b4fe7',
    subject: 'A cache of @REEVE_APP@ goes on with what it held before the restart',
    explanation:
      'systemd has kept the memory of a cache with keep=restart while no Reeve ran. Each item is used only if its checksum is right.',
  },
  'cache.not-kept': {
    id: 'c4ac68044a674ccabceedd2f0bf147cb',
    subject: 'A cache of @REEVE_APP@ will begin anew at a restart',
    explanation:
      'cache2 has keep=restart, and systemd keeps nothing for this service. Reeve must be started by a unit with FileDescriptorStoreMax=, as units of reeve enable and reeve@ have it, and that number must be large enough for all listeners and caches. Until then the cache works, and a restart empties it.',
  },
  'cache.store-away': {
    id: 'e6804551ee168feb91a3a3f8f1b232ca',
    subject: 'A cache of @REEVE_APP@ cannot reach its server',
    explanation:
      'store= of cache2 names a server of Redis or Valkey, and it does not answer. Until it does, the cache is empty and takes nothing. Each worker logs it once in ten seconds at most.',
  },
  'cache.store-unusable': {
    id: 'd9bee54c6fd74251934d2f0d136aff9c',
    subject: 'A cache of @REEVE_APP@ cannot use its file',
    explanation:
      'store= of cache2, or cache-store, names a file that cannot be opened or has another layout. The cache works in memory, and what it holds ends with this instance.',
  },
  'cgroup.off': {
    id: '23b271da80c2425b96a53349d359cbb4',
    subject: 'Workers of @REEVE_APP@ share one control group',
    explanation:
      "Workers have control groups of their own only where systemd delegates the unit's (Delegate=yes) and cgroup v2 is writable. Nothing else depends on it.",
  },
  'channel.no-claims': {
    id: '797c2b101a67463c990d918c96a01f73',
    subject: 'Requests are not sent ahead to the workers of @REEVE_APP@',
    explanation:
      'The kernel refused a system call that is needed to take a request back from a busy worker. Each worker is given one request at a time: nothing is lost, but short requests are answered more slowly.',
  },
  configuration: {
    id: '2e0867286a89424daa3a59df1991cc0d',
    subject: 'A remark on the configuration of @REEVE_APP@',
    explanation:
      'The message names the file, the line and what to do. `reeve check FILE` prints all remarks without a start.',
  },
  'configuration.finding': {
    id: '44a11b405f0a4889823d5b23051dea32',
    subject: 'A remark on the configuration',
    explanation:
      'The message names the file, the line and what to do. `reeve check FILE` prints all remarks without a start.',
  },
  'command.failed': {
    id: '4515e20c7c9ff4c809cf15cf08485aac',
    subject: 'A command of touch-exec of @REEVE_APP@ has failed',
    explanation:
      'What the command wrote is in the log before this entry. Nothing else has changed.',
  },
  'command.started': {
    id: '760dbbd08d994bfecd92f586ad41fc21',
    subject: 'A command of touch-exec of @REEVE_APP@ was started',
    explanation: 'Its file has been touched. The command has hook-timeout seconds.',
  },
  'control.bound': {
    id: 'af6f13d3c0914e3cb719304a8b41d004',
    subject: '@REEVE_APP@ can be asked with `reeve status`',
    explanation: 'The control socket is open.',
  },
  'control.off': {
    id: 'c5fa3f99f4bc436e95e45fd1a2e75286',
    subject: '@REEVE_APP@ has no control socket',
    explanation:
      'Commands such as `reeve status` and `reeve reload` cannot reach it; signals and the master-fifo still work. Set control-socket to a path that its user can write, or XDG_RUNTIME_DIR to a directory of this user.',
  },
  'cron.awaited': {
    id: 'c18125b957f53da50e14cb75eb5bf41c',
    subject: 'A stop of @REEVE_APP@ waits for cron commands',
    explanation:
      'They may run until the mercy of the stop ends (worker-reload-mercy); then they are ended.',
  },
  'cron.ended': {
    id: 'ea18a464eef844430e679fadcd2df672',
    subject: 'A cron command of @REEVE_APP@ has ended',
    explanation: 'REEVE_CRON is its name. The entry has how long it took.',
  },
  'cron.failed': {
    id: '46b43d43946d42d9eccc5e8c1823c41e',
    subject: 'A cron command of @REEVE_APP@ has failed',
    explanation:
      'It ended with a code other than 0, was killed, or could not be run. What it printed is before this entry, with the same REEVE_CRON. It runs again at its next time.',
  },
  'cron.output': {
    id: '996a99778852abc8f99f21e79089035e',
    subject: 'A cron command of @REEVE_APP@ printed something',
    explanation: 'A line of its standard output or error. REEVE_CRON is its name.',
  },
  'cron.overdue': {
    id: '37358e1269a6af2019981ed968393900',
    subject: 'A cron command of @REEVE_APP@ runs for too long',
    explanation:
      'It has reached its limit (harakiri, cron-harakiri) and is killed with all that it has started.',
  },
  'cron.skipped': {
    id: 'b9110fc432ffafb6a49623e36011e48a',
    subject: 'A cron command of @REEVE_APP@ was not started',
    explanation:
      'It is unique, and its last run has not ended. Raise the time between its runs, or limit it with harakiri.',
  },
  'cron.started': {
    id: 'c533b61326b53950cca595842bf4a43c',
    subject: 'A cron command of @REEVE_APP@ was started',
    explanation: 'REEVE_CRON is its name.',
  },
  'daemon.adopted': {
    id: 'bb64ae78cf4945d172541e13a38a1e09',
    subject: 'An attached daemon of @REEVE_APP@ was running already',
    explanation:
      'Its pidfile names a process that runs, so none was started. REEVE_DAEMON is its name.',
  },
  'daemon.ended': {
    id: 'bb2c3727b40136fcdcf504f70ef24fc9',
    subject: 'An attached daemon of @REEVE_APP@ has ended',
    explanation:
      'The entry says how, and when it is started again. The pauses grow while it ends soon after its start. What it printed is before this entry, with the same REEVE_DAEMON.',
  },
  'daemon.left': {
    id: '26346bbc72834fc721dc85f096a7e636',
    subject: 'An attached daemon of @REEVE_APP@ goes on without it',
    explanation: 'It has a pidfile, by which the next start finds it. To end it, send it a signal.',
  },
  'daemon.output': {
    id: '1df8290b32bac7daec331f55011edc4c',
    subject: 'An attached daemon of @REEVE_APP@ printed something',
    explanation: 'A line of its standard output or error. REEVE_DAEMON is its name.',
  },
  'daemon.ready': {
    id: 'bbd30628b63749fcb5589e6d41a3ab1d',
    subject: '@REEVE_APP@ serves',
    explanation: 'The workers have loaded the application, and clients are served.',
  },
  'daemon.resumed': {
    id: 'fcc347d4389044be9bd6759a052d87e2',
    subject: '@REEVE_APP@ was resumed',
    explanation: 'Requests that waited are given to the workers now.',
  },
  'daemon.asleep': {
    id: '09384c020ce74a1192ea2bac671158f9',
    subject: '@REEVE_APP@ has no workers until the next request',
    explanation:
      'No request has come for `idle` seconds, or the letter C was written to the master-fifo.',
  },
  'daemon.awake': {
    id: '4ca6ce8e5cb34234b5665d44251212c4',
    subject: '@REEVE_APP@ starts its workers for a request',
    explanation: 'It had none, because of `cheap`, `idle` or the letter C of the master-fifo.',
  },
  'daemon.scaled': {
    id: '5efab45a7828437f82646c156774da73',
    subject: 'The number of workers of @REEVE_APP@ was changed',
    explanation:
      '`reeve scale` asked for it, and it lasts until the next reload; or the load did, with cheaper. ' +
      'The entry has the reason.',
  },
  'daemon.slept': {
    id: '6fc0007583213d88b501145af82d7526',
    subject: '@REEVE_APP@ did not run for a while',
    explanation:
      'The machine was suspended, its container frozen, the processes stopped by a signal, or they got no processor. Requests, imports and stops that were under way go on: their time limits do not count the time in which Reeve did not run. Clients may have given up meanwhile.',
  },
  'daemon.started': {
    id: '1bc040dcf9d9a70b317fe7b7b70a4e64',
    subject: 'An attached daemon of @REEVE_APP@ was started',
    explanation: 'REEVE_DAEMON is its name.',
  },
  'daemon.starting': {
    id: 'a6fb6285140749b28dc3b079a1dea050',
    subject: '@REEVE_APP@ starts',
    explanation:
      'Reeve has read its configuration and goes on to open its sockets and to load the application.',
  },
  'daemon.stopped': {
    id: '23175fc933cb4868bfd2f3bfbefe9d50',
    subject: '@REEVE_APP@ has stopped',
    explanation: 'All of its processes have ended; the exit code is 0.',
  },
  'daemon.suspended': {
    id: 'eb9a6f0f8fa54a22851f72be6f2cfa87',
    subject: '@REEVE_APP@ was suspended',
    explanation: 'Requests wait until SIGCONT, or `p` written to the master-fifo, resumes it.',
  },
  'daemon.touched': {
    id: '5f185125ee464d5394f21f43beb67ddd',
    subject: 'An attached daemon of @REEVE_APP@ is started again',
    explanation: 'A file that its option names (touch) has changed.',
  },
  'daemonize.ignored': {
    id: '6b367faa58544d398c914e2d11eb911d',
    subject: 'daemonize of @REEVE_APP@ has no effect here',
    explanation:
      'systemd already runs the service in the background, and would lose track of a daemon that forks.',
  },
  'fifo.switched': {
    id: 'b23504318d53452fbe9b421be2474d22',
    subject: 'Another master-fifo of @REEVE_APP@ is active',
    explanation: 'A digit was written to the master-fifo, which selects another fifo.',
  },
  'fifo.unknown': {
    id: '8cf7609f328c494e80212bdf0761a164',
    subject: 'An unknown letter was written to the master-fifo of @REEVE_APP@',
    explanation: 'reeve(1) lists the letters that have a meaning.',
  },
  'gateway.accept-failed': {
    id: '5331f458614049e5b27e8fc597d90ad3',
    subject: '@REEVE_APP@ cannot accept clients',
    explanation:
      'The kernel refused to accept a connection, in most cases because the process has no free file descriptors: raise LimitNOFILE= in the unit, or max-fd.',
  },
  'gateway.address-full': {
    id: 'c565ccdd4d04409ea9af6d8d13bbe8f9',
    subject: 'A client of @REEVE_APP@ has as many connections as one address may',
    explanation:
      'Further connections from this address are refused. The message names the address.',
  },
  'gateway.crashed': {
    id: '7c0644eac04642b2be2730558e89b92c',
    subject: 'A fault in the gateway of @REEVE_APP@',
    explanation:
      'This is a bug of Reeve: please report it with the stack in this entry. The master starts another gateway; the listening sockets stay open.',
  },
  'gateway.deaf': {
    id: '15ece8d6bbb04d518efb1e42342c23c6',
    subject: 'The gateway of @REEVE_APP@ did not answer',
    explanation:
      'It was killed, and another is started. The listening sockets stay open; connections that were open are lost.',
  },
  'gateway.exited': {
    id: '8397ab2e5eaa4b438c17ae3092ac65ff',
    subject: 'The gateway of @REEVE_APP@ ended',
    explanation:
      "Connections that were open are lost. The listening sockets are the master's: new clients wait for the next gateway and are not refused. Where the system refuses to start it, the message names the limit; it is tried again.",
  },
  'gateway.full': {
    id: '9736aefb6f1947aba93a323ee5aa55f4',
    subject: '@REEVE_APP@ has as many clients as it may',
    explanation:
      'More connections were opened than max-connections, or the limit of file descriptors, allows. Raise max-connections, or LimitNOFILE= in the unit, or max-fd.',
  },
  'gateway.lost': {
    id: '86a578b5e3d14a55809766dfcda2e3af',
    subject: 'No gateway of @REEVE_APP@ answers',
    explanation:
      'The gateway was replaced, and the new one does not answer either. systemd is asked to restart the service.',
  },
  'gateway.problem': {
    id: '5ec53e9a9db34556946cc59610ea6fd0',
    subject: 'The gateway of @REEVE_APP@ has a problem',
    explanation: 'The message describes it.',
  },
  'generation.incomplete': {
    id: 'f9ea981e578a40789aa401889d485a6a',
    subject: '@REEVE_APP@ serves with a part of its workers',
    explanation:
      'Workers were being replaced because their spawner ended, and a new worker did not come up. The workers that did come up keep serving; the others are tried again.',
  },
  'header.dropped': {
    id: '6846950a883440d4ab8b63017d4e22ac',
    subject: 'A request header is not passed to the application',
    explanation:
      'Its name has an underscore, so it could be mistaken for another header with a hyphen. This is logged once for each name.',
  },
  identity: {
    id: '500de5d549774f36a9a6ba09ff71e81b',
    subject: 'A remark on the user that @REEVE_APP@ runs as',
    explanation: 'The message says which user, group or capability could not be taken, and why.',
  },
  'hook.failed': {
    id: '82f8479ad24ae1cde187ce69d4a80e8d',
    subject: 'A hook of @REEVE_APP@ has failed',
    explanation: 'The message names the hook, its line and why. Nothing else has changed.',
  },
  'hook.running': {
    id: '04bfd612574db5db3ac1c1a0c7de485d',
    subject: 'A hook of @REEVE_APP@ runs',
    explanation:
      'hook-* and exec-* of the configuration run at points of the start, of each worker, and of the end.',
  },
  'hook.said': {
    id: '290f46e3230e43a91302513500525bd8',
    subject: 'A hook of @REEVE_APP@ has said something',
    explanation:
      'Its action is print, log or alarm; or its command failed, which is allowed there.',
  },
  'idle.final': {
    id: 'f918f83a7e5240238da5915c45214586',
    subject: '@REEVE_APP@ will not be started again after die-on-idle',
    explanation:
      'die-on-idle stops Reeve, and then nothing listens on its addresses: enable a socket unit, which starts it with the next request.',
  },
  'job.dead': {
    id: '8e5b53c566f28ab3aaa3350ea6040126',
    subject: 'A task of @REEVE_APP@ was put aside',
    explanation:
      'It has failed as often as spooler-retries allows, or its file is no task. REEVE_TASK is its name. `reeve jobs list` shows such tasks, `reeve jobs retry` queues one again.',
  },
  'job.exited': {
    id: 'bb59def0c67ae2b6fff096a06da5eca0',
    subject: 'A mule or a spooler of @REEVE_APP@ has ended',
    explanation:
      'REEVE_JOB is its name. The entry says how, and when the next one is started. A task that was running is tried again; a message that a mule handled is lost.',
  },
  'job.failed': {
    id: '088ee5e5c9826efca9d0d57b13d51ddb',
    subject: 'A task or a mule of @REEVE_APP@ has failed',
    explanation:
      'The application raised the exception in this entry. A task (REEVE_TASK) is tried again after a pause that grows; a mule is started again.',
  },
  'job.killed': {
    id: '8f6d20b3729145dc75a8d0d2edc2a5b9',
    subject: 'A mule or a spooler of @REEVE_APP@ was killed',
    explanation:
      'It had not finished when the mercy of a stop or a reload ended (worker-reload-mercy, mule-reload-mercy), or did not load the application in time. A task that was running is tried again; a message that a mule handled is lost.',
  },
  'job.renewed': {
    id: '03faba93b6dd672e1e7e57acfc32ae56',
    subject: 'Mules or spoolers of @REEVE_APP@ are started anew',
    explanation:
      'A file of touch-mules-reload or touch-spoolers-reload has changed. What they run is finished first.',
  },
  'job.store-away': {
    id: '8bd11af12276f22cbf2b992252b3852f',
    subject: 'A spooler of @REEVE_APP@ cannot reach its tasks',
    explanation:
      'Its directory cannot be used (it is started again), or its tasks are on a server of Redis or Valkey that does not answer. The spooler then tries again, every second first and every half minute later. The application cannot queue tasks there meanwhile: uwsgi.spool raises ValueError.',
  },
  'job.store-back': {
    id: 'a1deaa2a319fabe7ffaf1fcb0c740dd1',
    subject: 'A spooler of @REEVE_APP@ reaches its tasks again',
    explanation: 'The server of its tasks answers again (job.store-away).',
  },
  'job.started': {
    id: '06f56a5e51faa0bfa1dc6d4b5bdfaf45',
    subject: 'A mule or a spooler of @REEVE_APP@ was started',
    explanation: 'REEVE_JOB is its name.',
  },
  'listener.adopted': {
    id: '0a13c284d7d94eac98f3701617411c50',
    subject: '@REEVE_APP@ uses a socket that systemd passed',
    explanation: 'The socket comes from a socket unit, or was kept by systemd over a restart.',
  },
  'listener.bound': {
    id: 'c3843a5cd38a42cc943739dd5a2257f6',
    subject: '@REEVE_APP@ listens',
    explanation: 'A listening socket is open.',
  },
  'metrics.enabled': {
    id: '24de8a8adda360ee1b952c521019d662',
    subject: 'The metrics of @REEVE_APP@ can be read',
    explanation: 'It is the address in `metrics`: /metrics, /livez and /readyz answer there.',
  },
  'metrics.problem': {
    id: '3a29730761378d2b4a853819bf623e46',
    subject: 'The metrics of @REEVE_APP@ cannot be read',
    explanation:
      'A reload has changed `metrics`, and the new address cannot be opened. All else is served.',
  },
  'stats.enabled': {
    id: '68cf6f208dc849da9b20e625d191be55',
    subject: 'The stats server of @REEVE_APP@ listens',
    explanation: 'It is the address in `stats`: each connection gets the state as JSON.',
  },
  'stats.not-pushed': {
    id: 'ed4b5353f798cd542b52e402ab9dfcde',
    subject: 'The figures of @REEVE_APP@ cannot be sent to statsd',
    explanation: 'The message has the address of `stats-push` and why. It is tried again.',
  },
  'stats.problem': {
    id: '204d5d13bc5c4e35895e75ec8e7eb9ee',
    subject: 'The stats server of @REEVE_APP@ cannot listen',
    explanation:
      'A reload has changed `stats`, and the new address cannot be opened. All else is served.',
  },
  'listener.closed': {
    id: '23c9d72adcd147af9bfa5b54d253a5e4',
    subject: '@REEVE_APP@ has closed a listening socket',
    explanation: 'It is no longer in the configuration that was reloaded.',
  },
  'listener.dropped': {
    id: 'd162f1f0eed84626b13f0385668a80a2',
    subject: 'A socket that systemd had kept for @REEVE_APP@ was closed',
    explanation: 'No listener of the configuration uses it any more.',
  },
  'listener.not-kept': {
    id: '86aee0490a3c478980d7d3de3b9d933b',
    subject: 'A socket of @REEVE_APP@ is not kept by systemd',
    explanation:
      'A restart closes it and opens it again; clients that connect in between are refused.',
  },
  'listener.problem': {
    id: 'b841184cdb5f40ecb96baa419ded40b3',
    subject: 'The file of a unix socket of @REEVE_APP@ could not be removed',
    explanation: 'The message names the file and the reason.',
  },
  'listener.warning': {
    id: '93ac46d2255943ab8e29192c1bbfc7c3',
    subject: 'A remark on a listening socket of @REEVE_APP@',
    explanation: 'The message says how the socket differs from the configuration.',
  },
  'log.dropped': {
    id: '36ea2ce90fcc42c4b2c30df4d620c4f8',
    subject: 'Log lines of @REEVE_APP@ were lost',
    explanation:
      'The log could not be written for a while (a full disk, a reader that stopped). Lines were dropped so that the service was not stopped.',
  },
  'log.level': {
    id: 'ab2fd78ac476451691e91b1ec0bb624f',
    subject: 'The log level of @REEVE_APP@ was changed',
    explanation: '`reeve log-level` asked for it. It lasts until the next restart.',
  },
  'log.not-reopened': {
    id: 'be9d1e19e5484d0ebbb50ce5268b4705',
    subject: 'The log file of @REEVE_APP@ cannot be opened again',
    explanation:
      "Reeve goes on writing to the old file. Look at the directory's permissions: the file is opened by the user that Reeve runs as.",
  },
  'log.problem': {
    id: 'a09f046a85794a3d8ee4dfbf01b844f8',
    subject: 'The log of @REEVE_APP@ has a problem',
    explanation: 'The message describes it.',
  },
  'log.rotated': {
    id: 'b4a9f3f0c0d84f7d9a52f5f0f6e3d1a7',
    subject: 'A log file of @REEVE_APP@ was rotated',
    explanation:
      'It was renamed because of its size (log-maxsize), a touched file or the letter L. REEVE_BACKUP has its new name.',
  },
  'message.lost': {
    id: '31276090671a420581104997e65cd838',
    subject: 'Messages to mules of @REEVE_APP@ were lost',
    explanation:
      'Reeve stopped while they waited. Mules take what waits before they end, but no longer than mule-reload-mercy and worker-reload-mercy allow, and a request may send one after its mule has ended. What must not be lost is a task of a spooler.',
  },
  'message.refused': {
    id: 'e0c0fdc977fa4e55a33f27898c4d19e0',
    subject: 'Messages to mules of @REEVE_APP@ were refused',
    explanation:
      'The mailbox is full: the application sends messages (uwsgi.mule_msg) faster than mules take them, and mule-msg-size bytes wait. The call returned False, and these messages are lost unless the application sends them again. Look for mules that hang, or start more of them.',
  },
  'packet.http': {
    id: '0c66ff4c7a6140ce93249540abcf4627',
    subject: 'A client speaks HTTP to a socket of @REEVE_APP@ that expects the uwsgi protocol',
    explanation: 'Use http-socket for HTTP, or uwsgi_pass in nginx instead of proxy_pass.',
  },
  'packet.refused': {
    id: 'a5b7f77fb3184cda9f02953ac191e8f5',
    subject: 'A packet of the uwsgi protocol was refused',
    explanation: 'The message says what is wrong with it.',
  },
  'pidfile.written': {
    id: 'fd56e1d6d92c176cad68a10df5539f5f',
    subject: 'A pidfile of @REEVE_APP@ was looked at',
    explanation: '`P` was written to the master-fifo: a pidfile that was gone is there again.',
  },
  'pidfile.refused': {
    id: '999126c5f16642108f943c2c4b00a4f8',
    subject: 'The PIDFile= of the unit of @REEVE_APP@ cannot be written',
    explanation:
      'systemd is told which process is the master through NOTIFY_SOCKET. A unit of Type=forking that does not read it (NotifyAccess=none) waits for the file. Let PIDFile= lie in a directory that the user of the unit can write, such as one of RuntimeDirectory=.',
  },
  'priority.refused': {
    id: '7c1f0e8f7b0f4d5ab8d15f4ab6b0c2d9',
    subject: '@REEVE_APP@ has not the priority that its ini asks for',
    explanation:
      'Only root, or a process with CAP_SYS_NICE, may have a nice value below the one that it has. Nice= of the unit sets it without that.',
  },
  'proxy-header.refused': {
    id: '874af7df2d26eab5186493e5890e58c3',
    subject: 'A PROXY header was refused by @REEVE_APP@',
    explanation:
      'A connection began with a PROXY header of HAProxy or nginx, and was answered 400. It is read only with enable-proxy-protocol or http-enable-proxy-protocol, and only of the addresses in trusted-proxies: others could pretend to be any client. The message says what to write if it is your proxy.',
  },
  'python.crashed': {
    id: '15fba805e53b448cbae629f95b2b7d2b',
    subject: 'A fault in a Python process of @REEVE_APP@',
    explanation:
      'This is a bug of Reeve: please report it with the traceback in this entry. The process is replaced.',
  },
  'python.said': {
    id: '78ca93bbc89048998f986b14e8eda576',
    subject: 'A remark from a Python process of @REEVE_APP@',
    explanation: 'The message describes it.',
  },
  'reload.asked': {
    id: 'd4c0df120a684e82bd499e66547d5993',
    subject: 'A reload of @REEVE_APP@ was asked for',
    explanation:
      'The configuration is read again, and a new generation is started beside the old one.',
  },
  'reload.done': {
    id: '85d31aec111a450d8e29b38569d1d0e0',
    subject: '@REEVE_APP@ has been reloaded',
    explanation: 'The new generation serves. The old one finishes the requests that it is running.',
  },
  'reload.failed': {
    id: '007851671a9f44e1adf59424e8962d49',
    subject: 'The reload of @REEVE_APP@ failed',
    explanation:
      'The new generation did not come up; the old one keeps serving, with the old configuration. The traceback, or another reason, is logged before this entry.',
  },
  'reload.overlaps': {
    id: 'c2b94e3371b94baaab14b58c2598893c',
    subject: 'Two generations of @REEVE_APP@ run at once',
    explanation:
      'In this reload mode the old workers serve until the new ones are ready, which needs memory for both.',
  },
  'reload.partial': {
    id: '21310052e17f47c7be5b81286f9d23e8',
    subject: 'Not all of the new configuration of @REEVE_APP@ is in force',
    explanation:
      'Some options take effect only with a restart; the message names them. systemctl restart applies them all.',
  },
  'reload.refused': {
    id: '1d4fb346eab64c2996b4bab9517faae7',
    subject: 'The reload of @REEVE_APP@ was refused',
    explanation:
      'The new configuration cannot be used; the message names the file and the line. Nothing has changed: the old generation keeps serving.',
  },
  'reload.waits': {
    id: 'eadb97b21fd7485c93f04dac663e79d8',
    subject: 'A reload of @REEVE_APP@ waits for the one before it',
    explanation: 'It begins when that one has ended.',
  },
  'request.lost': {
    id: 'd57abe6e2f9247e7b86c5d30c023222f',
    subject: 'A request of @REEVE_APP@ was lost with its worker',
    explanation:
      'The worker ended while it ran this request. The client was answered 502, or the connection was cut where the response had begun.',
  },
  'request.not-stored': {
    id: '8a9d4c47570748f499b49deaa602630b',
    subject: 'A request body could not be stored',
    explanation:
      'A body that is too large for memory waits in a file, and the spool has no room or the system refused the file; the client was answered 503 (other requests use the room) or 507. The message has the directory and the reason; for a body that cannot be read back, the client was answered 503. Make room, set TMPDIR to a directory on a larger disk, or see spool-max. One line in ten seconds is written.',
  },
  'request.overran': {
    id: 'e2362583058e4b8ab2d382f4e8ef00a2',
    subject: 'A request of @REEVE_APP@ overran its limit',
    explanation:
      'It ran longer than harakiri allows. The client was answered 504 at once. The worker has worker-reload-mercy seconds to finish its other requests, then it is killed and replaced.',
  },
  'request.quarantined': {
    id: '92e03dc63a24f861b957e0724a53f3e4',
    subject: 'Requests of @REEVE_APP@ kill their workers, and run alone now',
    explanation:
      'Requests of this method and path (REQUEST_METHOD, REQUEST_URI) have killed three workers within a minute. From now on they run one at a time, each in a worker that runs nothing else, and the other workers serve all other requests. That ends when one of them ends well, or when none has come for ten minutes. How the workers ended is in the entries worker.exited before this one. `reeve status` shows what is in quarantine.',
  },
  'request.refused': {
    id: '6fc36858ab9f49418d75d8546869f002',
    subject: 'A request was refused',
    explanation: 'It was not valid HTTP, too slow or too large.',
  },
  'request.released': {
    id: '1e3b3e864096676b87ca28d7ec022c4f',
    subject: 'Requests of @REEVE_APP@ are out of quarantine',
    explanation:
      'One of them has ended and its worker lives, or none has come for ten minutes. They run as all others again.',
  },
  'request.returned': {
    id: 'dd074891dc5b4ef7a47784d98e61d3c2',
    subject: 'A request of @REEVE_APP@ is given to another worker',
    explanation: 'It waited in a worker that ended before it began the request. Nothing is lost.',
  },
  'request.served': {
    id: '0dc723defbcd4981824a748a52d842de',
    subject: 'A request was answered',
    explanation:
      'There is one entry for each request, in the form of log-format, with REQUEST_METHOD, REQUEST_URI, STATUS, DURATION_USEC, REMOTE_ADDR and REQUEST_ID.',
  },
  'request.too-large': {
    id: 'f18bafc1b7f04f96b418433cc5042a3d',
    subject: 'Requests to @REEVE_APP@ are larger than buffer-size',
    explanation:
      'The request line and the headers of a request must fit into buffer-size; larger requests are answered 431.',
  },
  'response.not-stored': {
    id: 'ed3b32348d7c4500a89ca9580274a61d',
    subject: 'A response of @REEVE_APP@ could not be kept for a slow client',
    explanation:
      'The spool has no room or the system refused the file, as the message says; the worker waits for the client instead. Nothing is lost, but a worker that waits serves no other client: make room, set TMPDIR to a directory on a larger disk, or raise spool-max. http-timeout ends the wait for a client that takes nothing. One line in ten seconds is written.',
  },
  'response.refused': {
    id: 'b9ebde6f6b664cb6a611428baa83253f',
    subject: 'A response of @REEVE_APP@ could not be passed on',
    explanation:
      'The worker sent something that is not a valid response; the client was answered 502.',
  },
  'scale.asked': {
    id: 'a15359dd62414436baccdd41c7302cc7',
    subject: 'A change of the number of workers of @REEVE_APP@ was asked for',
    explanation: '`reeve scale` was called.',
  },
  'sendfile.refused': {
    id: '9199354072334721b525aabf361f8461',
    subject: 'A file that the application of @REEVE_APP@ named cannot be sent',
    explanation:
      'It does not exist, cannot be read, or lies outside of sendfile-root; the client was answered with an error.',
  },
  'signal.dropped': {
    id: 'a84fc8c2b5bb4eff89f0df923b1db138',
    subject: 'Signals of @REEVE_APP@ were dropped',
    explanation:
      'The application raises signals (uwsgi.signal, timers) faster than their handlers run, and 1000 wait already; or there is no application. Each of these handlers was not run once. Look for handlers that take longer than the time between two of their signals, and for workers and mules that hang.',
  },
  'signal.meaning': {
    id: '9ad62c108b304914baf04a067836c8f9',
    subject: 'A signal means something else here than under uWSGI',
    explanation: 'The message says what Reeve did, and how to get the behaviour of uWSGI.',
  },
  'signal.undelivered': {
    id: '4b92aded3c3944a4ae544d5a5f117cab',
    subject: 'A signal of @REEVE_APP@ has nobody to handle it',
    explanation:
      'Nothing has been registered for it with uwsgi.register_signal, or its target names a process that there is not; or more timers, cron entries or file monitors were registered than there can be. It is logged once for each reason.',
  },
  'spawner.deaf': {
    id: 'b79118fd3fa34f888b41c5ad561275cb',
    subject: 'The spawner of @REEVE_APP@ did not answer',
    explanation:
      'It was stopped, or the application holds it up: a thread that keeps the lock of the interpreter, or a function of os.register_at_fork. It was killed. Its workers keep serving, and are replaced one by one by workers of a new spawner.',
  },
  'spawner.exited': {
    id: '36b5458a55c14b359bba1a695c2825ea',
    subject: 'The spawner of @REEVE_APP@ ended',
    explanation:
      'Its workers keep serving, and are replaced one by one by workers of a new spawner. No request is lost.',
  },
  'spawner.problem': {
    id: 'f319fa6010fd474a961eb0a131dce667',
    subject: 'The spawner of @REEVE_APP@ has a problem',
    explanation: 'The message describes it.',
  },
  'spool.directory': {
    id: '2bc115cf7e964b3280d821a67adca7b5',
    subject: 'Large bodies and responses of @REEVE_APP@ wait in another directory',
    explanation:
      'They wait in files in the first of TMPDIR, TEMP, TMP, /tmp, /var/tmp, /usr/tmp and the working directory in which the user of the gateway can make a file. The message names those that cannot be used, why, and the one that is. It is logged at the start and when the directory changes; one that failed is tried again after a minute.',
  },
  'spool.no-directory': {
    id: '9352ecce2f85439ea690382f94c9be1c',
    subject: 'Large bodies and responses of @REEVE_APP@ have no directory',
    explanation:
      'The user of the gateway can make a file in none of TMPDIR, TEMP, TMP, /tmp, /var/tmp, /usr/tmp and the working directory. Bodies that are too large for memory are answered 507, and workers wait for slow clients. Each such request tries the directories again, at most once a second.',
  },
  'start.failed': {
    id: '7d591df5441c49dc97e011d5c82a3c6a',
    subject: 'A start of @REEVE_APP@ failed and is tried again',
    explanation: 'Reeve gives up after the fifth failure within a minute.',
  },
  'start.refused': {
    id: 'd12b39f6f4cb41faa3e6ef7975679ffc',
    subject: '@REEVE_APP@ cannot start',
    explanation:
      'The message says what is wrong and what to do. The exit code names the kind of fault: 22 no application, 66 a file is missing, 69 an address is in use, 71 a limit of the system, 73 a file cannot be created, 77 not permitted, 78 configuration.',
  },
  'static.failed': {
    id: '33f484fe54304d4ab551067c744bef0d',
    subject: 'A static file could not be read',
    explanation: 'The request was passed to the application.',
  },
  'static.outside': {
    id: 'f9b4033fc6a1402c8f6aea2d35ad0ea5',
    subject: 'A static file lies outside its directory',
    explanation:
      'A symbolic link leads out of the directory of static-map; such files are not served.',
  },
  'static.unreadable': {
    id: '1fee2e54370247a78d71931e7cae33d9',
    subject: 'A static file cannot be read',
    explanation: 'The user that Reeve runs as may not read it.',
  },
  status: {
    id: '61291aedf30d4e388f37e1bc950db6cb',
    subject: 'The state of @REEVE_APP@',
    explanation: 'SIGUSR1, or `s` in the master-fifo, asked for it.',
  },
  'stop.delayed': {
    id: '02228bb5ede26ee84e96265be33e69a4',
    subject: '@REEVE_APP@ serves on before it stops',
    explanation:
      'shutdown-delay lets load balancers see that it is not ready before it accepts nothing more.',
  },
  'stop.asked': {
    id: '707d9854e9e4433a8a96b045ccbe718d',
    subject: '@REEVE_APP@ was asked to stop',
    explanation:
      'New clients are refused; running requests have worker-reload-mercy seconds to finish.',
  },
  'stop.now': {
    id: 'b3f7fb0718ad4433869d97e32cc8d592',
    subject: '@REEVE_APP@ was asked to stop at once',
    explanation: 'Requests that still run are cut off.',
  },
  'stop.waiting': {
    id: 'be120eab30af446fba7b8e5c87a88156',
    subject: '@REEVE_APP@ waits for requests before it stops',
    explanation: 'They have worker-reload-mercy seconds to finish.',
  },
  'systemd.unreachable': {
    id: 'fb6c23cc9bd64c91aff94945a3bef3bc',
    subject: 'systemd cannot be told the state of @REEVE_APP@',
    explanation:
      'The library that speaks to systemd could not be loaded; with Type=notify the start will time out.',
  },
  'worker.exited': {
    id: 'd91881b3e21945239caaeca97dacae2e',
    subject: 'Worker @REEVE_WORKER@ of @REEVE_APP@ ended',
    explanation:
      'The message says how, or which limit of the system was reached, and when another is started. Its last output, a traceback, or the stack of a crash in C code, is in its own entries: journalctl REEVE_APP=@REEVE_APP@ _PID=@REEVE_PID@',
  },
  'worker.imported': {
    id: '3244f6062e8a4aa3980d70696a8eb558',
    subject: 'Worker @REEVE_WORKER@ of @REEVE_APP@ has loaded the application',
    explanation: 'With lazy-apps each worker imports it for itself.',
  },
  'worker.killed': {
    id: '2f46f9d5c6be46ae9ca1a44e1e0d5968',
    subject: 'Worker @REEVE_WORKER@ of @REEVE_APP@ was killed',
    explanation:
      'It had been asked to end, and did not end within worker-reload-mercy seconds; or its memory has ' +
      'reached evil-reload-on-rss or evil-reload-on-as. The entry has the reason.',
  },
  'worker.leftovers': {
    id: 'caf0bf06f6374430a7dcdad51c31dccb',
    subject: 'Processes that a killed worker of @REEVE_APP@ left behind were killed',
    explanation:
      'The application had started processes in this worker, which outlived it. They were found in its control group and killed.',
  },
  'worker.retired': {
    id: '7929b39fad45422e8521742319ea6db4',
    subject: 'Worker @REEVE_WORKER@ of @REEVE_APP@ is replaced',
    explanation:
      'It has reached a limit that the configuration sets for workers: requests, age, memory, or an ' +
      'exception. The entry has the reason. It finishes what it runs; no request is lost.',
  },
  'worker.slow-exit': {
    id: 'd85bb6f8e1e74d40b6961a766f31a89a',
    subject: 'Worker @REEVE_WORKER@ of @REEVE_APP@ did not shut down',
    explanation:
      "A thread, or a function registered with atexit, blocked Python's shutdown. All requests had been answered. The stacks in this entry show where it was blocked.",
  },
  'worker.spawned': {
    id: '5f9423de781d4f2187a2dd7325244f14',
    subject: 'Worker @REEVE_WORKER@ of @REEVE_APP@ was started',
    explanation: 'It serves as soon as it has connected to the gateway.',
  },
} as const satisfies Readonly<Record<string, LogEvent>>;

const table: Readonly<Record<string, LogEvent>> = logEvents;

/** The MESSAGE_ID of an event; undefined for an event that is not in the table. */
export function messageIdOf(event: string): string | undefined {
  return Object.hasOwn(table, event) ? table[event]?.id : undefined;
}

/** The events that the Python processes log; the master passes them the ids. */
export const pythonEvents = [
  'application.absent',
  'application.import-failed',
  'application.import-skipped',
  'application.logged',
  'application.misbehaved',
  'application.output',
  'application.raised',
  'cache.begins-anew',
  'cache.full',
  'cache.store-away',
  'cache.store-unusable',
  'job.dead',
  'job.failed',
  'job.store-away',
  'job.store-back',
  'message.lost',
  'message.refused',
  'python.crashed',
  'python.said',
  'worker.slow-exit',
] as const satisfies readonly (keyof typeof logEvents)[];

/** The MESSAGE_ID of each of these events. */
export function messageIdsOf(
  events: readonly (keyof typeof logEvents)[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(events.map((event) => [event, logEvents[event].id]));
}
