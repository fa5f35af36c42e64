/** What a gateway is told: an option that the table marks arrives without another edit. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { resolve } from '../../../../src/config/values/resolve.ts';
import { gatewayIdentity, gatewaySettings } from '../../../../src/master/settings/plan.ts';
import type { GatewaySettings } from '../../../../src/protocol/control-messages.ts';
import { optionNames, optionOf } from '../../../../src/tables/options/options.ts';
import type {
  GatewayOptionName,
  OptionName,
  options,
  Settings,
} from '../../../../src/tables/options/options.ts';
import { defaultResponses } from '../../../process/gateway/default-settings.ts';

const usual = resolve([], new Set(), 2).settings;

function told(settings: Settings): GatewaySettings {
  return gatewaySettings({
    settings,
    applications: [],
    listeners: [{ fd: 5, name: ':80', option: 'http', protocol: 'http', serverPort: '80' }],
    channelFd: 0,
    title: 'reeve http 1',
    logFile: '',
    spoolDirectories: ['/tmp'],
    app: 'test',
    responses: defaultResponses,
  });
}

/** The settings with the option read from a text that is not its default. */
function withAnother(name: OptionName, origin: string): Settings {
  const { kind, default: byDefault } = optionOf(name);
  const [before] = kind.format(byDefault);
  const texts = ['4711', 'true', 'false', '10.0.0.0/8', 'error', 'text'];
  for (const text of texts) {
    const read = kind.parse(text, origin);
    if (!read.ok) continue;
    const value = kind.join(byDefault, [read.value]);
    if (kind.format(value)[0] !== before) return { ...usual, [name]: value };
  }
  throw new Error(`no text is another value of ${name}`);
}

const marked = optionNames.filter((name) => optionOf(name).for === 'gateway');

describe('the gateway is told', () => {
  test('just the options that the table marks for it, with the values of the settings', () => {
    assert.deepEqual(Object.keys(told(usual).options), marked);
    const sent: Readonly<Record<string, unknown>> = told(usual).options;
    for (const name of marked) assert.deepEqual(sent[name], optionOf(name).default, name);
  });

  test('what the compiler knows of: the marks and the type agree', () => {
    // Each fails to compile where the type had a name more, or less, than the table has marks.
    type Marked = {
      [Name in OptionName]: (typeof options)[Name] extends { for: 'gateway' } ? Name : never;
    }[OptionName];
    const sent = (name: keyof GatewaySettings['options']): Marked => name;
    const known = (name: Marked): GatewayOptionName => name;
    const back = (name: GatewayOptionName): keyof GatewaySettings['options'] => name;
    assert.deepEqual(
      [sent, known, back].map((same) => same('harakiri')),
      Array(3).fill('harakiri'),
    );
  });

  for (const name of marked) {
    test(`${name} as it was set, over the stream too, and is replaced when it changes`, () => {
      const settings = withAnother(name, 'app.ini:1');
      const message = told(settings);
      const arrived: unknown = JSON.parse(JSON.stringify(message));
      assert.deepEqual(arrived, message);
      assert.deepEqual(message.options, { ...told(usual).options, [name]: settings[name] });
      assert.notEqual(gatewayIdentity(message), gatewayIdentity(told(usual)));
    });
  }
});

test('where an option was written, and which descriptors there are, needs no new gateway', () => {
  const [first, second] = ['app.ini:1', 'app.ini:2'].map((origin) =>
    told(withAnother('trusted-proxies', origin)),
  );
  assert.ok(first !== undefined && second !== undefined);
  assert.notDeepEqual(first, second);
  const listeners = second.listeners.map((listener) => ({ ...listener, fd: 9 }));
  assert.equal(gatewayIdentity(first), gatewayIdentity({ ...second, channelFd: 8, listeners }));
});

test('an option for the gateway is changed by a reload, unless the table says otherwise', () => {
  const byRestart = marked.filter((name) => optionOf(name).onReload === 'restart');
  assert.deepEqual(byRestart, ['log-date', 'log-json', 'log-level']);
});
