/**
 * What a running instance shows of itself to monitoring.
 */

import { daySeconds, integer, onOff } from '../kinds.ts';
import { option } from '../option.ts';
import { list, text } from '../text-kinds.ts';

export const observingOptions = {
  'metrics-label': option({
    section: 'logging',
    kind: list('LABEL PATTERN', 'a label and a pattern such as reports ^/reports/'),
    default: [],
    summary: 'count the times of requests whose path matches under this label (repeatable)',
    details:
      'The first pattern that fits the path of a request counts; several patterns may have one label. ' +
      'At most 32 labels. Each request is compared with the patterns (regular expressions of ' +
      'JavaScript) until one fits. Without it times are counted by mount and class of status alone.',
    for: 'gateway',
    uwsgi: 'ours-alone',
  }),
  metrics: option({
    section: 'logging',
    kind: list('ADDRESS', 'an address such as 127.0.0.1:9100 or a path'),
    default: [],
    summary: 'answer Prometheus, health checks and browsers here: /metrics, /livez, /readyz, /',
    details:
      '/metrics has the format of Prometheus, or OpenMetrics for those who ask for it. /livez is 200 ' +
      'while Reeve does its work; /readyz is 200 while clients may be sent here, else 503 with the ' +
      'reason as JSON. / is a page for browsers (status-page). Who can connect from another machine sees ' +
      'no requests, but how many there are: let it not be open to the network. A unix socket has the ' +
      'mode of chmod-socket. `reeve metrics` prints the same metrics.',
    onReload: 'reload',
    uwsgi: 'ours-alone',
  }),
  'status-page': option({
    section: 'logging',
    kind: onOff(),
    default: true,
    summary: 'show the status page at / of metrics, and what it asks for at /status.json',
    details:
      'There is none without `metrics`. It shows slots and what they run, the queue, times of requests, ' +
      'memory, jobs, reloads and what `reeve why` finds. With `metrics = :9100`, which names no address, it is shown on this ' +
      'machine only. From another machine it has figures alone: no paths, and no reasons of reloads.',
    onReload: 'reload',
    uwsgi: 'ours-alone',
  }),
  'status-page-host': option({
    section: 'logging',
    kind: list('NAME', 'a host name such as status.example.org'),
    default: [],
    summary: 'show the status page under this host name too (repeatable)',
    details:
      'It is shown to browsers that ask for localhost, for the address of the listener, or for one of ' +
      'these names; else a page of somebody else, whose name resolves to this address, could read it. ' +
      'Needed where it is reached through a proxy or a published port. Without a port.',
    onReload: 'reload',
    uwsgi: 'ours-alone',
  }),
  'health-path': option({
    section: 'logging',
    kind: text('PATH', 'a path such as /healthz'),
    default: '',
    summary: 'answer this path of the application as /readyz, without a worker',
    details:
      'It is 200 while clients may be sent here, else 503 with the reason as JSON. For load balancers ' +
      'that check the port that they use (docs/load-balancers.md). Such requests are neither logged nor ' +
      'counted.',
    for: 'gateway',
    uwsgi: 'ours-alone',
  }),
  stats: option({
    section: 'logging',
    kind: list('ADDRESS', 'an address such as 127.0.0.1:9191 or a path'),
    default: [],
    summary: 'answer each connection here with the state as JSON, for uwsgitop and monitoring',
    details:
      'A unix socket has the mode of chmod-socket and the owner of chown-socket. Who can connect sees ' +
      'the paths of running requests: let it not be open to the network. `reeve status --json` has ' +
      'more. Nothing is done while nobody asks, and a client that does not read holds nothing up.',
    aliases: ['stats-server'],
    onReload: 'reload',
    uwsgi: {
      remark: 'memory is always shown; of a running request there are method, path and id alone',
    },
  }),
  'stats-push': option({
    section: 'logging',
    kind: list('statsd:HOST:PORT[,PREFIX]', 'a target such as statsd:127.0.0.1:8125'),
    default: [],
    summary: 'send figures to a statsd every few seconds (repeatable)',
    details:
      'The names are those of uWSGI (uwsgi.worker.1.requests, with PREFIX in place of uwsgi), over UDP. ' +
      '`metrics` has more, for Prometheus.',
    onReload: 'reload',
    uwsgi: [
      {
        missing:
          'nothing is sent there: of the targets only statsd is known; `metrics` has figures',
        only: ([target]) => !/^\s*statsd:/.test(target?.text ?? ''),
      },
      {
        differs:
          'a counter is sent as what was added since the last time, which statsd adds up; those that ' +
          'Reeve does not count (core.overloaded, and offloaded_requests, routed_requests, ' +
          'static_requests, read_errors, write_errors, exceptions of a core) are not sent',
      },
    ],
  }),
  'stats-pusher-default-freq': option({
    section: 'logging',
    kind: integer({ placeholder: 'SECONDS', min: 1, ...daySeconds }),
    default: 3,
    summary: 'seconds between two pushes of stats-push',
    aliases: ['stats-pushers-default-freq'],
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'stats-http': option({
    section: 'logging',
    kind: onOff(),
    default: false,
    summary: 'begin the answer of stats with an HTTP head',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'stats-minified': option({
    section: 'logging',
    kind: onOff(),
    default: false,
    summary: 'write the answer of stats in one line',
    aliases: ['stats-min'],
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'stats-no-cores': option({
    section: 'logging',
    kind: onOff(),
    default: false,
    summary: 'leave the threads of each worker out of stats',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'stats-no-metrics': option({
    section: 'logging',
    kind: onOff(),
    default: false,
    summary: 'stats has no metrics anyway',
    onReload: 'reload',
    uwsgi: { always: 'there are no metrics in stats' },
  }),
};
