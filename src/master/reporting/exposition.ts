/**
 * PURE. Metrics as text: the Prometheus format 0.0.4, and OpenMetrics 1.0.
 *
 * https://prometheus.io/docs/instrumenting/exposition_formats/,
 * https://github.com/OpenObservability/OpenMetrics
 */

/** Values by their labels; a histogram has counts of each bucket alone. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface HistogramSample {
  readonly labels: Readonly<Record<string, string>>;
  /** In the order of the bounds; the last has no bound. */
  readonly counts: readonly number[];
  readonly sum: number;
}

/** `name` is without `_total` and `_info`. */
export type Family =
  | {
      readonly type: 'counter' | 'gauge' | 'info';
      readonly name: string;
      readonly help: string;
      readonly samples: readonly Sample[];
    }
  | {
      readonly type: 'histogram';
      readonly name: string;
      readonly help: string;
      readonly bounds: readonly number[];
      readonly samples: readonly HistogramSample[];
    };

export function gauge(name: string, help: string, samples: readonly Sample[]): Family {
  return { type: 'gauge', name, help, samples };
}

export function counter(name: string, help: string, samples: readonly Sample[]): Family {
  return { type: 'counter', name, help, samples };
}

export function one(value: number, labels: Sample['labels'] = {}): Sample {
  return { labels, value };
}

export type MetricsFormat = 'prometheus' | 'openmetrics';

export const metricsTypes: Readonly<Record<MetricsFormat, string>> = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/** What an Accept header prefers; Prometheus' own format where it does not say. */
export function metricsFormatFor(accept: string): MetricsFormat {
  const weights = accept.split(',').map((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
    return { type, weight: Number(weight ?? 1) };
  });
  const best = (type: string): number =>
    Math.max(0, ...weights.filter((each) => each.type === type).map(({ weight }) => weight));
  const open = best('application/openmetrics-text');
  return open > 0 && open >= best('text/plain') ? 'openmetrics' : 'prometheus';
}

export function metricsText(families: readonly Family[], format: MetricsFormat): string {
  const lines = families.filter(({ samples }) => samples.length > 0).flatMap(linesOf[format]);
  if (format === 'openmetrics') lines.push('# EOF');
  return `${lines.join('\n')}\n`;
}

const linesOf: Readonly<Record<MetricsFormat, (family: Family) => readonly string[]>> = {
  // A counter's name ends in _total there too, but not in what describes it.
  openmetrics: (family) => [...headOf(family, family.name, family.type), ...samplesOf(family)],
  prometheus: (family) => {
    const name = `${family.name}${suffixes[family.type]}`;
    const type = family.type === 'info' ? 'gauge' : family.type;
    return [...headOf(family, name, type), ...samplesOf(family)];
  },
};

const suffixes = { counter: '_total', gauge: '', info: '_info', histogram: '' } as const;

function headOf({ help }: Family, name: string, type: string): readonly string[] {
  const text = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return [`# HELP ${name} ${text}`, `# TYPE ${name} ${type}`];
}

function samplesOf(family: Family): readonly string[] {
  const { name } = family;
  if (family.type === 'histogram') {
    const { bounds } = family;
    return family.samples.flatMap((sample) => histogramLines(name, bounds, sample));
  }
  const whole = `${name}${suffixes[family.type]}`;
  return family.samples.map(({ labels, value }) => line(whole, labels, value));
}

function histogramLines(
  name: string,
  bounds: readonly number[],
  { labels, counts, sum }: HistogramSample,
): readonly string[] {
  let below = 0;
  const buckets = counts.map((count, at) => {
    below += count;
    const bound = bounds[at];
    const le = bound === undefined ? '+Inf' : decimal(bound);
    return line(`${name}_bucket`, { ...labels, le }, below);
  });
  return [...buckets, line(`${name}_sum`, labels, sum), line(`${name}_count`, labels, below)];
}

/** OpenMetrics wants each bound written one way: 1.0, and not 1. */
function decimal(bound: number): string {
  return Number.isInteger(bound) ? bound.toFixed(1) : String(bound);
}

function line(name: string, labels: Readonly<Record<string, string>>, value: number): string {
  const all = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
  return `${name}${all.length === 0 ? '' : `{${all.join(',')}}`} ${value}`;
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
