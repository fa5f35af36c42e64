/** PURE. What a unit does while a command waits for systemd, as `systemctl show` prints it. */

/** Of systemctl. */
export type JobVerb = 'start' | 'stop' | 'restart' | 'try-restart' | 'disable';

const doing: Readonly<Record<JobVerb, string>> = {
  start: 'starting',
  stop: 'stopping',
  restart: 'restarting',
  'try-restart': 'restarting',
  disable: 'stopping',
};

export function jobWords(verb: JobVerb, unit: string): string {
  return `${doing[verb]} ${unit}`;
}

/** Its own words (STATUS=), or why there are none yet; '' where nothing is known. */
export function unitFacts(shown: string): string {
  const of = (name: string): string =>
    new RegExp(`^${name}=(.*)$`, 'm').exec(shown)?.[1]?.trim() ?? '';
  if (of('SubState') === 'auto-restart') return 'it has failed, and systemd will start it again';
  return of('StatusText');
}
