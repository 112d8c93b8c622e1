// Steps within steps, and text, in a spawned runner.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { MIXED } from './guests.js';
import { Runner, i32, number, story } from './driver.js';

const MEMORY = { op: 'memory', as: 'mem', descriptor: [['initial', number(1)]] };
const VIEW = { op: 'view', as: 'v', type: 'Uint8Array', buffer: { handle: 'mem', buffer: true }, length: number(3) };
const GROW = { number: 50, agent: 'main', op: 'grow', memory: 'mem', by: number(1) };
const TURN = { number: 51, agent: 'main', op: 'turn' };
const converting = (value, steps) => ({ 'value-of': value, steps });

let runner;
let features;
before(async () => {
  runner = new Runner();
  ({ features } = await runner.hello());
});
after(() => runner.kill());

async function told(steps, rest = {}) {
  const { observations, closing } = await runner.run({ steps, ...rest });
  assert.equal(closing.type, 'done');
  return story(observations);
}

test('an argument runs steps where the operation converts it', async () => {
  const lines = await told([
    MEMORY,
    VIEW,
    { op: 'put', view: 'v', index: number(0), value: converting(number(7), [GROW, TURN]) },
    { op: 'property', of: { handle: 'v' }, property: 'length' },
    { op: 'read', buffer: { handle: 'mem', buffer: true }, at: number(0), count: number(1) },
  ]);
  assert.deepEqual(lines.slice(2), [
    '50 main returned number:1',
    '51 main unsupported',
    '2 main returned',
    '3 main returned number:0',
    '4 main returned bytes:00',
  ]);
});

test('what is converted is the stated value', async () => {
  const size = { number: 50, agent: 'main', op: 'size', memory: 'mem' };
  const lines = await told([
    MEMORY,
    VIEW,
    { op: 'set', view: 'v', source: { values: [number(1), converting(number(2), [size]), number(3)] } },
    { op: 'each', view: 'v', method: 'for-each', steps: [] },
    { op: 'grow', memory: 'mem', by: converting(number(2), [size]) },
  ]);
  assert.deepEqual(lines.slice(2), [
    '50 main returned number:1',
    '2 main returned',
    '3 main returned number:1 number:2 number:3',
    '50 main returned number:1',
    '4 main returned number:1',
  ]);
});

test("a guest's argument is converted before the guest runs", async () => {
  const callback = { name: 'cb', number: 100, params: ['i32', 'i64', 'f32', 'f64'], results: ['i32'], steps: [], ending: { returns: [i32(7)] } };
  const steps = [
    { op: 'instantiate', as: 'i', module: { guest: 'mixed' }, imports: [{ module: 'env', name: 'cb', callback: 'cb' }] },
    { op: 'take', as: 'mem', instance: 'i', export: 'mem' },
    { op: 'call', instance: 'i', export: 'grow', args: [converting(i32(1), [GROW])], results: ['i32'] },
  ];
  assert.deepEqual((await told(steps, { guests: [MIXED], callbacks: [callback] })).slice(2), ['50 main returned number:1', '2 main returned i32:2']);
});

const SEEN = {
  'for-each': '1 2 3', map: '1 2 3', filter: '1 2 3', every: '1 2 3', some: '1 2 3', find: '1 2 3', 'find-last': '3 2 1',
  reduce: '1 2 3', 'reduce-right': '3 2 1', sort: '', iterate: '1 2 3',
};

for (const [method, elements] of Object.entries(SEEN)) {
  test(`${method} gives every element to its callback, which runs the steps once`, async () => {
    const size = { number: 50, agent: 'main', op: 'size', memory: 'mem' };
    const lines = await told([
      MEMORY,
      VIEW,
      { op: 'set', view: 'v', source: { values: [number(1), number(2), number(3)] } },
      { op: 'each', view: 'v', method, at: 1, steps: [size] },
    ]);
    const values = elements.split(' ').filter(Boolean).map((element) => ` number:${element}`);
    assert.deepEqual(lines.slice(3), ['50 main returned number:1', `3 main returned${values.join('')}`]);
  });
}

test('what map and filter make is kept, and gone elements are undefined', async () => {
  const each = (method, as, rest) => ({ op: 'each', view: 'v', method, as, steps: [], ...rest });
  const length = (handle) => ({ op: 'property', of: { handle }, property: 'length' });
  const lines = await told([MEMORY, VIEW, each('map', 'mapped'), each('filter', 'kept', { at: 1, steps: [GROW] }), length('mapped'), length('kept')]);
  assert.deepEqual(lines.slice(2), [
    '2 main returned number:0 number:0 number:0',
    '50 main returned number:1',
    '3 main returned number:0 number:0 undefined',
    '4 main returned number:3',
    '5 main returned number:3',
  ]);
});

test('text is decoded and encoded', async () => {
  const lines = await told([MEMORY, VIEW, { op: 'encode-into', view: 'v', text: 'äbc' }, { op: 'decode', of: { handle: 'v' } }]);
  assert.deepEqual(lines.slice(2), ['2 main returned number:2 number:3', '3 main returned string:äb']);
});

test("a Buffer's slice is no copy", async () => {
  const lines = await told([
    MEMORY,
    { ...VIEW, type: 'Buffer' },
    { op: 'slice', as: 's', of: { handle: 'v' } },
    { op: 'same', left: { handle: 's', buffer: true }, right: { handle: 'mem', buffer: true } },
  ]);
  assert.equal(lines[3], '3 main returned boolean:true');
});

test('with `propagate` an error ends the block, and the resource is disposed of', async () => {
  const callback = { name: 'cb', number: 100, params: ['i32', 'i64', 'f32', 'f64'], results: ['i32'], steps: [], ending: { returns: [i32(7)] } };
  const dispose = { instance: 'i', export: 'cb', args: [i32(1)], results: ['i32'] };
  const trap = { number: 50, agent: 'main', op: 'call', instance: 'i', export: 'unreachable', args: [], results: [] };
  const size = { number: 51, agent: 'main', op: 'turn' };
  const lines = await told(
    [
      { op: 'instantiate', as: 'i', module: { guest: 'mixed' }, imports: [{ module: 'env', name: 'cb', callback: 'cb' }] },
      { op: 'using', dispose, propagate: true, steps: [trap, size] },
      { op: 'using', dispose, steps: [trap] },
    ],
    { guests: [MIXED], callbacks: [callback] },
  );
  if (features.using !== true) return assert.deepEqual(lines.slice(1), ['1 main unsupported', '2 main unsupported']);
  assert.deepEqual(lines.slice(1).map((line) => line.split(' ').slice(0, 3).join(' ')), [
    '50 main trap',
    '51 main skipped',
    '100 main#0 returned',
    '1 main trap',
    '50 main trap',
    '100 main#1 returned',
    '2 main returned',
  ]);
});

test('an operation that nobody knows is found in a conversion', async () => {
  const levitate = { number: 50, agent: 'main', op: 'levitate' };
  const { observations, closing } = await runner.run({ steps: [MEMORY, VIEW, { op: 'fill', view: 'v', value: converting(number(1), [levitate]) }] });
  assert.deepEqual(observations, []);
  assert.match(closing.message, /levitate/);
});
