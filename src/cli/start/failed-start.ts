/** A start that fails before there is a master: systemd is told why, in the master's name. */
import { errnoOf } from '../../systemd/errno.ts';
import { createNotifier } from '../../systemd/notify.ts';

export interface StartFailure {
  readonly exitCode: number;
  /** Why, for people. */
  readonly sentence: string;
  /** What the kernel said, where it did. */
  readonly errno?: number | undefined;
}

/** Silent without systemd; never fails. */
export function tellFailedStart(
  environment: Readonly<Record<string, string | undefined>>,
  failure: StartFailure,
): void {
  const socket = environment['NOTIFY_SOCKET'];
  const notifier = createNotifier({ socket, onProblem: () => {} });
  notifier.failed({ errno: errnoOf(failure), status: failure.sentence });
}
