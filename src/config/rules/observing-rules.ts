/** What the options for monitoring need. */

import { isAddress } from '../../base/networks.ts';
import { readPattern } from '../../base/pattern.ts';
import { readStatsd } from './statsd.ts';
import { error } from './rule.ts';

import type { Rule } from './rule.ts';

const LABEL = /^[A-Za-z0-9_.:/-]{1,64}$/;
/** Each label is a series of its own for each mount and class of status, in every monitoring. */
const LABELS_MAX = 32;

export const routeLabels: Rule = ({ settings }) => {
  const labels = new Set<string>();
  const findings = settings['metrics-label'].map(({ text, origin }) => {
    const [, label = '', pattern = ''] = /^\s*(\S+)\s+(.+)$/.exec(text) ?? [];
    labels.add(label);
    return problemOf(label, pattern, text, origin);
  });
  const last = settings['metrics-label'].at(-1);
  if (last !== undefined && labels.size > LABELS_MAX) {
    const sentence = `metrics-label has ${labels.size} labels, more than ${LABELS_MAX}`;
    const advice = 'give several patterns one label: a monitoring keeps many figures for each';
    findings.push(error(last.origin, sentence, advice));
  }
  return findings.filter((finding) => finding !== undefined);
};

/** As browsers send it in Host, less the port. */
const HOST_NAME = /^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?$/;

export const statusPageHosts: Rule = ({ settings }) =>
  settings['status-page-host'].flatMap(({ text, origin }) => {
    if (HOST_NAME.test(text) || (text.includes(':') && isAddress(text))) return [];
    const advice = 'write it without scheme, port and brackets, as in `status.example.org`';
    return [error(origin, `status-page-host: "${text}" is no host name`, advice)];
  });

export const statsPushed: Rule = ({ settings }) =>
  settings['stats-push'].flatMap(({ text, origin }) => {
    const read = readStatsd(text);
    return read.kind === 'problem' ? [error(origin, `stats-push: ${read.sentence}`)] : [];
  });

export const healthPath: Rule = ({ settings, given }) => {
  const path = settings['health-path'];
  if (path === '' || (/^\/[^?#\s]*$/.test(path) && path !== '/')) return [];
  const advice = 'write a path that the application does not have, as in `health-path = /healthz`';
  return [error(given.get('health-path') ?? '', `health-path: "${path}" is no such path`, advice)];
};

function problemOf(label: string, pattern: string, text: string, origin: string) {
  if (label === '') {
    const sentence = `metrics-label needs LABEL PATTERN, not "${text}"`;
    return error(origin, sentence, 'write it as in `metrics-label = reports ^/reports/`');
  }
  if (!LABEL.test(label)) {
    const advice = 'a label has at most 64 letters, digits and _ . : / -';
    return error(origin, `metrics-label: "${label}" is no label`, advice);
  }
  if (readPattern(pattern) !== undefined) return undefined;
  const sentence = `metrics-label: "${pattern}" is not a regular expression`;
  return error(origin, sentence, 'regular expressions are those of JavaScript');
}
