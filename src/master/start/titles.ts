/**
 * PURE. What `ps` shows for each process, with uWSGI's options.
 *
 * A title is prefix, name and what is appended. The name is "reeve" with the part that the process
 * plays; `procname` stands in its place everywhere, `procname-master` in the master. Without any
 * option the titles are "reeve master" and so on, in a unit "blog reeve master": so that an
 * operator sees which process is which.
 */

/** The options, '' where not given. */
export interface TitleOptions {
  readonly procname: string;
  readonly procnameMaster: string;
  readonly procnamePrefix: string;
  readonly procnamePrefixSpaced: string;
  readonly procnameAppend: string;
  /** What the titles begin with if no option says how; '' for nothing. */
  readonly ofUnit: string;
}

/** One title for each kind of process; `%d` in `worker` is the slot, `%s` in `job` its name. */
export interface Titles {
  readonly master: string;
  readonly gateway: string;
  readonly spawner: string;
  readonly worker: string;
  readonly log: string;
  readonly job: string;
}

/** Longer titles are cut by the room that the launcher makes. */
export const TITLE_BYTES_MAX = 200;

/** The complete titles. */
export function titles(options: TitleOptions): Titles {
  const isPrefixed = options.procnamePrefixSpaced !== '' || options.procnamePrefix !== '';
  const isNamed = isPrefixed || options.procname !== '' || options.procnameMaster !== '';
  const spaced = isNamed ? options.procnamePrefixSpaced : options.ofUnit;
  const prefix = spaced === '' ? options.procnamePrefix : `${spaced} `;
  const title = (name: string): string => oneLine(`${prefix}${name}${options.procnameAppend}`);
  const named = (part: string): string =>
    title(options.procname === '' ? `reeve ${part}` : options.procname);
  return {
    master: options.procnameMaster === '' ? named('master') : title(options.procnameMaster),
    gateway: named('http 1'),
    spawner: named('spawner'),
    worker: named('worker %d'),
    log: named('log'),
    job: named('%s'),
  };
}

/** A title is one line; control characters in it would forge the output of `ps`. */
function oneLine(title: string): string {
  // oxlint-disable-next-line no-control-regex
  return title.replace(/[\u0000-\u001f\u007f]/g, ' ').slice(0, TITLE_BYTES_MAX);
}
