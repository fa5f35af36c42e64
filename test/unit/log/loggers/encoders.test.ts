/** What encoders make of a line. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { encoderFor, readEncoder, unknownNames } from '../../../../src/log/loggers/encoders.ts';

const nowMs = Date.UTC(2026, 10, 29, 10, 11, 12, 345);

/** The line as the encoders write it, for a logger with this name. */
function encoded(values: readonly string[], line: string, name = ''): string | undefined {
  const texts = values.map((value) => {
    const read = readEncoder(value);
    assert.ok(read.ok, value);
    return read.encoder;
  });
  return encoderFor(texts, name)?.(line, nowMs);
}

describe('an encoder', () => {
  test('fills the fields of a format', () => {
    assert.equal(encoded(['format a ${msg} b'], 'line'), 'a line b');
    assert.equal(encoded(['format ${msgnl}'], 'line'), 'line\n');
    const times = encoded(['format ${unix} ${millis} ${micros}'], '');
    assert.equal(times, '1795947072 1795947072345 1795947072345000');
    const year = encoded(['format ${strftime:%Y-%m} ${msg}'], 'line');
    assert.equal(year, '2026-11 line');
    assert.equal(encoded(['format ${none}${msg}$ ${'], 'line'), 'line$ ${');
  });
  test('json gives valid JSON whatever the line holds', () => {
    const value = 'json {"t":${unix},"at":"${strftime:%d/%b"}","message":"${msg}"}';
    for (let byte = 0; byte < 256; byte += 1) {
      const line = `"\\${String.fromCharCode(byte)}x`;
      const text = encoded([value], line) ?? '';
      const { message, at } = JSON.parse(Buffer.from(text, 'latin1').toString('utf8'));
      assert.equal(message, byte < 128 ? line : '"\\\ufffdx');
      assert.equal(at, '29/Nov"');
      assert.ok(!text.includes('\n'));
    }
    assert.equal(encoded(['json "${msgnl}"'], 'a'), '"a\\n"');
  });
  test('works after the one before it, on a line without its newline', () => {
    assert.equal(encoded(['prefix > ', 'suffix  <', 'nl'], 'line'), '> line <');
    assert.equal(encoded(['format é ${msg}'], 'x'), 'Ã© x');
  });
  test('is for one logger, where it names that', () => {
    const values = ['json:default {"m":"${msg}"}', 'format:app ${msg}!', 'nl'];
    assert.equal(encoded(values, 'a', 'default'), '{"m":"a"}');
    assert.equal(encoded(values, 'a', 'app'), 'a!');
    assert.equal(encoded(values, 'a'), 'a');
    assert.equal(encoded(['prefix:app x'], 'a'), undefined);
  });
  test('that is none is told from one that Reeve does not have', () => {
    const [none, missing] = [readEncoder('jsno {}'), readEncoder('gzip')];
    assert.ok(!none.ok && !missing.ok);
    assert.deepEqual([none.isOfUwsgi, missing.isOfUwsgi], [false, true]);
    assert.deepEqual(unknownNames('${msg} ${mgs} ${strftime:%Y}'), ['mgs']);
  });
});
