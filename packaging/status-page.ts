/**
 * dist/status-page.html, the status page of the master: src/page in one file, with its script and
 * style inside; and dist/status-page.policy, its Content-Security-Policy, which allows these two by
 * their hashes and nothing else.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { build } from 'esbuild';

export interface PageFiles {
  readonly html: string;
  readonly policy: string;
}

export async function statusPageFiles(root: string): Promise<PageFiles> {
  const bundle = await build({
    absWorkingDir: root,
    entryPoints: ['src/page/main.ts'],
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'iife',
    // Two years old when the first Reeve came out.
    target: 'es2023',
    logLevel: 'warning',
  });
  const script = bundle.outputFiles[0]?.text ?? '';
  if (/<\/script|<!--/i.test(script)) throw new Error('the script of the page would end too early');
  const template = readFileSync(`${root}src/page/page.html`, 'utf8');
  const html = template.replace(/<script>.*<\/script>/s, () => `<script>\n${script}</script>`);
  const hashOf = (tag: string): string => {
    const [, inner] = new RegExp(`<${tag}>(.*)</${tag}>`, 's').exec(html) ?? [];
    if (inner === undefined) throw new Error(`the page has no <${tag}>`);
    return `'sha256-${createHash('sha256').update(inner).digest('base64')}'`;
  };
  const rules = [
    `default-src 'none'`,
    `script-src ${hashOf('script')}`,
    `style-src ${hashOf('style')}`,
    `connect-src 'self'`,
    // Without an icon in itself, browsers would ask for one.
    `img-src data:`,
    `base-uri 'none'`,
    `form-action 'none'`,
    `frame-ancestors 'none'`,
  ];
  return { html, policy: rules.join('; ') };
}
