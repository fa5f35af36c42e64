/** PURE. Python stacks as faulthandler writes them: read, and told without the frames of ours. */

/** A call in progress. */
export interface Frame {
  readonly file: string;
  /** 0 where it is not known. */
  readonly line: number;
  readonly function: string;
}

/** What one thread has written: a line for each frame, the innermost call first. */
export function frameLines(text: string): readonly string[] {
  return text.split('\n').filter((line) => line.startsWith('  '));
}

/** The frames of such lines. What is none, as `...` behind a hundred of them, is left out. */
export function framesOf(lines: readonly string[]): readonly Frame[] {
  return lines.flatMap((line) => {
    const match = /^ {2}File (?:"(.*)"|(\?+)), line (\d+|\?+) in (.*)$/.exec(line);
    if (match === null) return [];
    const [, file, unknown = '', number = '', name = ''] = match;
    return [{ file: file ?? unknown, line: Number(number) || 0, function: name }];
  });
}

/**
 * Without the frames of ours that called the application. Where nothing is left, `whole` shows all
 * of it, and `application` nothing.
 */
export function withoutOurs(
  lines: readonly string[],
  where: 'whole' | 'application' = 'whole',
): readonly string[] {
  const isOurs = (line: string): boolean => line.includes('/reeve_worker/');
  const outermost = lines.findLastIndex((line) => line.includes('/reeve_worker/requests/wsgi.py"'));
  const application = lines.findLastIndex((line, at) => at < outermost && !isOurs(line));
  if (application >= 0) return lines.slice(0, application + 1);
  if (where === 'whole') return lines;
  // An import, a mule or a thread of the application's: nothing of ours is outside of a request.
  return outermost >= 0 ? [] : lines.filter((line) => !isMachinery(line));
}

function isMachinery(line: string): boolean {
  return /\/reeve_worker\/|\/launch\.py"|"<frozen importlib|importlib\/__init__\.py"|threading\.py", line \d+ in _bootstrap/.test(
    line,
  );
}

/** For the log: the stacks of all threads of an import, the main one first. */
export function importStacks(threads: readonly (readonly string[])[]): string {
  const [main = [], ...others] = threads.map((lines) => lines.filter((each) => !isMachinery(each)));
  const shown = main.length === 0 ? ['  (no code of the application)'] : main;
  return [
    ['main thread:', ...shown],
    ...others.filter((lines) => lines.length > 0).map((lines) => ['another thread:', ...lines]),
  ]
    .map((lines) => lines.join('\n'))
    .join('\n');
}
