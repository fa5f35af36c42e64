/**
 * Threads of this process: whether the system has room for more, and the pool of libuv, started
 * while a failure can still be reported.
 *
 * libuv starts its pool with the first call that needs it (a file is opened, a name is looked up),
 * and ends the process (SIGABRT) where the system refuses a thread. Node waits for ever at its
 * start when it does not get its own. So both are tried out first, with threads that end at once.
 */
import { stat } from 'node:fs/promises';

import { addressOfFunction, foreignFunction, LOADED } from './foreign-functions.ts';
import { SystemCallError } from './libc.ts';

/** As many as libuv takes at most. */
const POOL_MAX = 1024;
const POOL_DEFAULT = 4;
/** A semaphore has 32 bytes; those of other machines may have more. */
const SEMAPHORE_BYTES = 128;

/** Starts all threads of libuv's pool. Throws a SystemCallError where the system refuses one. */
export async function startThreadPool(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const refusal = refusalOfThreads(poolSize(environment['UV_THREADPOOL_SIZE']));
  if (refusal !== undefined) throw refusal;
  await stat('/');
}

/** The size of the pool, as libuv reads the variable (with atoi). */
export function poolSize(variable: string | undefined): number {
  if (variable === undefined) return POOL_DEFAULT;
  const number = Number(/^\s*[+-]?\d+/.exec(variable)?.[0] ?? 0);
  if (number < 0) return POOL_MAX;
  return Math.min(Math.max(number, 1), POOL_MAX);
}

/**
 * Starts so many threads and ends them: undefined where all of them could be started. Threads and
 * processes count alike for the limits, so it also answers for processes that are to be started.
 */
export function refusalOfThreads(count: number): SystemCallError | undefined {
  const gate = Buffer.alloc(SEMAPHORE_BYTES);
  call('int sem_init(void *semaphore, int shared, unsigned int value)', gate, 0, 0);
  const wait = addressOfFunction('sem_wait');
  const create =
    'int pthread_create(void *thread, void *attributes, void *routine, void *argument)';
  const threads: bigint[] = [];
  let errno = 0;
  while (threads.length < count && errno === 0) {
    const thread = new BigUint64Array(1);
    // Unlike other functions, this one returns the error.
    errno = call(create, thread, null, wait, gate);
    if (errno === 0) threads.push(thread[0] ?? 0n);
  }
  for (const _ of threads) call('int sem_post(void *semaphore)', gate);
  for (const thread of threads) {
    call('int pthread_join(uintptr_t thread, void *result)', thread, null);
  }
  call('int sem_destroy(void *semaphore)', gate);
  return errno === 0 ? undefined : new SystemCallError('pthread_create', errno);
}

function call(prototype: string, ...values: readonly unknown[]): number {
  return foreignFunction(LOADED, prototype)(...values);
}
