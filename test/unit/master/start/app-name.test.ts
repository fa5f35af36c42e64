/** What the application is called in the journal. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { appName, type AppNameParts } from '../../../../src/master/start/app-name.ts';

const none: AppNameParts = {
  procnamePrefixSpaced: '',
  procnamePrefix: '',
  files: [],
  application: '',
};

const cases: readonly (readonly [Partial<AppNameParts>, string])[] = [
  [{}, 'reeve'],
  [{ application: 'shop.wsgi:application' }, 'shop'],
  [{ application: '/srv/shop/flask-app.py' }, 'flask-app'],
  [{ application: 'shop', files: ['/etc/reeve/blog.ini', 'more.ini'] }, 'blog'],
  [{ files: ['/etc/reeve/eu.blog.yaml'] }, 'eu.blog'],
  [{ files: ['blog.ini'], procnamePrefix: 'shop-' }, 'shop'],
  [{ files: ['blog.ini'], procnamePrefixSpaced: 'flask demo' }, 'flask-demo'],
  [{ files: ['bücher.ini'] }, 'bücher'],
  [{ files: ['blog.ini'], procnamePrefixSpaced: '[ ] ' }, 'blog'],
];

for (const [parts, name] of cases) {
  test(`${JSON.stringify(parts)} is called ${name}`, () => {
    assert.equal(appName({ ...none, ...parts }), name);
  });
}
