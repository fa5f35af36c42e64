/** PURE. The environment of Python programs of Reeve's own. */

/**
 * What the application's environment tells Python (PYTHONPATH, PYTHONWARNINGS …) is not meant for
 * them: the log helper would write plain text to the log because of it. Where Python is installed
 * may be.
 */
export function withoutPythonsOwn(
  environment: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const kept = Object.entries(environment).filter(
    ([name]) => !name.startsWith('PYTHON') || name === 'PYTHONHOME',
  );
  return Object.fromEntries(kept);
}
