/**
 * PURE. What the settings mean for each process: how many and how long for the supervisor, what to
 * load for the spawner, what to serve for the gateway.
 */
import type { GatewayListener, GatewaySettings } from '../../protocol/control-messages.ts';
import type {
  ApplicationSource,
  ImportSource,
  SpawnerSettings,
} from '../../protocol/spawner-settings.ts';
import { sharedState } from './shared-state.ts';
import type { ResponseSettings } from '../../protocol/response-settings.ts';
import { scalingAlgorithm } from '../../config/values/scaling.ts';
import { farmsOf, jobSettingsOf, jobTermsOf } from './job-settings.ts';
import type { SpoolDirectories } from './spool-directories.ts';
import type { Plan } from '../../supervision/fleet.ts';
import type { ScalingTerms } from '../../supervision/scaling/cheaper.ts';
import { gatewayOptionNames, gatewayOptionsOf, optionOf } from '../../tables/options/options.ts';
import type { Settings } from '../../tables/options/options.ts';
import { metricsInFormat } from '../../tables/log-format.ts';
import { hooksOf, pythonPoints } from '../../tables/hooks/hooks.ts';

/** Most seconds that the interpreter may take to shut down after a worker was drained. */
const exitLimitMax = 5;

/** uWSGI's megabytes. */
const bytesInMegabyte = 1_048_576;

/** Where each value was written, for the sentence when it fails; '' where it was not. */
export type OriginOf = (option: 'module' | 'wsgi-file' | 'paste') => string;

/** The applications in the order of their numbers on the channel: the default one first. */
export function applicationsOf(settings: Settings, originOf: OriginOf): ApplicationSource[] {
  const first = defaultApplication(settings, originOf);
  const sources = first === undefined ? [] : [first];
  for (const { text, origin } of settings.mount) {
    const cut = text.indexOf('=');
    const mount = text.slice(0, cut);
    // As in uWSGI: what is mounted first keeps its place.
    if (cut === -1 || sources.some((source) => source.mount === mount)) continue;
    sources.push({ mount, ...mounted(text.slice(cut + 1), settings.callable), origin });
  }
  return sources;
}

/** As in uWSGI, which loads the module first, and has then no place for the others. */
function defaultApplication(settings: Settings, originOf: OriginOf): ApplicationSource | undefined {
  const { module, callable, 'wsgi-file': file, paste } = settings;
  if (module !== '') {
    return { mount: '', ...moduleSource(module, callable), origin: originOf('module') };
  }
  if (file !== '') {
    return { mount: '', kind: 'file', name: file, callable, origin: originOf('wsgi-file') };
  }
  if (paste === '') return undefined;
  return { mount: '', kind: 'paste', name: paste, callable: '', origin: originOf('paste') };
}

type Target = Pick<ApplicationSource, 'kind' | 'name' | 'callable'>;

function mounted(target: string, callable: string): Target {
  if (target.endsWith('.ini')) return { kind: 'paste', name: target, callable: '' };
  const isFile = target.endsWith('.py') || target.endsWith('.wsgi') || target.includes('/');
  return isFile ? { kind: 'file', name: target, callable } : moduleSource(target, callable);
}

function moduleSource(text: string, callable: string): Target {
  const cut = text.indexOf(':');
  if (cut === -1) return { kind: 'module', name: text, callable };
  return { kind: 'module', name: text.slice(0, cut), callable: text.slice(cut + 1) };
}

export interface PlanParts {
  readonly settings: Settings;
  readonly configuration: number;
  readonly gateway: number;
  readonly applications: number;
  readonly cores: number;
}

