/**
 * Options about reading the configuration, and a few that belong to no other group.
 */

import type { UnsupportedGroup } from './group.ts';

export const readingGroups: readonly UnsupportedGroup[] = [
  {
    refused: true,
    advice: 'it loads the application and ends: `reeve check FILE` reads a file and starts nothing',
    names: `
      no-server`,
  },
  {
    refused: false,
    advice: 'run `reeve check --show FILE` to see the settings as they were read',
    names: `
      get= connect-and-read= extract= print-sym= print-symbol= clock-list clocks-list plugins-list
      cheaper-algo-list cheaper-algos-list cheaper-list
      plugin-list router-list routers-list dump-options iprint= cflags dot-h config-py
      build-plugin=`,
  },
  {
    refused: false,
    advice: 'write the lines into the file, or use include',
    names: `
      fallback-config= declare-option= declare-option2= resolve= blacklist= end-blacklist
      whitelist= end-whitelist inject-before= inject-after= binary-append-data=`,
  },
  {
    refused: false,
    advice: 'use env, or EnvironmentFile= of the systemd unit',
    names: `
      envdir= early-envdir=`,
  },
  {
    refused: false,
    advice: 'there is no replacement',
    names: `
      skip-atexit skip-atexit-teardown clock= dlopen=`,
  },
];
