/** The targets of a plan, each made once, and what is asked of all of them. */

import type { Clocks } from '../../base/clock.ts';
import type { Logger, Target } from '../loggers/target.ts';
import { loggersOf } from '../loggers/log-plan.ts';
import type { WriterSettings } from '../loggers/writer-messages.ts';
import { DescriptorTarget, isOpen } from './descriptor-target.ts';
import { FileTarget } from './file-target.ts';
import { MessageTarget } from './message-target.ts';
import { messageOutlet } from './outlets.ts';
import type { LineTarget, Reporter } from './target.ts';

export interface Targets {
  readonly of: (logger: Logger) => LineTarget;
  /** Where the log would go without loggers. */
  readonly main: LineTarget;
  readonly dropped: number;
  readonly reopen: () => void;
  readonly rotate: () => void;
  readonly flush: () => Promise<void>;
}

export interface TargetsParts extends Reporter {
  readonly clocks: Clocks;
}

/** Loggers with the same target share it: two writers of one file would rotate it twice. */
export function makeTargets(settings: WriterSettings, parts: TargetsParts): Targets {
  const { plan, mainPath } = settings;
  const made = new Map<string, LineTarget>();
  const main = makeMain(settings, parts);
  made.set(mainPath === '' ? 'stdio' : `file:${mainPath}`, main);
  const of = ({ target, text }: Logger): LineTarget => {
    if (target.kind === 'stdio' || (target.kind === 'fd' && target.fd <= 2)) return main;
    const key = target.kind === 'file' ? `file:${target.path}` : text;
    const known = made.get(key) ?? makeTarget({ target, text }, settings, parts) ?? main;
    made.set(key, known);
    return known;
  };
  for (const logger of loggersOf(plan)) of(logger);
  const all = (): readonly LineTarget[] => [...new Set(made.values())];
  return {
    of,
    main,
    get dropped() {
      return all().reduce((sum, { dropped }) => sum + dropped, 0);
    },
    reopen: () => all().forEach((target) => target.reopen()),
    rotate: () => all().forEach((target) => target.rotate()),
    flush: async () => {
      await Promise.all(all().map((target) => target.flush()));
    },
  };
}

function makeMain(settings: WriterSettings, parts: TargetsParts): LineTarget {
  const { plan, mainFd, mainPath } = settings;
  if (mainPath === '') return new DescriptorTarget(mainFd, 'stdio', parts);
  const { maxBytes, backupName, fileMode: mode } = plan;
  const file = { path: mainPath, fd: mainFd, maxBytes, backupName, mode };
  return new FileTarget({ ...file, reporter: parts, clocks: parts.clocks });
}

/** Undefined for a descriptor that Reeve was not started with. */
function makeTarget(
  { target, text }: Pick<Logger, 'target' | 'text'>,
  settings: WriterSettings,
  parts: TargetsParts,
): LineTarget | undefined {
  const { clocks } = parts;
  switch (target.kind) {
    case 'file':
      return makeFile(target, settings, parts);
    case 'fd': {
      const fd = settings.inherited.find(([number]) => number === target.fd)?.[1];
      if (fd !== undefined && isOpen(fd)) return new DescriptorTarget(fd, text, parts);
      parts.problem(
        `the logger ${text}: Reeve was not started with this descriptor, or cannot write to it; ` +
          'its lines go where the log goes without loggers',
      );
      return undefined;
    }
    case 'syslog':
    case 'rsyslog':
    case 'socket':
    case 'journal': {
      const { app, hostname, plan } = settings;
      const outletParts = { clocks, app, hostname, packetBytes: plan.packetBytes };
      const outlet = messageOutlet(target, outletParts);
      return new MessageTarget({ name: text, outlet, reporter: parts, clocks });
    }
    case 'stdio':
      return undefined;
    default:
      throw new Error(`believed that every target is known, got ${JSON.stringify(target)}`);
  }
}

function makeFile(
  target: Extract<Target, { kind: 'file' }>,
  { plan, files }: WriterSettings,
  parts: TargetsParts,
): LineTarget {
  const { path, backupName } = target;
  return new FileTarget({
    path,
    fd: files.find(([each]) => each === path)?.[1],
    maxBytes: target.maxBytes > 0 ? target.maxBytes : plan.maxBytes,
    backupName,
    mode: plan.fileMode,
    reporter: parts,
    clocks: parts.clocks,
  });
}
