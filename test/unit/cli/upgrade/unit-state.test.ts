/** What systemd says of units, read. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  startWordsOf,
  unitObject,
  unitStates,
  withVariables,
} from '../../../../src/cli/upgrade/unit-state.ts';

test('the units of one `systemctl show`', () => {
  const shown = `MainPID=12
UID=990
DropInPaths=/etc/a.conf /etc/b.conf
LoadState=loaded
GID=980
ExecStart={ path=/usr/bin/reeve ; argv[]=/usr/bin/reeve /etc/reeve/blog.ini ; ignore_errors=no }
WorkingDirectory=!/srv/blog
User=reeve
DynamicUser=no
FileDescriptorStoreMax=64
Id=reeve@blog.service
TriggeredBy=reeve@blog.socket blog.timer
ActiveState=active

MainPID=0
UID=[not set]
LoadState=masked
DynamicUser=yes
Id=shop.service
RootDirectory=/srv/jail
ActiveState=activating
`;
  const [blog, shop, ...others] = unitStates(shown);
  assert.deepEqual(others, []);
  assert.deepEqual(blog, {
    id: 'reeve@blog.service',
    activeState: 'active',
    isMasked: false,
    dropIns: ['/etc/a.conf', '/etc/b.conf'],
    mainPid: 12,
    uid: 990,
    gid: 980,
    isStartedAsRoot: false,
    workingDirectory: '/srv/blog',
    hasOwnRoot: false,
    storedDescriptorsMax: 64,
    triggeredBy: ['reeve@blog.socket', 'blog.timer'],
    startWords: ['/usr/bin/reeve', '/etc/reeve/blog.ini'],
  });
  assert.deepEqual(shop, {
    id: 'shop.service',
    activeState: 'activating',
    isMasked: true,
    dropIns: [],
    mainPid: 0,
    uid: undefined,
    gid: undefined,
    isStartedAsRoot: false,
    workingDirectory: '',
    hasOwnRoot: true,
    storedDescriptorsMax: 0,
    triggeredBy: [],
    startWords: [],
  });
  assert.deepEqual(unitStates(''), []);
});

test('a unit without a user, or with root, starts as root', () => {
  assert.equal(unitStates('Id=a.service\nUser=\nDynamicUser=no')[0]?.isStartedAsRoot, true);
  assert.equal(unitStates('Id=a.service\nUser=root\nDynamicUser=no')[0]?.isStartedAsRoot, true);
});

test('the object of a unit on the bus', () => {
  const folder = '/org/freedesktop/systemd1/unit';
  assert.equal(unitObject('reeve@my-blog.service'), `${folder}/reeve_40my_2dblog_2eservice`);
  assert.equal(unitObject('2é.service'), `${folder}/_32_c3_a9_2eservice`);
});

test('the words of ExecStart= keep their spaces on the bus', () => {
  const json =
    '{"type":"a(sasbttttuii)","data":[["/usr/bin/reeve",["/usr/bin/reeve","/srv/my app/a.ini"],' +
    'false,0,0,0,0,0,0,0]]}';
  assert.deepEqual(startWordsOf(json), ['/usr/bin/reeve', '/srv/my app/a.ini']);
  for (const other of ['', '{}', '{"data":[]}', '{"data":[["/x",[1]]]}', 'null']) {
    assert.equal(startWordsOf(other), undefined, other);
  }
});

test('variables in ExecStart= as systemd reads them', () => {
  const variables = new Map([
    ['FILE', '/srv/my app/a.ini'],
    ['WORDS', ' --master  --http :80 '],
  ]);
  assert.deepEqual(
    withVariables(['${FILE}:x', '$WORDS', '$NONE', '--a=$$${NONE}$WORDS'], variables),
    ['/srv/my app/a.ini:x', '--master', '--http', ':80', '--a=$$WORDS'],
  );
});
