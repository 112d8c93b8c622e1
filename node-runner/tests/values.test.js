// Values and operands, without a runner.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { salted } from '../lib/case/salt.js';
import { weight } from '../lib/case/litter.js';
import { failure } from '../lib/case/outcome.js';
import { Lines } from '../lib/protocol/lines.js';
import { fromKept } from '../lib/values/operands.js';
import { seenAs, seenElement, seenResults } from '../lib/values/wasm.js';
import { fromJs, toJs } from '../lib/values/wire.js';
import { MIXED } from './guests.js';

const kept = (type, value) => ({ type, value });

test('a kept i32 is signed for the host unless it is asked for unsigned', () => {
  assert.equal(fromKept({ type: 'number' }, kept('i32', -8)), -8);
  assert.equal(fromKept({ type: 'number', unsigned: true, plus: 4 }, kept('i32', -8)), 4294967292);
});

test('a kept value wraps at the width of the Wasm type that it becomes', () => {
  assert.equal(fromKept({ type: 'i32', plus: 1 }, kept('i32', 2147483647)), -2147483648);
  assert.equal(fromKept({ type: 'i64', plus: 1 }, kept('i64', 9223372036854775807n)), -9223372036854775808n);
  assert.equal(fromKept({ type: 'i64', unsigned: true }, kept('i32', -1)), 4294967295n);
  assert.equal(fromKept({ type: 'bigint' }, kept('i64', -1n)), -1n);
});

test('floats are their bits, and a NaN has none', () => {
  assert.deepEqual(seenAs('f32', 1.5), { type: 'f32', value: '0x3fc00000' });
  assert.deepEqual(seenAs('f64', -0), { type: 'f64', value: '0x8000000000000000' });
  assert.deepEqual(seenAs('f32', NaN), { type: 'f32', value: 'nan' });
  assert.equal(toJs({ type: 'f32', value: '0x00000001' }), 2 ** -149);
});

test('a result without the form of its type is reported as what it is', () => {
  assert.deepEqual(seenAs('i64', 1), { type: 'number', value: '1' });
  assert.deepEqual(seenAs('i32', 2 ** 31), { type: 'number', value: '2147483648' });
  assert.deepEqual(seenResults(['i32'], undefined), [{ type: 'undefined' }]);
  assert.deepEqual(seenResults([], 3), [{ type: 'number', value: '3' }]);
});

test('elements are floats in float views and plain values elsewhere', () => {
  assert.deepEqual(seenElement('Float32Array', 1), { type: 'f32', value: '0x3f800000' });
  assert.deepEqual(seenElement('float64', NaN), { type: 'f64', value: 'nan' });
  assert.deepEqual(seenElement('Uint8Array', 1), { type: 'number', value: '1' });
  assert.deepEqual(seenElement('Float32Array', undefined), { type: 'undefined' });
});

test('numbers keep their sign and their infinities', () => {
  assert.deepEqual(fromJs(-0), { type: 'number', value: '-0' });
  assert.equal(toJs({ type: 'number', value: '-inf' }), -Infinity);
  assert.deepEqual(fromJs(Infinity), { type: 'number', value: 'Infinity' });
});

test('whatever is thrown has a class and words', () => {
  const none = new WeakSet();
  for (const thrown of [undefined, null, 'text', 1n, Symbol('s'), {}, Object.create(null), () => {}]) {
    const { result, error, message } = failure(thrown, none);
    assert.equal(result, 'threw');
    assert.equal(typeof error, 'string');
    assert.equal(typeof message, 'string');
  }
  assert.equal(failure(new DOMException('no', 'DataCloneError'), none).error, 'DataCloneError');
  assert.equal(failure(new WebAssembly.LinkError('no'), none).error, 'LinkError');
});

test('what a callback threw for its case is no trap and no exhaustion', () => {
  const error = new WebAssembly.RuntimeError('unreachable');
  assert.equal(failure(error, new WeakSet()).result, 'trap');
  assert.equal(failure(error, new WeakSet([error])).result, 'threw');
});

test("JavaScriptCore's evaluated expression does not decide a trap's kind", () => {
  const error = new WebAssembly.RuntimeError("Out of bounds memory access (evaluating 'exports.unaligned()')");
  assert.equal(failure(error, new WeakSet()).kind, 'out-of-bounds');
});

test('a salt makes equal guests unlike and leaves them valid', () => {
  const bytes = Buffer.from(MIXED.wasm, 'base64');
  const one = salted(bytes, 1);
  assert.notDeepEqual(one, salted(bytes, 2));
  const [section] = WebAssembly.Module.customSections(new WebAssembly.Module(one), 'samebytes.salt');
  assert.equal(Buffer.from(section).toString(), '1');
});

test('a truncated module is not mended by a salt', () => {
  const bytes = Buffer.from(MIXED.wasm, 'base64').subarray(0, -5);
  assert.equal(salted(bytes, 1), bytes);
});

test('lines are whole wherever the chunks of a stream end', () => {
  const text = 'één\nline two\n\nlast\nunended';
  for (let size = 1; size < 9; size++) {
    const all = new TextEncoder().encode(text);
    const chunk = new Uint8Array(size);
    let at = 0;
    const lines = new Lines(() => {
      if (at >= all.length) return null;
      const part = all.subarray(at, at + size);
      at += size;
      chunk.set(part);
      return chunk.subarray(0, part.length);
    });
    assert.deepEqual([lines.next(), lines.next(), lines.next(), lines.next(), lines.next()], ['één', 'line two', '', 'last', null]);
  }
});

test('the weight of what a case leaves counts each memory once, exported ones too', () => {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(MIXED.wasm, 'base64')), { env: { cb() {} } });
  const other = new WebAssembly.Memory({ initial: 2 });
  assert.equal(weight([instance, instance.exports.mem, other, other, other.buffer, null]), 3 * 65536);
});
