/**
 * What is in the .deb and the .rpm. Both are built twice, in two copies of the checkout, as
 * different people would: the bytes are the same.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { repository } from '../support/interpreters.ts';
import { buildPackages, copyCheckout, shell } from '../support/package-build.ts';
import type { BuiltPackages } from '../support/package-build.ts';

const place = fs.mkdtempSync(path.join(os.tmpdir(), 'reeve-contents-'));
/** The .deb as it would lie on a machine. */
const tree = path.join(place, 'tree');
let built: readonly BuiltPackages[] = [];

const absent = [
  'make',
  'dpkg-deb',
  'dpkg-shlibdeps',
  'rpmbuild',
  'rpm',
  'lintian',
  'rpmlint',
].filter(
  (tool) => !(process.env['PATH'] ?? '').split(':').some((dir) => fs.existsSync(`${dir}/${tool}`)),
);
const skip = absent.length > 0 && `${absent.join(', ')} not found (make setup-test installs them)`;

function run(command: string, cwd = place): Promise<string> {
  return shell(command, cwd);
}

async function build(name: string, how: string): Promise<BuiltPackages> {
  const copy = path.join(place, name);
  await copyCheckout(copy);
  return buildPackages(copy, how);
}

before(async () => {
  if (skip) return;
  built = await Promise.all([
    build('one', 'umask 022; TZ=UTC'),
    build('other-place', 'umask 077; TZ=Pacific/Kiritimati LC_ALL=C.UTF-8'),
  ]);
  await run(`dpkg-deb -x '${built[0]?.deb}' '${tree}'`);
});
after(() => fs.rmSync(place, { recursive: true, force: true }));

function sumOf(file: string): string {
  return createHash('sha256').update(fs.readFileSync(file)).digest('hex');
}

/** Path, permissions and sum of each file of the .deb. */
function filesOfDeb(): readonly string[] {
  return fs
    .globSync('**', { cwd: tree, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .map((file) => {
      const mode = fs.statSync(file).mode.toString(8);
      return `${file.slice(tree.length)} ${mode} ${sumOf(file)}`;
    });
}

async function filesOfRpm(rpm: string): Promise<readonly string[]> {
  const form =
    '[%{FILENAMES} %{FILEMODES:octal} %{FILEDIGESTS} %{FILEUSERNAME}:%{FILEGROUPNAME}\\n]';
  const lines = (await run(`rpm -qp --qf '${form}' '${rpm}'`)).trim().split('\n');
  for (const line of lines) assert.match(line, / root:root$/);
  return lines
    .filter((line) => / 100\d{3} /.test(line))
    .map((line) =>
      line.replace(/ root:root$/, '').replace('/site-functions/', '/vendor-completions/'),
    );
}

test('two builds give the same bytes', { skip }, () => {
  const [one, other] = built;
  assert.ok(one !== undefined && other !== undefined);
  assert.equal(sumOf(one.deb), sumOf(other.deb), 'the .deb');
  assert.equal(sumOf(one.rpm), sumOf(other.rpm), 'the .rpm');
});

test('what npm packs has the same modes, whatever the umask', { skip }, async () => {
  const modes =
    "find dist -regex '.*\\(mjs\\|txt\\|dist/reeve\\|parts\\|python.*\\)' -printf '%P %m\\n' | sort";
  const [one, other] = await Promise.all(
    ['one', 'other-place'].map((name) => run(modes, path.join(place, name))),
  );
  assert.match(one ?? '', /^copyright\.txt 644$/m);
  assert.equal(one, other);
});

test('both packages hold the same files', { skip }, async () => {
  const ofDebianAlone = /\/(?:changelog\.Debian\.gz|lintian\/overrides\/reeve) /;
  const deb = filesOfDeb().filter((line) => !ofDebianAlone.test(line));
  assert.deepEqual(deb.toSorted(), (await filesOfRpm(built[0]?.rpm ?? '')).toSorted());
  assert.ok(deb.length > 80);
});

test('the .deb has at most 40 MB', { skip }, () => {
  assert.ok(fs.statSync(built[0]?.deb ?? '').size <= 40_000_000);
});

test('lintian and rpmlint find nothing', { skip }, async () => {
  const { deb, rpm } = built[0] ?? { deb: '', rpm: '' };
  assert.equal(await run(`lintian '${deb}' 2>&1 | grep -v 'root privileges' || true`), '');
  const settings = path.join(repository, 'packaging/rpm/rpmlint.toml');
  assert.match(await run(`rpmlint -c '${settings}' '${rpm}' || true`), / 0 errors, 0 warnings,/);
});

test('the code runs where it lies, with all that it loads', { skip }, async () => {
  const [code] = fs.globSync(`${tree}/usr/lib/reeve/*-*`);
  assert.ok(code !== undefined);
  const example = `${tree}/usr/share/doc/reeve/examples/flask/uwsgi.ini`;
  assert.match(await run(`'${code}/reeve' check '${example}' 2>&1`), /0 errors, 0 warnings/);
  const { version } = JSON.parse(fs.readFileSync(path.join(repository, 'package.json'), 'utf8'));
  assert.equal(await run(`'${code}/reeve' --version`), `${version}\n`);
  const modules = "require('sd-notify'); require('koffi').load('libc.so.6').func('int getpid()')()";
  assert.match(await run(`./node -p "${modules}"`, code), /^\d+\n$/);
});
