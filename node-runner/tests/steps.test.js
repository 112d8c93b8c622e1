// Steps on main, in a spawned runner.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { MIXED } from './guests.js';
import { Runner, i32, number, story } from './driver.js';

const MEM = { handle: 'mem', buffer: true };
const INSTANTIATE = { op: 'instantiate', as: 'i', module: { guest: 'mixed' }, imports: [{ module: 'env', name: 'cb', callback: 'cb' }] };
const TAKE = { op: 'take', as: 'mem', instance: 'i', export: 'mem' };
const call = (name, args, results = ['i32'], rest = {}) => ({ op: 'call', instance: 'i', export: name, args, results, ...rest });
const callback = (ending, steps = []) => ({
  name: 'cb',
  number: 100,
  params: ['i32', 'i64', 'f32', 'f64'],
  results: ['i32'],
  steps,
  ending,
});

let runner;
let features;
before(async () => {
  runner = new Runner();
  ({ features } = await runner.hello());
});
after(() => runner.kill());

async function told(steps, callbacks = [callback({ returns: [i32(7)] })]) {
  const { observations, closing } = await runner.run({ guests: [MIXED], callbacks, steps });
  assert.equal(closing.type, 'done');
  return story(observations);
}

test('results are typed by the signature', async () => {
  assert.deepEqual((await told([INSTANTIATE, call('add', [i32(1), i32(-3)]), call('multi', [], ['i32', 'i64', 'f32', 'f64'])])).slice(1), [
    '1 main returned i32:-2',
    '2 main returned i32:-5 i64:-6 f32:0x3fc00000 f64:nan',
  ]);
});

test('traps, exhaustion and errors of the host are told apart', async () => {
  const lines = await told([
    INSTANTIATE,
    call('div', [i32(0)]),
    call('oob', [i32(-1)]),
    call('unreachable', [], []),
    call('rec', []),
    call('absent', []),
    { op: 'memory', as: 'm', descriptor: [['initial', number(-1)]] },
    { op: 'size', memory: 'm' },
  ]);
  assert.deepEqual(lines.slice(1), [
    '1 main trap',
    '2 main trap',
    '3 main trap',
    '4 main exhaustion',
    '5 main threw TypeError',
    '6 main threw TypeError',
    '7 main skipped',
  ]);
});

test("a callback's steps run while the guest is on the stack", async () => {
  const grow = { number: 101, agent: 'main', op: 'grow', memory: 'mem', by: number(1) };
  const turn = { number: 102, agent: 'main', op: 'turn' };
  const lines = await told(
    [INSTANTIATE, TAKE, { op: 'buffer', as: 'b', memory: 'mem' }, call('cb', [i32(4)]), { op: 'detached', buffer: { handle: 'b' } }, call('cb', [i32(5)])],
    [callback({ returns: [i32(7)] }, [grow, turn])],
  );
  assert.deepEqual(lines.slice(3), [
    '100 main#0 returned i32:4 i64:-1 f32:0x3fc00000 f64:0x8000000000000000',
    '101 main#0 returned number:1',
    '102 main#0 unsupported',
    '3 main returned i32:7',
    '4 main returned boolean:true',
    '100 main#1 returned i32:5 i64:-1 f32:0x3fc00000 f64:0x8000000000000000',
    '101 main#1 returned number:2',
    '102 main#1 unsupported',
    '5 main returned i32:7',
  ]);
});

test('a callback that throws is no trap', async () => {
  assert.equal((await told([INSTANTIATE, call('cb', [i32(4)])], [callback({ throws: 'RangeError' })])).at(-1), '1 main threw RangeError');
});

test('equal rounds are folded, unequal ones are not', async () => {
  const [, , , same, changing] = await told([
    INSTANTIATE,
    TAKE,
    call('add', [i32(2), i32(3)], ['i32'], { as: 'sum' }),
    call('add', [{ kept: 'sum', type: 'i32', plus: 1 }, i32(0)], ['i32'], { repeat: 100000 }),
    call('grow', [i32(1)], ['i32'], { repeat: 6 }),
  ]);
  assert.equal(same, '3 main 100000x returned i32:6');
  assert.equal(changing, '4 main 1x returned i32:1, 1x returned i32:2, 1x returned i32:3, 3x returned i32:-1');
});

