/**
 * One case of the comparison of settings: files, flags and variables whose meaning is not obvious.
 *
 * `env` lines show what a construction becomes. No case may name a socket: uWSGI would serve.
 */

export interface SettingsCase {
  readonly title: string;
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
}

/** A file `a.ini` with these lines under [uwsgi], read by `--ini a.ini`. */
export function lines(title: string, ...text: readonly string[]): SettingsCase {
  return file(title, ['[uwsgi]', ...text, ''].join('\n'));
}

/** A file `a.ini` with this text. */
export function file(title: string, text: string): SettingsCase {
  return { title, argv: ['--ini', 'a.ini'], files: { 'a.ini': text } };
}
