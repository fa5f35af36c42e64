/** What an instance is called, and what its titles begin with. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { instanceName, type InstanceParts } from '../../../../src/master/start/instance.ts';

interface Given extends Partial<Omit<InstanceParts, 'settings'>> {
  readonly settings?: Partial<InstanceParts['settings']>;
}

function named({ settings, ...given }: Given): ReturnType<typeof instanceName> {
  const none = { 'procname-prefix-spaced': '', 'procname-prefix': '', 'wsgi-file': '' } as const;
  const all = { ...none, module: '', paste: '', chdir: '', ...settings };
  const facts = { unit: '', runtimeDirectory: '', files: [], startDirectory: '/srv/www' };
  return instanceName({ ...facts, ...given, settings: all });
}

const prefixed = { 'procname-prefix': 'shop-' };

describe('an instance is called after', () => {
  const cases: readonly (readonly [Given, string])[] = [
    [{ unit: 'reeve@blog.service', files: ['/etc/reeve/blog.ini'] }, 'blog'],
    [{ unit: 'shop.service', files: ['/srv/x/uwsgi.ini'], settings: prefixed }, 'shop'],
    [{ unit: 'uwsgi@my\\x2dshop.service' }, 'my-shop'],
    [{ files: ['blog.ini'], settings: prefixed }, 'shop'],
    [{ files: ['blog.ini'], settings: { 'procname-prefix-spaced': 'flask demo' } }, 'flask-demo'],
    [{ files: ['blog.ini'], settings: { 'procname-prefix-spaced': '[ ] ' } }, 'blog'],
    [{ files: ['/etc/apps.ini:blog'] }, 'blog'],
    [{ files: ['/etc/blog.ini:uwsgi'] }, 'blog'],
    [{ runtimeDirectory: '/run/reeve/blog:/run/x', files: ['/etc/x.ini'] }, 'blog'],
    [{ runtimeDirectory: '/run/uwsgi', files: ['/etc/x.ini'] }, 'x'],
    [{ files: ['/etc/reeve/eu.blog.yaml', 'more.ini'] }, 'eu.blog'],
    [{ files: ['bücher.ini'] }, 'bücher'],
    [{ files: ['/etc/a b\n.ini'] }, 'a-b'],
    [{ files: ['/srv/shop/uwsgi.ini'] }, 'shop'],
    [{ files: ['/srv/shop/deploy/uwsgi.ini'] }, 'shop'],
    [{ files: ['/srv/shop/releases/20260101120000/app.ini'] }, 'shop'],
    [{ files: ['uwsgi.ini'], startDirectory: '/srv/shop' }, 'shop'],
    [{ files: ['/etc/uwsgi/uwsgi.ini'] }, 'uwsgi'],
    [{ files: ['/etc/uwsgi.ini'], settings: { module: 'shop.wsgi:application' } }, 'shop'],
    [{ files: ['/app/uwsgi.ini'], settings: { module: 'app' } }, 'uwsgi'],
    [{ files: ['-'], settings: { module: 'shop.wsgi:application' } }, 'shop'],
    [{ settings: { 'wsgi-file': '/srv/shop/flask-app.py' } }, 'flask-app'],
    [{ settings: { 'wsgi-file': 'wsgi.py', chdir: '/srv/shop' } }, 'shop'],
    [{ settings: { module: 'app:app' }, startDirectory: '/srv/shop' }, 'shop'],
    [{ settings: { module: 'app:app' }, startDirectory: '/app' }, 'app'],
    [{}, 'reeve'],
  ];
  for (const [given, name] of cases) {
    test(`${JSON.stringify(given)}: ${name}`, () => assert.equal(named(given).name, name));
  }
});

test('only a unit with a directory in /run/reeve gives its name to the titles', () => {
  const runtimeDirectory = '/run/other:/run/reeve/blog';
  assert.equal(named({ unit: 'reeve@blog.service', runtimeDirectory }).titlePrefix, 'blog');
  assert.equal(named({ unit: 'blog.service', runtimeDirectory }).titlePrefix, 'blog');
  assert.equal(named({ unit: 'shop.service', runtimeDirectory }).titlePrefix, '');
  assert.equal(named({ unit: 'blog.service' }).titlePrefix, '');
  assert.equal(named({ files: ['blog.ini'] }).titlePrefix, '');
});
