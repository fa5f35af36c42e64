/**
 * PURE. What `reeve upgrade` does about an instance, and what it says of it.
 *
 * A restart must cost no request: only what systemd keeps the sockets of is restarted, and only by
 * code that takes the instance's configuration. Whatever else runs on, and is named.
 */

/** An instance in a unit that Reeve may restart: reeve@NAME, or one that `reeve enable` wrote. */
export interface UpgradeSubject {
  /** As commands call it: reeve@blog. */
  readonly name: string;
  readonly pid: number;
  /** What its master says; undefined where it cannot be asked. */
  readonly version: string | undefined;
  /** Whether its Node is the file that runs this; undefined where that is not to be seen. */
  readonly hasOwnRuntime: boolean | undefined;
  /** What its unit starts, resolved. */
  readonly program: string;
  /** Whether the unit has a root directory of its own, and so another program at that path. */
  readonly hasOwnRoot: boolean;
  /** Whether systemd starts it no more; what it would start is not to be seen then. */
  readonly isMasked: boolean;
  /** Whether clients wait during a restart: a socket unit, or systemd's store. */
  readonly keepsSockets: boolean;
}

/** An instance that no unit of ours runs. */
export interface OtherMaster {
  readonly name: string;
  readonly pid: number;
  readonly version: string;
  /** The service that it is in, without `.service`; '' for none. */
  readonly unit: string;
}

/** The code that is upgraded to. */
export interface UpgradeTo {
  readonly version: string;
  /** The launcher, resolved. */
  readonly program: string;
}

export type UpgradePlan =
  | { readonly kind: 'current' }
  /** Of another installation, which this one's code does not reach. */
  | { readonly kind: 'elsewhere' }
  | { readonly kind: 'leave' | 'masked' }
  | { readonly kind: 'restart' };

/** What is to be done. A version alone does not tell: a package may bring another Node for it. */
export function upgradePlan(subject: UpgradeSubject, to: UpgradeTo): UpgradePlan {
  const isElsewhere = subject.hasOwnRoot || subject.program !== to.program;
  if (isElsewhere && !subject.isMasked) return { kind: 'elsewhere' };
  const isOther = (subject.version ?? to.version) !== to.version;
  if (!isOther && subject.hasOwnRuntime === true) return { kind: 'current' };
  if (subject.isMasked) return { kind: 'masked' };
  // Nobody can say what it runs: better one restart too many than old code for good.
  return { kind: subject.keepsSockets ? 'restart' : 'leave' };
}

/** What is reported about an instance, each as a sentence without a full stop. */
export type UpgradeOutcome =
  | { readonly kind: 'restarted'; readonly now: string }
  | { readonly kind: 'would-restart' | 'refused' | 'leave' | 'masked' }
  | { readonly kind: 'failed' | 'unclear'; readonly why: string };

export function upgradeSentence(
  subject: Pick<UpgradeSubject, 'name' | 'pid' | 'version'>,
  outcome: UpgradeOutcome,
  to: Pick<UpgradeTo, 'version'>,
): string {
  const { name } = subject;
  const who = `${name} (pid ${subject.pid})`;
  const old = subject.version === to.version ? `another build of ${to.version}` : subject.version;
  const ran = old ?? 'a version that it did not say';
  const again = `\`systemctl restart ${name}\``;
  switch (outcome.kind) {
    case 'restarted':
      return outcome.now === to.version
        ? `${name}: restarted, Reeve ${to.version} serves in place of ${ran}`
        : `${name}: restarted, but what serves is Reeve ${outcome.now}, not ${to.version}`;
    case 'would-restart':
      return `${who}: would be restarted, Reeve ${to.version} in place of ${ran}`;
    case 'refused':
      return (
        `${who}: not restarted, it serves on with ${ran}: Reeve ${to.version} refuses its ` +
        `configuration, as said above; mend that, then ${again} (\`reeve status ${name}\` says ` +
        'which version runs)'
      );
    case 'masked':
      return (
        `${who}: left alone, it serves on with ${ran}: its unit is masked; ` +
        `\`systemctl unmask ${name}\` and ${again} when that suits`
      );
    case 'unclear':
      return (
        `${who}: left alone, it serves on with ${ran}: its configuration cannot be checked: ` +
        `${outcome.why}; ${again} when that suits`
      );
    case 'failed':
      return (
        `${name}: the restart with Reeve ${to.version} has failed: ${outcome.why}; ` +
        `\`systemctl status ${name}\` and \`journalctl -u ${name}\` say more`
      );
    case 'leave':
      return (
        `${who}: left alone, it serves on with ${ran}: a restart would refuse clients, as it has ` +
        `neither a socket unit nor FileDescriptorStoreMax=; ${again} when that suits`
      );
    default:
      return outcome satisfies never;
  }
}

/** What is reported about an instance in no unit of ours; undefined where it runs our version. */
export function otherMasterSentence(
  { name, pid, version, unit }: OtherMaster,
  to: Pick<UpgradeTo, 'version'>,
): string | undefined {
  if (version === to.version) return undefined;
  const how =
    unit === ''
      ? 'it is in no service; stop it and start it again when that suits'
      : `${unit}.service is none that Reeve has made; \`systemctl restart ${unit}\` when that suits`;
  return `${name} (pid ${pid}): left alone, it serves on with ${version}: ${how}`;
}

/** What a dry run says where every instance is current. */
export function nothingToDo(instances: number, version: string): string {
  if (instances === 0) return 'nothing to do: no instance of this installation runs';
  const who = instances === 1 ? '1 instance runs' : `${instances} instances run`;
  return `nothing to do: ${who} ${version}`;
}

/** A process whose Node lies in kept/VERSION-HASH/ of the package. */
export interface KeptProcess {
  readonly pid: number;
  readonly parent: number;
  readonly executable: string;
}

/** The masters among them that run other code than `own`, this process's Node. */
export function keptMasters(
  processes: readonly KeptProcess[],
  own: string,
): readonly { readonly pid: number; readonly version: string }[] {
  const all = new Set(processes.map(({ pid }) => pid));
  return processes.flatMap(({ pid, parent, executable }) => {
    // A gateway's parent is its master.
    if (executable === own || all.has(parent)) return [];
    const version = /\/kept\/([^/]+)-[^/-]+\/node$/.exec(executable)?.[1];
    return version === undefined ? [] : [{ pid, version }];
  });
}