export function planOf(parts: PlanParts): Plan {
  const { settings } = parts;
  const isLazy = settings['lazy-apps'] || settings.lazy;
  const scaling = parts.applications === 0 ? undefined : scalingOf(settings);
  return {
    configuration: parts.configuration,
    workers: parts.applications === 0 ? 0 : (scaling?.first ?? Math.max(settings.processes, 1)),
    gateway: parts.gateway,
    mercyMs: settings['worker-reload-mercy'] * 1000,
    startTimeoutMs: settings['start-timeout'] * 1000,
    startsAtOnce: isLazy ? Math.max(parts.cores, 1) : Infinity,
    loadsInWorkers: isLazy,
    reloadMode: settings['reload-mode'],
    needApplication: settings['need-app'],
    lifetimeMs: settings['max-worker-lifetime'] * 1000,
    lifetimeDeltaMs: settings['max-worker-lifetime-delta'] * 1000,
    scaling,
    startsAsleep: settings.cheap && parts.applications > 0,
    mostByHand: Math.max(settings.processes, 1) * 2,
    hurriesOld: false,
    hasHooks: settings['hook-master-start'].length > 0,
    // They are forked by the spawner, which is there for an application.
    jobs: parts.applications === 0 ? [] : jobTermsOf(settings),
    killAbove: {
      everyMs: settings['mem-collector-freq'] * 1000,
      residentBytes: settings['evil-reload-on-rss'] * bytesInMegabyte,
      addressSpaceBytes: settings['evil-reload-on-as'] * bytesInMegabyte,
    },
  };
}

/** cheaper; undefined where the number of workers stays. */
function scalingOf(settings: Settings): ScalingTerms | undefined {
  const { cheaper: least, processes: most, threads } = settings;
  if (least === 0 || least >= most) return undefined;
  return {
    algorithm: scalingAlgorithm(settings['cheaper-algo']) ?? 'spare',
    least,
    most,
    first: Math.min(Math.max(settings['cheaper-initial'], least), most),
    threads,
    step: settings['cheaper-step'],
    overload: settings['cheaper-overload'],
    softBytes: settings['cheaper-rss-limit-soft'],
    hardBytes: settings['cheaper-rss-limit-hard'],
    busyness: {
      max: settings['cheaper-busyness-max'],
      min: settings['cheaper-busyness-min'],
      multiplier: settings['cheaper-busyness-multiplier'],
      penalty: settings['cheaper-busyness-penalty'],
      backlogAlert: settings['cheaper-busyness-backlog-alert'],
      backlogMultiplier: settings['cheaper-busyness-backlog-multiplier'],
      backlogStep: settings['cheaper-busyness-backlog-step'],
      backlogNonzero: settings['cheaper-busyness-backlog-nonzero'],
    },
  };
}

export interface SpawnerSettingsParts {
  readonly settings: Settings;
  readonly generation: number;
  readonly applications: readonly ApplicationSource[];
  readonly channel: string;
  readonly titles: SpawnerSettings['titles'];
  readonly logFile: string;
  readonly journal: SpawnerSettings['journal'];
  readonly moduleFacts: SpawnerSettings['moduleFacts'];
  readonly spool: SpoolDirectories;
  readonly mayLack: readonly string[];
  /** The complete title of a process that is called so. */
  readonly jobTitleOf: (name: string) => string;
}

export function spawnerSettings(parts: SpawnerSettingsParts): SpawnerSettings {
  const { settings } = parts;
  const argument = settings.pyargv.trim();
  return {
    type: 'settings',
    generation: parts.generation,
    applications: parts.applications,
    mayLack: parts.mayLack,
    lazyApps: settings['lazy-apps'] || settings.lazy,
    imports: [...importsOf(settings.import), ...aliasesOf(settings['post-pymodule-alias'])],
    sharedImports: sharedImportsOf(settings),
    workerDirectory: settings.chdir2,
    hasFileWrapper: !settings['wsgi-disable-file-wrapper'],
    pasteLogger: settings['paste-logger'],
    showsExceptions: settings['catch-exceptions'],
    compressesMarked: settings['http-auto-gzip'] && settings.http.length > 0,
    threads: settings.threads,
    processes: Math.max(settings.processes, 1),
    channel: parts.channel,
    pythonPath: settings.pythonpath.map((entry) => entry.text),
    argv: argument === '' ? [] : argument.split(/\s+/),
    autoreload: settings['py-autoreload'],
    titles: parts.titles,
    exitLimit: Math.min(settings['worker-reload-mercy'], exitLimitMax),
    // The log helper alone writes to the file: what goes there past it is no JSON.
    logFile: settings['log-json'] ? '' : parts.logFile,
    journal: parts.journal,
    moduleFacts: parts.moduleFacts,
    logJson: settings['log-json'],
    logDate: settings['log-date'] === 'true' ? '%c' : settings['log-date'],
    logPython: settings['log-python'],
    limits: workerLimits(settings),
    cpuAffinity: settings['cpu-affinity'],
    hooks: pythonHooks(settings),
    harakiri: settings.harakiri,
    logMetrics: metricsInFormat(settings['log-format']),
    shared: sharedState(settings),
    jobs: jobSettingsOf(settings, {
      spoolDirectories: parts.spool.own,
      titleOf: parts.jobTitleOf,
      written: parts.moduleFacts.options,
    }),
    farms: farmsOf(settings),
    spoolerDirectories: [...new Set([...parts.spool.own, ...parts.spool.external])],
    spoolerImports: importsOf(settings['spooler-import']),
  };
}

