/** The limit of open files that `max-fd` asks for. */
import { fileLimits, setFileLimits } from '../../base/descriptors.ts';

/**
 * How many files may be open. Node raises its own soft limit as far as it may (1024 becomes 20000
 * and more), and children would inherit that: select() in an application breaks above 1024. So the
 * master puts back what the operator had, or sets what `max-fd` says. `maxFd` 0: not set. `soft` is
 * what the launcher saw; undefined without a launcher.
 */
export function restoreFileLimits(maxFd: number, soft: bigint | 'unlimited' | undefined): void {
  const now = fileLimits();
  const wanted = maxFd > 0 ? BigInt(maxFd) : soft === 'unlimited' ? now.hard : soft;
  if (wanted === undefined) return;
  setFileLimits({ soft: wanted, hard: wanted > now.hard ? wanted : now.hard });
}

/** Throws the kernel's error where the limit may not be raised that far. */
export function demandFileLimit(maxFd: number): void {
  const { soft, hard } = fileLimits();
  if (BigInt(maxFd) > hard) setFileLimits({ soft, hard: BigInt(maxFd) });
}
