/** What `reeve enable` makes of each option that a sandbox or a user without rights can break. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { loadConfiguration } from '../../../src/config/load.ts';
import { applicationUnits } from '../../../src/units/application-unit.ts';
import { commandText, commandWords, unitText } from '../../../src/units/unit-text.ts';
import { nginxOfDebian, writtenMachine } from '../../support/written-machine.ts';
import { writtenHost } from '../../support/written-host.ts';
import type { ApplicationUnits } from '../../../src/units/application-unit.ts';
import type { WrittenMachine } from '../../support/written-machine.ts';

interface Case extends WrittenMachine {
  readonly ini: string;
  /** Lines that the service has. */
  readonly has?: readonly string[];
  /** Patterns of lines that it has not. */
  readonly lacks?: readonly RegExp[];
  readonly tmpfiles?: readonly string[];
  /** Beginnings of the findings; none without them. */
  readonly says?: readonly string[];
  readonly user?: string;
  readonly hasSocketUnit?: boolean;
}

const deploy = 'deploy deploy sudo';
const site = ['/srv/site deploy:deploy 0755', '/home/deploy deploy:deploy 0755'];

async function unitsFor(one: Case): Promise<ApplicationUnits> {
  const ini = `[uwsgi]\nmodule = app\n${one.ini}\n`;
  const host = writtenHost(new Map([['/srv/site/app.ini', ini]]));
  const { settings, given } = await loadConfiguration(['/srv/site/app.ini'], host);
  const facts = writtenMachine({
    ...one,
    files: [...site, ...(one.files ?? [])],
    accounts: [deploy, ...(one.accounts ?? [])],
  });
  const account = facts.account(one.user ?? 'deploy');
  return applicationUnits({
    settings,
    given,
    startDirectory: '/srv/site',
    name: 'site',
    file: '/srv/site/app.ini',
    program: '/usr/bin/reeve',
    user: account === undefined ? undefined : { account, why: 'Because.' },
    hasSocketUnit: one.hasSocketUnit === true,
    flags: [],
    environment: '',
    facts,
  });
}

async function check(one: Case): Promise<void> {
  const units = await unitsFor(one);
  const lines = units.service.split('\n');
  for (const line of one.has ?? []) assert.ok(lines.includes(line), `${line} in\n${units.service}`);
  for (const pattern of one.lacks ?? []) assert.doesNotMatch(units.service, pattern);
  const made = units.tmpfiles.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  if (one.tmpfiles !== undefined) assert.deepEqual(made, one.tmpfiles);
  const said = units.findings.map(({ severity, sentence }) => `${severity}: ${sentence}`);
  const expected = one.says ?? [];
  assert.equal(said.length, expected.length, said.join('\n'));
  for (const [index, begin] of expected.entries()) {
    assert.ok(said[index]?.startsWith(begin), `${said[index]}\nbegins not with\n${begin}`);
  }
}

function table(cases: Readonly<Record<string, Case>>): void {
  for (const [title, one] of Object.entries(cases)) test(title, () => check(one));
}

const socket = 'socket = /run/uwsgi/site.sock\n';

