/**
 * Options about logs, statistics and alarms.
 */

import type { UnsupportedGroup } from './group.ts';

export const observingGroups: readonly UnsupportedGroup[] = [
  {
    refused: false,
    advice: 'systemctl status and the journal show the memory of the unit',
    names: `
      profiler=`,
  },
  {
    refused: false,
    advice: 'use logger, log-route or log-json',
    names: `
      logger-list loggers-list log-alarm= log-zeromq=`,
  },
  {
    refused: false,
    advice: 'use stats, or `reeve status --json`, which has workers, requests, memory and times',
    names: `
      metric-threshold= metric-alarm= metrics-dir= metrics-dir-restore
      metric-dir= metric-dir-restore metrics-no-cores snmp? snmp-community= carbon=
      carbon-timeout= carbon-freq=
      carbon-id= carbon-no-workers carbon-max-retry= carbon-retry-delay= carbon-root=
      carbon-hostname-dots= carbon-name-resolve carbon-resolve-names carbon-idle-avg=
      carbon-use-metrics http-stats= http-stats-server= http-ss= rrdtool= rrdtool-freq=
      rrdtool-lib= zabbix-template?`,
  },
  {
    refused: false,
    advice: 'let your monitoring read the log',
    names: `
      body-read-warning= upload-progress= alarm-metric= alarm= alarm-cheap= alarm-freq= alarm-fd=
      alarm-segfault= segfault-alarm= alarm-backlog= backlog-alarm= lq-alarm= alarm-lq=
      alarm-listen-queue= listen-queue-alarm= alarm-log= not-log-alarm= not-alarm-log= alarm-list
      alarms-list alarm-msg-size=`,
  },
];
