/** A profile as collapsed text, for speedscope, as a flame graph and in words. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { parseXml, XmlElement, XmlText } from '@rgrove/parse-xml';

import { flameGraph } from '../../../../src/cli/seeing/flame-graph.ts';
import {
  collapsed,
  functionTable,
  speedscope,
} from '../../../../src/cli/seeing/profile-formats.ts';
import { functionTimes, weighedStacks } from '../../../../src/cli/seeing/weighed-stacks.ts';
import type { ProfileView } from '../../../../src/protocol/stacks-view.ts';

const frames = [
  { file: '/srv/shop/views.py', line: 4, function: 'home' },
  { file: '/srv/shop/./views.py', line: 9, function: 'home' },
  { file: '/srv/venv/lib/python3.11/site-packages/flask/app.py', line: 1, function: 'Flask.call' },
  { file: '/usr/lib/python3.11/json/__init__.py', line: 2, function: '<lambda> & "co"; \'x\'' },
  { file: 'reeve', line: 0, function: 'Reeve' },
];

function process(name: string, stacks: readonly (readonly [readonly number[], number])[]) {
  const all = stacks.map(([indexes, micros]) => ({ frames: indexes, micros }));
  return { name, pid: 7, how: 'sampler', reason: '', stacks: all } as const;
}

const profile: ProfileView = {
  seconds: 10,
  directory: '/srv/shop',
  frames,
  processes: [
    process('worker 1', [
      [[0, 2], 1_500_000],
      [[1, 2], 500_000],
      [[3, 0, 2], 1_000_000],
    ]),
    process('worker 2', [
      [[0, 2], 2_000_000],
      [[4], 1_000_000],
    ]),
  ],
};

const empty: ProfileView = { ...profile, processes: [process('worker 1', [])] };

test('collapsed text has a line for each stack with its milliseconds, of all processes', () => {
  assert.equal(
    collapsed(profile),
    [
      'Flask.call (flask/app.py);home (views.py) 4000',
      `Flask.call (flask/app.py);home (views.py);<lambda> & "co", 'x' (json/__init__.py) 1000`,
      'Reeve 1000',
      '',
    ].join('\n'),
  );
});

test('lines of one function are one stack, and paths are short', () => {
  const stacks = weighedStacks(profile).filter(({ process: name }) => name.startsWith('worker 1'));
  assert.deepEqual(
    stacks.map(({ micros }) => micros),
    [2_000_000, 1_000_000],
  );
  assert.deepEqual(
    stacks[1]?.places.map(({ file, origin }) => [file, origin]),
    [
      ['flask/app.py', 'library'],
      ['views.py', 'application'],
      ['json/__init__.py', 'python'],
    ],
  );
});

test('a function that calls itself counts once', () => {
  const recursive = { ...profile, processes: [process('worker 1', [[[0, 1, 0, 2], 100]])] };
  const times = functionTimes(weighedStacks(recursive));
  assert.deepEqual(
    times.map(({ place, self, total }) => [place.function, self, total]),
    [
      ['home', 100, 100],
      ['Flask.call', 0, 100],
    ],
  );
});

describe('for speedscope', () => {
  const file = JSON.parse(speedscope(profile, 'shop, 10 s'));

  test('each process is a profile whose weights are its time', () => {
    assert.equal(file.$schema, 'https://www.speedscope.app/file-format-schema.json');
    assert.deepEqual(
      file.profiles.map(({ type, name, unit, startValue, endValue }: Record<string, unknown>) => [
        ...[type, name, unit, startValue, endValue],
      ]),
      [
        ['sampled', 'worker 1 (pid 7)', 'milliseconds', 0, 3000],
        ['sampled', 'worker 2 (pid 7)', 'milliseconds', 0, 3000],
      ],
    );
  });

  test('each sample has its weight, and its frames are there', () => {
    for (const { samples, weights } of file.profiles) {
      assert.equal(samples.length, weights.length);
      assert.ok(samples.flat().every((index: number) => file.shared.frames[index] !== undefined));
    }
    const [first] = file.profiles[0].samples;
    const names = first.map((index: number) => file.shared.frames[index].name);
    assert.deepEqual(names, ['Flask.call', 'home']);
  });
});

describe('the flame graph', () => {
  const text = { title: '<shop> & "co"\u0007', subtitle: 'time' };
  const svg = flameGraph(weighedStacks(profile), text);

  test('is XML, with every name escaped, and what XML does not allow replaced', () => {
    const root = parseXml(svg).root;
    assert.equal(root?.name, 'svg');
    const titles = descendants(root)
      .filter(({ name }) => name === 'title')
      .map(wordsOf);
    assert.deepEqual(titles.slice(0, 2), ['<shop> & "co"?', 'all: 6.00 s, 100.0 %']);
    assert.ok(
      titles.includes(`<lambda> & "co"; 'x' (json/__init__.py): 1.00 s, 16.7 %`),
      titles.join('\n'),
    );
  });

  test('needs nothing from elsewhere', () => {
    assert.deepEqual(svg.match(/https?:[^"]*/g), ['http://www.w3.org/2000/svg']);
    assert.doesNotMatch(svg, /href|@import|url\(/);
  });

  test('a box is as wide as its time, and lies below its caller', () => {
    const boxes = descendants(parseXml(svg).root).filter(
      ({ name, attributes }) => name === 'g' && attributes['data-w'] !== undefined,
    );
    const boxOf = (start: string) => {
      const box = boxes.find((each) => wordsOf(each).startsWith(start));
      assert.ok(box);
      const [x = 0, w = 0, row = 0] = ['data-x', 'data-w', 'data-row'].map((name) => {
        return Number(box.attributes[name]);
      });
      return { x, w, row };
    };
    const [all, flask, home] = [boxOf('all'), boxOf('Flask.call'), boxOf('home')];
    assert.ok(Math.abs(flask.w / all.w - 5 / 6) < 0.001);
    assert.deepEqual([all.row, flask.row, home.row], [0, 1, 2]);
    assert.ok(home.x >= flask.x && home.x + home.w <= flask.x + flask.w + 0.02);
  });

  test('of a name that ends the part for the script is still one document', () => {
    const name = ']]></script><script>alert(1)</script>';
    const hostile = { ...profile, frames: [{ file: '/srv/shop/a.py', line: 1, function: name }] };
    const one = { ...hostile, processes: [process('worker 1', [[[0], 1_000_000]])] };
    const root = parseXml(flameGraph(weighedStacks(one), text)).root;
    assert.equal(descendants(root).filter(({ name: tag }) => tag === 'script').length, 1);
  });
});

test('where nothing ran all formats say so, or are empty', () => {
  assert.equal(collapsed(empty), '');
  assert.match(functionTable(empty), /^no request ran/);
  assert.deepEqual(JSON.parse(speedscope(empty, 'shop')).profiles, []);
  assert.equal(parseXml(flameGraph([], { title: 'shop', subtitle: '' })).root?.name, 'svg');
});

test('in words the function that took most comes first, with its share', () => {
  const [head = '', first = ''] = functionTable(profile).split('\n');
  assert.match(head, /SELF +WITH CALLS +FUNCTION/);
  assert.match(first, /^ *66\.7 % +4\.00 s +83\.3 % +5\.00 s {2}home \(views\.py\)$/);
});

function descendants(element: XmlElement | null): readonly XmlElement[] {
  const children = (element?.children ?? []).filter((child) => child instanceof XmlElement);
  return children.flatMap((child) => [child, ...descendants(child)]);
}

/** The text that stands in it first. */
function wordsOf(element: XmlElement): string {
  for (const child of element.children) {
    if (child instanceof XmlText) return child.text;
    if (child instanceof XmlElement) return wordsOf(child);
  }
  return '';
}