describe('the owner of a socket', () => {
  table({
    'a group beside the user needs membership, and no user namespace': {
      ini: `${socket}chmod-socket = 660\nchown-socket = deploy:www-data`,
      has: ['SupplementaryGroups=www-data', 'PrivateUsers=no'],
      lacks: [/^Group=/m],
    },
    'a group alone too': {
      ini: `${socket}chmod-socket = 660\nchown-socket = :www-data`,
      has: ['SupplementaryGroups=www-data', 'PrivateUsers=no'],
    },
    'the main group of the process is known in a user namespace': {
      ini: `${socket}chmod-socket = 660\nchown-socket = deploy:www-data\ngid = www-data`,
      has: ['Group=www-data', 'PrivateUsers=yes'],
      lacks: [/^SupplementaryGroups=/m],
    },
    'another user can be had from root alone': {
      ini: `${socket}chown-socket = www-data:www-data`,
      says: ['error: chown-socket = www-data:www-data: only root can give a socket to www-data'],
    },
    'or from systemd': {
      ini: `${socket}chown-socket = www-data:www-data`,
      hasSocketUnit: true,
      lacks: [/PrivateUsers=no/],
    },
    'a group that is not there is named': {
      ini: `${socket}chown-socket = deploy:nginx`,
      says: ['error: chown-socket: there is no group nginx on this machine'],
    },
    'without a unix socket nothing is needed': {
      ini: 'http = :8000\nchown-socket = deploy:www-data',
      has: ['PrivateUsers=yes'],
      lacks: [/^Group=|^SupplementaryGroups=/m],
    },
  });
});

describe('nginx', () => {
  table({
    'gets its group where the ini names none, and a mode where there is none': {
      ini: socket,
      has: [
        'Group=www-data',
        'SupplementaryGroups=deploy',
        'ExecStart=/usr/bin/reeve --chmod-socket=660 /srv/site/app.ini',
        'PrivateUsers=yes',
      ],
    },
    'needs nothing where all users may connect': {
      ini: `${socket}chmod-socket = 666`,
      lacks: [/^Group=/m, /--chmod-socket/],
    },
    'nor where it is the user': {
      ini: `${socket}uid = www-data`,
      user: 'www-data',
      lacks: [/^Group=/m, /--chmod-socket/],
    },
    'nor where it is in the group of the user': {
      ini: `${socket}chmod-socket = 660`,
      webServer: { ...nginxOfDebian, groups: ['www-data', 'deploy'] },
      lacks: [/^Group=/m],
    },
    'nor with --for none': { ini: socket, webServer: undefined, lacks: [/^Group=/m, /--chmod/] },
    'is reported where it is not in the group of the ini': {
      ini: `${socket}chmod-socket = 660\ngid = deploy`,
      says: [
        'warning: the socket belongs to the group deploy, and nginx (the user www-data) is not',
      ],
    },
    'is reported where the mode keeps it out': {
      ini: `${socket}chmod-socket = 644`,
      says: ['warning: chmod-socket = 644 lets only deploy connect, and nginx runs as the user'],
    },
    'is reported where it cannot pass a directory': {
      ini: 'socket = /home/deploy/site/x.sock\nchmod-socket = 660',
      files: ['/home/deploy deploy:deploy 0750', '/home/deploy/site deploy:deploy 0755'],
      says: ['warning: nginx cannot reach socket = /home/deploy/site/x.sock: it runs as www-data'],
    },
    'is reported where its unit has a /tmp of its own': {
      ini: 'socket = /tmp/x.sock\nchmod-socket = 666',
      webServer: { ...nginxOfDebian, sandbox: { hidesTmp: true, hidesHome: false } },
      says: [
        'warning: nginx cannot reach socket = /tmp/x.sock: nginx.service has a /tmp of its own',
      ],
    },
  });
});

const shared = 'd /run/uwsgi :1755 :root :root -';
const entry = 'a+ /run/uwsgi - - - - u:deploy:rwx';
const open = 'chmod-socket = 666\n';

