/** The status page, as the build has put it together (packaging/status-page.ts). */
import { readFile } from 'node:fs/promises';

export interface StatusPage {
  readonly html: string;
  /** Its Content-Security-Policy. */
  readonly policy: string;
}

let page: StatusPage | undefined;

/** Read when somebody asks for it first. */
export async function statusPage(): Promise<StatusPage> {
  // The master is one of the parts: packaging/build.ts.
  const read = (name: string) => readFile(new URL(`../${name}`, import.meta.url), 'utf8');
  page ??= { html: await read('status-page.html'), policy: await read('status-page.policy') };
  return page;
}
