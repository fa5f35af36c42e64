/** Completion offers in each shell what may stand there, and never starts reeve for it. */

import assert from 'node:assert/strict';
import fs from 'node:fs';

import { controlFileName } from '../../src/protocol/operator-messages.ts';
import { commandNames, writtenMark } from '../../src/tables/commands.ts';
import { isHere, offers, shells } from '../support/completions.ts';
import { Daemon } from '../support/daemon.ts';
import { story } from '../support/place.ts';

const files = 'a.ini c.yml sub';
const instances = 'blog demo files shop';

/** A command line, and what is offered behind it. */
const expected: readonly (readonly [line: string, offered: string])[] = [
  ['reeve --soc', '--socket --socket-protocol --socket-rcvbuf --socket-sndbuf --socket-timeout'],
  ['reeve --worke', '--worker-reload-mercy --workers'],
  ['reeve files/', files],
  ['reeve ', [...commandNames, 'files'].toSorted().join(' ')],
  ['reeve --log-level ', 'debug error info warning'],
  ['reeve --log-level=w', 'warning'],
  ['reeve --wsgi-file files/', 'a.ini b.txt c.yml sub'],
  ['reeve --chdir files/', 'sub'],
  ['reeve --chdir=files/', 'sub'],
  ['reeve --ini files/', files],
  ['reeve --static-map=/s=files/', 'sub'],
  ['reeve --processes ', ''],
  ['reeve --processes 2 files/', files],
  ['reeve --http-keepalive files/', files],
  ['reeve --socket ', ''],
  ['reeve --socket files/', 'a.ini b.txt c.yml sub'],
  ['reeve --control-socket of', 'off'],
  ['reeve --uid roo', 'root'],
  ['reeve --gid roo', 'root'],
  ['reeve --stop files/b', 'b.txt'],
  ['reeve check --sho', '--show --show-config'],
  ['reeve check files/a.ini --protocol f', 'fastcgi'],
  ['reeve check files/', files],
  ['reeve status --', '--help --json --wait-ready'],
  ['reeve status --soc', ''],
  ['reeve status ', instances],
  ['reeve status bl', 'blog'],
  ['reeve log-level ', 'debug error info warning'],
  ['reeve log-level debug ', instances],
  ['reeve scale ', ''],
  ['reeve scale 3 ', instances],
  ['reeve options --format=m', 'man man5 man7 markdown'],
  ['reeve enable --dr', '--dry-run'],
  ['reeve enable --name x files/', files],
  ['reeve enable --root files/', 'sub'],
  ['reeve disable ', 'files written'],
];

for (const shell of shells) {
  story(
    `${shell} offers what may stand there`,
    async (place) => {
      for (const name of ['a.ini', 'b.txt', 'c.yml', 'sub/x'])
        place.write(`here/files/${name}`, '');
      place.write('etc/reeve/blog.ini', '');
      place.write('etc/reeve/shop.ini', '');
      place.write(`run/reeve/shop/${controlFileName}`, '');
      place.write(`user/reeve/demo/${controlFileName}`, '');
      place.write('etc/units/written.service', `${writtenMark}/srv/app.ini\`\n`);
      place.write('etc/units/foreign.service', '[Service]\n');
      place.write('bin/reeve', '#!/bin/sh\ntouch "${0%/*}/started"\n');
      fs.chmodSync(place.path('bin/reeve'), 0o755);
      const printed = await place.run([Daemon.binary, 'options', `--format=${shell}`]);
      // The same looks at directories that are the test's own.
      const completion = printed.output
        .replaceAll('/etc/reeve', place.path('etc/reeve'))
        .replaceAll('/run/reeve', place.path('run/reeve'))
        .replaceAll('/etc/systemd/system', place.path('etc/units'));
      const lines = expected.map(([line]) => line);
      const got = await offers(place, shell, completion, lines, place.path('user'));
      const wrong = expected.flatMap(([line, offered], at) =>
        got[at] === offered ? [] : [{ line, offered, got: got[at] }],
      );
      assert.deepEqual(wrong, []);
      assert.equal(fs.existsSync(place.path('bin/started')), false);
    },
    { skip: !isHere(shell) && `there is no ${shell} here`, timeoutMs: 90_000 },
  );
}