describe('directories', () => {
  table({
    'one that is missing is made for all': {
      ini: `${socket}${open}`,
      tmpfiles: [shared, entry],
      has: ['ReadWritePaths=-/run/uwsgi /srv/site'],
      lacks: [/RuntimeDirectory=.*uwsgi/],
    },
    '/var/run is /run': {
      ini: `socket = /var/run/uwsgi/x.sock\n${open}`,
      tmpfiles: [shared, entry],
    },
    "one of root's gets an entry": {
      ini: `${socket}${open}`,
      files: ['/run/uwsgi root:root 0755'],
      tmpfiles: [shared, entry],
    },
    'one that is ours already too, whatever its mask': {
      ini: `${socket}${open}pidfile = /run/uwsgi/x.pid`,
      files: ['/run/uwsgi root:root 1775'],
      tmpfiles: [shared, entry, 'f /run/uwsgi/x.pid - deploy - -'],
    },
    "the user's own is made again after a boot, as it was": {
      ini: `${socket}${open}`,
      files: ['/run/uwsgi deploy:www-data 0750'],
      tmpfiles: ['d /run/uwsgi :0750 :deploy :www-data -'],
    },
    "a single file in root's directory is made, and the directory stays": {
      ini: `http = :8000\nlogto = /var/log/nginx/site.log\npidfile = /run/site.pid`,
      files: ['/var/log/nginx root:adm 0755'],
      tmpfiles: ['f /run/site.pid - deploy - -', 'f /var/log/nginx/site.log :0640 deploy - -'],
    },
    'a log over a link is that file': {
      ini: 'http = :8000\nlogto = /var/log/site.log',
      links: { '/var/log/site.log': '/var/log/big/site.log' },
      files: ['/var/log/big root:root 0755'],
      tmpfiles: ['f /var/log/big/site.log :0640 deploy - -'],
    },
    'a socket directly in /run is refused': {
      ini: `socket = /run/x.sock\n${open}`,
      says: ['error: socket = /run/x.sock cannot be created: only root can create a file in /run'],
    },
    'and taken by a socket unit': { ini: 'socket = /run/x.sock', hasSocketUnit: true },
    "a socket in root's directory elsewhere is refused": {
      ini: `socket = /srv/x.sock\n${open}`,
      says: ['error: socket = /srv/x.sock cannot be created: only root can create a file in /srv'],
    },
    "somebody else's directory is refused": {
      ini: `${socket}${open}`,
      files: ['/run/uwsgi uwsgi:uwsgi 0755'],
      says: ['error: socket = /run/uwsgi/site.sock: /run/uwsgi belongs to uwsgi, and deploy needs'],
    },
    'one of a group of the user is not': {
      ini: `${socket}${open}`,
      files: ['/run/uwsgi uwsgi:sudo 0775'],
      tmpfiles: ['d /run/uwsgi :0775 :uwsgi :sudo -'],
    },
    'a log of root is given to the user': {
      ini: 'http = :8000\nlogto = /var/log/uwsgi/site.log',
      files: ['/var/log/uwsgi root:root 0755', '/var/log/uwsgi/site.log root:root 0644'],
      tmpfiles: ['f /var/log/uwsgi/site.log :0640 deploy - -'],
    },
    'that of another user is reported': {
      ini: 'http = :8000\nlogto = /var/log/uwsgi/site.log',
      files: ['/var/log/uwsgi root:root 0755', '/var/log/uwsgi/site.log blog:blog 0644'],
      says: [
        'error: logto = /var/log/uwsgi/site.log: that file belongs to blog, and deploy may not',
      ],
    },
    'a control socket and a fifo are files too': {
      ini: 'http = :8000\ncontrol-socket = /run/uwsgi/c.sock\nmaster-fifo = /run/uwsgi/fifo',
      tmpfiles: [shared, entry],
    },
    'a missing directory elsewhere is refused with a command': {
      ini: 'http = :8000\nlogto = /srv/logs/x.log',
      says: ['error: logto = /srv/logs/x.log cannot be created: the directory /srv/logs does not'],
    },
    'the journal is no file': {
      ini: 'http = :8000\nlogto = /dev/stdout\npidfile = /dev/null',
      says: [
        'error: logto = /dev/stdout cannot be created: in a unit it is the socket of the journal',
      ],
    },
    'those of the unit need nothing': {
      ini: `socket = /run/reeve/site/x.sock\n${open}pidfile = /run/reeve/site/pid`,
      tmpfiles: [],
    },
    'without a user those files have the user reeve': {
      ini: `${socket}${open}`,
      user: 'none',
      has: ['User=reeve'],
      tmpfiles: [shared, 'a+ /run/uwsgi - - - - u:reeve:rwx'],
    },
    'and without files the user is made up': {
      ini: 'http = :8000',
      user: 'none',
      has: ['DynamicUser=yes', 'RemoveIPC=yes'],
    },
  });
});