/** As in uWSGI, aliases are made before anything else is imported. */
export function sharedImportsOf(settings: Settings): ImportSource[] {
  return [...aliasesOf(settings['pymodule-alias']), ...importsOf(settings['shared-import'])];
}

function pythonHooks(settings: Settings): SpawnerSettings['hooks'] {
  const lists = pythonPoints.map((point) => [point, hooksOf(settings, point)] as const);
  // The limit of the start kills without a word about the hook.
  const limit = Math.min(settings['hook-timeout'], Math.max(settings['start-timeout'] - 1, 1));
  return {
    seconds: limit,
    points: Object.fromEntries(lists.filter(([, hooks]) => hooks.length > 0)),
  };
}

function importsOf(written: Settings['import']): ImportSource[] {
  return written.map(({ text: name, origin }) => ({ name, alias: '', origin }));
}

function aliasesOf(written: Settings['pymodule-alias']): ImportSource[] {
  return written.flatMap(({ text, origin }) => {
    const cut = text.indexOf('=');
    if (cut === -1) return [];
    return [{ name: text.slice(cut + 1), alias: text.slice(0, cut), origin }];
  });
}

function workerLimits(settings: Settings): SpawnerSettings['limits'] {
  const textsOf = (name: ExceptionList): string[] => settings[name].map(({ text }) => text);
  return {
    addressSpaceBytes: settings['limit-as'] * bytesInMegabyte,
    replaceAbove: {
      as: settings['reload-on-as'],
      rss: settings['reload-on-rss'],
      uss: settings['reload-on-uss'],
      pss: settings['reload-on-pss'],
    },
    minLifetimeSeconds: settings['min-worker-lifetime'],
    replaceOnException: {
      any: settings['reload-on-exception'],
      type: textsOf('reload-on-exception-type'),
      value: textsOf('reload-on-exception-value'),
      repr: textsOf('reload-on-exception-repr'),
    },
  };
}

type ExceptionList = `reload-on-exception-${'type' | 'value' | 'repr'}`;

export interface GatewaySettingsParts {
  readonly settings: Settings;
  readonly applications: readonly ApplicationSource[];
  readonly listeners: readonly GatewayListener[];
  readonly channelFd: number;
  readonly title: string;
  readonly logFile: string;
  /** The application's name in the journal. */
  readonly app: string;
  readonly responses: ResponseSettings;
  readonly spoolDirectories: readonly string[];
}

export function gatewaySettings(parts: GatewaySettingsParts): GatewaySettings {
  const { settings, applications, ...rest } = parts;
  return {
    type: 'settings',
    options: gatewayOptionsOf(settings),
    mounts: applications.map((application) => application.mount),
    ...rest,
  };
}

/**
 * What a gateway must be started anew for: all that it was told but for the numbers of descriptors,
 * and for the places at which options were written.
 */
export function gatewayIdentity(settings: GatewaySettings): string {
  const listeners = settings.listeners.map(
    ({ name, option, protocol }) => `${option} ${name} ${protocol}`,
  );
  const options = gatewayOptionNames.map((name) =>
    optionOf(name).kind.format(settings.options[name]),
  );
  return JSON.stringify({ ...settings, options, listeners, channelFd: 0 });
}
