/** PURE. The socket unit that listens for an application: its addresses, as the settings say. */

import { absolute } from '../config/values/absolute-path.ts';
import { addressText, readAddress } from '../config/values/addresses.ts';
import { directoryOf, listenerOptions } from './paths.ts';
import { socketOwner } from './socket-access.ts';
import { comment, literal, onlyWith, set, unitText } from './unit-text.ts';

import type { Diagnostic } from '../config/reading/diagnostic.ts';
import type { MachineFacts } from './machine.ts';
import type { Reading } from './paths.ts';
import type { UnitLine } from './unit-text.ts';

export interface SocketUnitParts extends Reading {
  readonly name: string;
  /** /usr/bin/reeve. */
  readonly program: string;
  readonly head: readonly string[];
  /** Whose unix sockets are, unless the settings say; '' for root. */
  readonly user: string;
  readonly facts: Pick<MachineFacts, 'webServer'>;
}

export interface SocketUnit {
  readonly text: string;
  readonly findings: readonly Diagnostic[];
}

/** Its text, and what cannot be written there. */
export function socketUnit(parts: SocketUnitParts): SocketUnit {
  const { settings, name } = parts;
  const streams = listenerOptions.flatMap((option) =>
    settings[option].map(({ text, origin }) => stream(parts, text, origin)),
  );
  const findings = streams.flatMap((each) => (each.kind === 'finding' ? [each.finding] : []));
  const addresses = streams.flatMap((each) => (each.kind === 'address' ? [each.text] : []));
  const lines = [
    comment('Reeve knows by the address which option each of them serves.'),
    ...addresses.map((text) => set('ListenStream', literal(text))),
    ...(settings.listen === 100 ? [] : [set('Backlog', String(settings.listen))]),
    ...(addresses.some((text) => text.startsWith('/')) ? unixLines(parts) : []),
  ];
  const text = unitText(parts.head, [
    {
      name: 'Unit',
      lines: [
        set('Description', `Sockets of ${literal(name)}, served by Reeve`),
        onlyWith(parts.program),
      ],
    },
    { name: 'Socket', lines },
    { name: 'Install', lines: [set('WantedBy', 'sockets.target')] },
  ]);
  return { text, findings };
}

type Stream =
  | { readonly kind: 'address'; readonly text: string }
  | { readonly kind: 'finding'; readonly finding: Diagnostic }
  | { readonly kind: 'none' };

function stream(parts: SocketUnitParts, text: string, place: string): Stream {
  const read = readAddress(text);
  if (read.kind !== 'address') return { kind: 'none' };
  const { address } = read;
  if (address.kind === 'path') {
    return { kind: 'address', text: absolute(address.path, directoryOf(parts)) };
  }
  if (address.kind !== 'tcp') return { kind: 'address', text };
  const host = address.host === 'localhost' ? '127.0.0.1' : address.host;
  if (/^[\d.]+$/.test(host) || host.includes(':')) {
    return { kind: 'address', text: addressText({ ...address, host }) };
  }
  const sentence = `a socket unit wants the address of ${host} in numbers`;
  return { kind: 'finding', finding: { severity: 'error', place, sentence } };
}

/** Owner, group and mode of unix sockets; the web server's group, where the settings name none. */
function unixLines(parts: SocketUnitParts): UnitLine[] {
  const { settings, user, facts } = parts;
  const owner = socketOwner(parts);
  const mode = (settings['chmod-socket'] ?? 0o660).toString(8).padStart(4, '0');
  const usual = settings.gid || (owner.user === '' ? (facts.webServer?.group ?? '') : '');
  const named = [
    ['SocketUser', owner.user || user],
    ['SocketGroup', owner.group || usual],
  ] as const;
  return [
    ...named.flatMap(([key, value]) => (value === '' ? [] : [set(key, literal(value))])),
    set('SocketMode', mode),
    comment('Without this line the files of the sockets would stay.'),
    set('RemoveOnStop', 'yes'),
  ];
}
