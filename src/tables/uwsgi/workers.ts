/**
 * Options about how workers run, grow, talk to each other and are recycled.
 */

import type { UnsupportedGroup } from './group.ts';

export const workersGroups: readonly UnsupportedGroup[] = [
  {
    refused: false,
    advice:
      'there is no socket for stacks: `reeve stacks` shows those of all threads, and harakiri logs ' +
      'that of a request that hangs',
    names: `
      py-tracebacker=`,
  },
  {
    refused: false,
    advice: 'requests run in threads, without threads one at a time in each worker: set threads',
    names: `
      async= loop= loop-list loops-list asyncio= coroae= fiber gevent= gevent-monkey-patch
      gevent-early-monkey-patch gevent-wait-for-hub greenlet rbthreads rb-threads rbthread
      rb-thread stackless tornado= ugreen ugreen-stacksize=`,
  },
  {
    refused: false,
    advice: 'use harakiri, which always answers 504 and names the request',
    names: `
      harakiri-graceful-timeout= harakiri-graceful-signal= harakiri-queue-threshold=
      harakiri-no-arh no-harakiri-arh no-harakiri-after-req-hook backtrace-depth= use-abort`,
  },
  {
    refused: false,
    advice: 'Python manages threads and their stacks',
    names: `
      no-threads-wait reload-on-fd= brutal-reload-on-fd= worker-mount= thread-stacksize=
      threads-stacksize= thread-stack-size= threads-stack-size=`,
  },
  {
    refused: false,
    advice: 'each unit has its own touch-reload',
    names: `
      propagate-touch`,
  },
  {
    refused: false,
    advice: 'signals and calls stay within one instance, and their number is bounded anyway',
    names: `
      persistent-ipcsem signal= signal-bufsize= signals-bufsize= rpc-max= symcall=
      symcall-use-next symcall-register-rpc= symcall-post-fork=`,
  },
  {
    refused: false,
    advice: 'use a cache beside the application',
    names: `
      cache-report-freed-items cache-udp-server= cache-udp-node= cache-sync=
      check-cache?`,
  },
];
