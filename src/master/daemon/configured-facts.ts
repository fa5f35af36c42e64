/** The part of a snapshot that the configurations know: listeners, threads, applications. */
import { isStoreAddress, shownAddress } from '../../tables/shared/store-address.ts';
import { clientQueue } from '../../base/sockets/socket-facts.ts';
import type { ListenerView, SnapshotOption } from '../../protocol/snapshot.ts';
import type { Fleet } from '../../supervision/fleet.ts';
import type { Listener } from '../listeners/open.ts';
import type { FleetReport } from '../reporting/snapshot.ts';
import { jobSettingsOf } from '../settings/job-settings.ts';
import { diskPlaces, type DiskPlace } from './disks.ts';
import type { Configuration } from '../settings/configuration.ts';
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
      const configuration = configurations.of(plan);
      const { threads } = configuration.settings;
      const mounts = configuration.applications.map(({ mount }) => mount);
      return { threads, mounts, options: optionsIn(configuration) };
    },
    directoryOf: (plan, slot) => {
      const { settings, spool, moduleFacts } = configurations.of(plan);
      const facts = {
        spoolDirectories: spool.own,
        titleOf: (name: string) => name,
        written: moduleFacts.options,
      };
      const job = jobSettingsOf(settings, facts).find((each) => each.slot === slot);
      return shownAddress(job?.directory ?? '');
    },
    diskPlaces: diskPlaces({
      directory,
      logFile: gateway.logFile,
      taskDirectories: spool.own.filter((place) => !isStoreAddress(place)),
      temporaryDirectories: gateway.spoolDirectories,
    }),
    process: { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0, directory },
    listeners: isOver ? [] : listeners.map(listenerView),
  };
}

function optionsIn({ settings }: Configuration): Readonly<Record<SnapshotOption, number>> {
  const { processes, threads, cheaper, harakiri } = settings;
  return {
    ...{ processes, threads, cheaper, harakiri },
    'max-requests': settings['max-requests'],
    'reload-on-rss': settings['reload-on-rss'],
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
