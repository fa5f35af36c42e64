/**
 * The file that `paste` names: `config:/srv/app/production.ini#main` is PasteDeploy's way to write
 * an application in it.
 */

/** Its path; '' for what is in no file, such as `egg:Shop`. */
export function pasteFile(written: string): string {
  const [path = ''] = written.replace(/^config:/, '').split('#');
  return /^\w+:/.test(path) ? '' : path;
}
