/** Clients that keep asking, a connection per request, while something happens to the daemon. */

import { request } from './http.ts';

export interface Load {
  readonly answered: number;
  readonly statuses: ReadonlyMap<number, number>;
  /** What went wrong on connections: refused, reset, cut short. */
  readonly errors: readonly string[];
  /** Longest request, and longest time in which nothing was answered. */
  readonly longestMs: number;
  readonly longestSilenceMs: number;
  readonly texts: ReadonlySet<string>;
  /** Everything that was no complete 200: errors and statuses. */
  failures(): string[];
}

/** Lets `count` clients ask `target` over and over until `happening` has ended. */
export async function clientsDuring(
  port: number,
  count: number,
  target: string,
  happening: () => Promise<void>,
): Promise<Load> {
  const statuses = new Map<number, number>();
  const errors: string[] = [];
  const texts = new Set<string>();
  let [answered, longestMs, longestSilenceMs, lastAtMs] = [0, 0, 0, performance.now()];
  let isOver = false;
  const client = async (): Promise<void> => {
    while (!isOver) {
      try {
        const answer = await request({ port }, target, { timeoutMs: 90_000 });
        if (!answer.complete) errors.push('the answer was cut short');
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
        texts.add(answer.text);
        answered += 1;
        longestMs = Math.max(longestMs, answer.ms);
        longestSilenceMs = Math.max(longestSilenceMs, performance.now() - lastAtMs);
        lastAtMs = performance.now();
      } catch (error) {
        errors.push(error instanceof Error ? error.message : String(error));
        await new Promise((resolve) => setTimeout(resolve, 10)); // Not a storm of refusals.
      }
    }
  };
  const clients = Array.from({ length: count }, client);
  try {
    await happening();
  } finally {
    isOver = true;
    await Promise.all(clients);
  }
  const failures = (): string[] => [
    ...errors,
    ...[...statuses]
      .filter(([status]) => status !== 200)
      .map(([status, times]) => `${times} × ${status}`),
  ];
  return { answered, statuses, errors, longestMs, longestSilenceMs, texts, failures };
}
