/** The part of a snapshot that the configurations know: listeners, threads, applications. */
import { clientQueue } from '../../base/socket-facts.ts';
import type { ListenerView } from '../../protocol/snapshot.ts';
import type { Fleet } from '../../supervision/fleet.ts';
import type { Listener } from '../listeners/open.ts';
import type { FleetReport } from '../reporting/snapshot.ts';
import { jobSettingsOf } from '../settings/job-settings.ts';
import { diskPlaces, type DiskPlace } from './disks.ts';
import type { Configurations } from '../settings/configurations.ts';

interface ConfiguredFacts extends Pick<
  FleetReport,
  'ofPlan' | 'directoryOf' | 'process' | 'listeners'
> {
  readonly diskPlaces: readonly DiskPlace[];
}

export function configuredFacts(configurations: Configurations, { phase }: Fleet): ConfiguredFacts {
  const { directory, listeners, gateway, spool } = configurations.inForce;
  // A stop closes them first.
  const isOver = phase === 'stopping' || phase === 'ended';
  return {
    ofPlan: (plan) => {
      const { settings, applications } = configurations.of(plan);
      return { threads: settings.threads, mounts: applications.map(({ mount }) => mount) };
    },
    directoryOf: (plan, slot) => {
      const { settings, spool } = configurations.of(plan);
      const facts = { spoolDirectories: spool.own, titleOf: (name: string) => name };
      const job = jobSettingsOf(settings, facts).find((each) => each.slot === slot);
      return job?.directory ?? '';
    },
    diskPlaces: diskPlaces({
      directory,
      logFile: gateway.logFile,
      taskDirectories: spool.own,
      temporaryDirectories: gateway.spoolDirectories,
    }),
    process: { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0, directory },
    listeners: isOver ? [] : listeners.map(listenerView),
  };
}

function listenerView({ fd, bound, option, protocol, backlog }: Listener): ListenerView {
  const queue = clientQueue(fd);
  return {
    address: bound,
    option,
    protocol,
    waiting: queue?.waiting ?? null,
    backlog: queue?.longest ?? backlog,
  };
}