test('rounds beyond the most runs are counted and not recorded', async () => {
  const view = { op: 'view', as: 'v', type: 'Int32Array', buffer: MEM };
  const add = { op: 'atomic', action: 'add', view: 'v', index: number(0), value: number(1), repeat: 1500 };
  const { observations } = await runner.run({ guests: [MIXED], callbacks: [callback({ returns: [i32(7)] })], steps: [INSTANTIATE, TAKE, view, add] });
  assert.equal(observations[3].runs.length, 1024);
  assert.equal(observations[3].unrecorded, 476);
});

test('views read, write and go stale', async () => {
  const lines = await told([
    INSTANTIATE,
    TAKE,
    { op: 'view', as: 'v', type: 'Float32Array', buffer: MEM, offset: number(4), length: number(2) },
    { op: 'put', view: 'v', index: number(0), value: number(1.5) },
    { op: 'get', view: 'v', index: number(0) },
    { op: 'get', view: 'v', index: number(2) },
    { op: 'read', buffer: MEM, at: number(0), count: number(8) },
    { op: 'write', buffer: MEM, at: number(0), bytes: '00ff' },
    { op: 'view', as: 'd', type: 'DataView', buffer: MEM },
    { op: 'data-get', view: 'd', offset: number(0), element: 'int16', little: true },
    { op: 'data-get', view: 'd', offset: number(0), element: 'uint16', little: false },
    { op: 'grow', memory: 'mem', by: number(0) },
    { op: 'property', of: { handle: 'v' }, property: 'length' },
    { op: 'data-get', view: 'd', offset: number(0), element: 'int8', little: false },
    { op: 'read', buffer: { handle: 'v', buffer: true }, at: number(0), count: number(1) },
  ]);
  assert.deepEqual(lines.slice(4), [
    '4 main returned f32:0x3fc00000',
    '5 main returned undefined',
    '6 main returned bytes:000000000000c03f',
    '7 main returned',
    '8 main returned',
    '9 main returned number:-256',
    '10 main returned number:255',
    '11 main returned number:1',
    '12 main returned number:0',
    '13 main threw TypeError',
    '14 main threw TypeError',
  ]);
});

test('a digest is that of the bytes, whole, in part and by pages', async () => {
  const zeros = 'digest:de2f256064a0af797747c2b97505dc0b9f3df0de4f489eac731c23ae9ca9cc31';
  const lines = await told([
    INSTANTIATE,
    TAKE,
    { op: 'grow', memory: 'mem', by: number(1) },
    { op: 'digest', buffer: MEM, at: number(0), count: number(65536) },
    { op: 'digest', buffer: MEM, pages: true },
    { op: 'memory', as: 'big', descriptor: [['initial', number(1025)]] },
    { op: 'digest', buffer: { handle: 'big', buffer: true } },
  ]);
  assert.equal(lines[3], `3 main returned ${zeros}`);
  assert.equal(lines[4], `4 main returned ${zeros} ${zeros}`);
  assert.equal(lines[6], '6 main unsupported');
});

test('a block disposes of what it uses after its steps', async (t) => {
  const using = { op: 'using', dispose: { instance: 'i', export: 'cb', args: [i32(1)], results: ['i32'] }, steps: [{ number: 50, agent: 'main', op: 'size', memory: 'mem' }] };
  const lines = await told([INSTANTIATE, TAKE, using]);
  if (features.using !== true) return assert.equal(lines[2], '2 main unsupported');
  assert.deepEqual(lines.slice(2).map((line) => line.split(' ').slice(0, 3).join(' ')), ['50 main returned', '100 main#0 returned', '2 main returned']);
});

test('an operation that nobody knows ends the case before it begins', async () => {
  const { observations, closing } = await runner.run({ steps: [{ op: 'turn' }, { op: 'levitate' }] });
  assert.deepEqual(observations, []);
  assert.equal(closing.type, 'error');
  assert.match(closing.message, /levitate/);
});

test('handles of one case are unknown to the next', async () => {
  await told([INSTANTIATE, TAKE]);
  assert.deepEqual(await told([{ op: 'size', memory: 'mem' }]), ['0 main skipped']);
});