describe('the sandbox', () => {
  table({
    'a link into /home counts as well': {
      ini: 'http = :8000\nchdir = /srv/link',
      links: { '/srv/link': '/home/deploy/site' },
      files: ['/home/deploy/site deploy:deploy 0755', '/srv/link deploy:deploy 0755'],
      has: ['ProtectHome=read-only', 'ReadWritePaths=/home/deploy/site'],
    },
    'and the interpreter of a virtual environment': {
      ini: 'http = :8000\nhome = /srv/venv',
      links: { '/srv/venv/bin/python3': '/home/deploy/.pyenv/bin/python3.12' },
      has: ['ProtectHome=read-only'],
    },
    'static files, pages and touched files below /home are seen': {
      ini:
        'http = :8000\nstatic-map2 = /s=/home/deploy/a\ncheck-static = /home/deploy/b\n' +
        'error-page-502 = /home/deploy/c.html\ntouch-reload = /home/deploy/d',
      has: ['ProtectHome=read-only'],
    },
    "a directory in root's home is closed to the user": {
      ini: 'http = :8000\nhome = /root/venv',
      files: ['/root/venv root:root 0755'],
      says: ['warning: deploy may not enter /root (of root, mode 0700), on the way to home ='],
    },
    'shared memory of other programs stays': { ini: 'http = :8000', has: ['RemoveIPC=no'] },
    'the directory of the application is writable where it is the user’s': {
      ini: 'http = :8000',
      has: ['ReadWritePaths=/srv/site'],
    },
    'another user than that of the ini is refused': {
      ini: 'http = :8000\nuid = www-data',
      says: ['error: uid = www-data will be refused, as the unit runs as deploy'],
    },
    'a group that is not there is refused': {
      ini: 'http = :8000\ngid = nothere',
      says: ['error: gid = nothere: there is no such group on this machine'],
    },
    'a low port has its capability': {
      ini: 'http = :80',
      has: ['AmbientCapabilities=CAP_NET_BIND_SERVICE', 'PrivateUsers=no'],
    },
  });
});

test('systemd before 254 is not told what it does not know, and does not reach the limit', async () => {
  const old = await unitsFor({ ini: 'http = :8000', systemdVersion: 252 });
  assert.doesNotMatch(old.service, /^Restart(Steps|MaxDelaySec)/m);
  const value = (name: string): number =>
    Number(new RegExp(`^${name}=(\\d+)`, 'm').exec(old.service)?.[1]);
  assert.ok(value('RestartSec') * value('StartLimitBurst') >= value('StartLimitIntervalSec'));
  const unknown = await unitsFor({ ini: 'http = :8000', systemdVersion: 0 });
  assert.equal(unknown.service, old.service);
});

test('the head of a unit has the command that writes it again', () => {
  const words = [
    '--name',
    'a b',
    '--user',
    'deploy',
    '--for',
    'none',
    '--socket',
    '/srv/my "x" `y`',
  ];
  for (const each of [words, ['/srv/app.ini'], [...words, `/srv/${'long/'.repeat(30)}app.ini`]]) {
    const file = each.map((word) => word.replaceAll('`', ''));
    const head = `Written by \`reeve enable ${commandText(file)}\`; \`reeve disable x\` removes it.`;
    const text = unitText([head], [{ name: 'Unit', lines: [] }]);
    assert.deepEqual(commandWords(text, '# Written by `reeve enable '), file);
  }
  assert.deepEqual(commandWords('[Unit]\n', '# Written by `reeve enable '), []);
});
