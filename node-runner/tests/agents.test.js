// Steps of several agents, in a spawned runner.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { MIXED, SHARED } from './guests.js';
import { Runner, i32, number, story } from './driver.js';

const W = 'worker';
const MEM = { handle: 'mem', buffer: true };
const MEMORY = { op: 'memory', as: 'mem', descriptor: [['initial', number(1)], ['maximum', number(8)], ['shared', { type: 'boolean', value: 'true' }]] };
const post = (to, name = 'mem', via = 'message') => ({ op: 'post', to, message: { handle: { handle: name } }, via });
const receive = (agent, number, from = 'main', via = 'message') => ({ agent, op: 'receive', as: { as: 'mem' }, from, via, post: number });
const instantiate = (agent, as) => ({ agent, op: 'instantiate', as, module: { guest: 'shared' }, imports: [{ module: 'env', name: 'memory', handle: 'mem' }] });
const call = (agent, name, args, results, rest = {}) => ({ agent, op: 'call', instance: 'there', export: name, args, results, ...rest });
const FOREVER = [i32(0), i32(0), { type: 'i64', value: '-1' }];
const SHARE = [MEMORY, post(W), receive(W, 1)];
const INT32 = { op: 'view', as: 'v', type: 'Int32Array', buffer: MEM };

let runner;
let hello;
before(async () => {
  runner = new Runner();
  hello = await runner.hello();
});
after(() => runner.kill());

async function told(steps, agents = [W]) {
  const { observations, closing } = await runner.run({ guests: [SHARED, MIXED], agents, steps });
  assert.equal(closing.type, 'done', closing.message);
  return story(observations);
}

test('an instance of another agent sees a growth, where the engine lets it', async () => {
  const lines = await told([...SHARE, instantiate(W, 'there'), { op: 'grow', memory: 'mem', by: number(3) }, call(W, 'size', [], ['i32'])]);
  // Bun up to 1.3.5 keeps the old size: what the runner tells is what the engine did.
  const stale = hello.runtime.name === 'bun' && hello.runtime.version < '1.4';
  assert.equal(lines.at(-1), `5 worker returned i32:${stale ? 1 : 4}`);
});

test('a started step is reported under the number of its join', async () => {
  const lines = await told([
    ...SHARE,
    instantiate(W, 'there'),
    INT32,
    call(W, 'wait', FOREVER, ['i32'], { start: { join: 7 } }),
    { op: 'notify', view: 'v', index: number(0), until: 1 },
    { op: 'join', started: 5 },
  ]);
  assert.equal(lines[5], '5 worker started');
  assert.deepEqual(lines.slice(6).sort(), ['6 main returned number:1', '7 worker returned i32:0']);
});

test('steps of many agents run in the written order', async () => {
  const agents = ['a', 'b', 'c'];
  const shares = agents.flatMap((agent, index) => [post(agent), receive(agent, 1 + 2 * index)]);
  const rounds = Array.from({ length: 60 }, (_, index) => ({ agent: ['main', ...agents][(index * 7) % 4], op: 'grow', memory: 'mem', by: number(0) }));
  const lines = await told([MEMORY, ...shares, ...rounds], agents);
  assert.deepEqual(lines.map((line) => Number(line.split(' ')[0])), lines.map((_, index) => index));
});

test('a message is taken apart as it was put together', async () => {
  const message = { object: [['m', { handle: { handle: 'mem' } }], ['rest', { array: [{ literal: number(1) }, { handle: MEM }] }]] };
  const pattern = { object: [['m', { as: 'mem' }], ['rest', { array: [{ as: 'one' }, { as: 'buf' }] }]] };
  for (const via of ['message', 'channel']) {
    const lines = await told([
      MEMORY,
      { op: 'post', to: W, message, via },
      { agent: W, op: 'receive', as: pattern, from: 'main', via, post: 1 },
      { agent: W, op: 'grow', memory: 'mem', by: number(1) },
      { agent: W, op: 'property', of: { handle: 'buf' }, property: 'byteLength' },
      { op: 'size', memory: 'mem' },
    ]);
    assert.deepEqual(lines.slice(3), ['3 worker returned number:1', '4 worker returned number:65536', '5 main returned number:2']);
  }
});

test('two workers send to each other', async () => {
  const lines = await told([...SHARE, { ...post('other'), agent: W }, receive('other', 3, W), { agent: 'other', op: 'grow', memory: 'mem', by: number(1) }, { op: 'size', memory: 'mem' }], [W, 'other']);
  assert.equal(lines.at(-1), '6 main returned number:2');
});

test('a worker is made with workerData by the step that posts so', async () => {
  const lines = await told([MEMORY, post(W, 'mem', 'worker-data'), receive(W, 1, 'main', 'worker-data'), { agent: W, op: 'grow', memory: 'mem', by: number(1) }, { op: 'size', memory: 'mem' }]);
  assert.deepEqual(lines.slice(3), ['3 worker returned number:1', '4 main returned number:2']);
});

test('what cannot be cloned is not received', async () => {
  const lines = await told([
    { op: 'instantiate', as: 'mem', module: { guest: 'shared' }, imports: [] },
    { op: 'memory', as: 'mem', descriptor: [['initial', number(1)]] },
    post(W),
    receive(W, 2),
    { agent: W, op: 'size', memory: 'mem' },
    post('late', 'mem', 'worker-data'),
    receive('late', 5, 'main', 'worker-data'),
    { op: 'size', memory: 'mem' },
  ], [W, 'late']);
  assert.deepEqual(lines.slice(2), [
    '2 main threw DataCloneError',
    '3 worker skipped',
    '4 worker skipped',
    '5 main threw DataCloneError',
    '6 late skipped',
    '7 main returned number:1',
  ]);
});

test('messages that nobody took are not seen by the next case', async () => {
  await told([MEMORY, post(W), post(W)]);
  const lines = await told([...SHARE, { op: 'grow', memory: 'mem', by: number(1) }, { agent: W, op: 'size', memory: 'mem' }]);
  assert.equal(lines.at(-1), '4 worker returned number:2');
});

test('a promise is pending until another agent notifies', async () => {
  if (hello.features['wait-async'] !== true) return;
  const lines = await told([
    ...SHARE,
    INT32,
    { ...INT32, agent: W },
    { op: 'wait-async', as: 'p', view: 'v', index: number(0), value: number(0) },
    { op: 'pending', promise: 'p' },
    { agent: W, op: 'notify', view: 'v', index: number(0) },
    { op: 'settle', promise: 'p' },
    { op: 'wait-async', as: 'q', view: 'v', index: number(0), value: number(1) },
    { op: 'settle', promise: 'q' },
  ]);
  assert.deepEqual(lines.slice(5), [
    '5 main returned string:async',
    '6 main returned boolean:true',
    '7 worker returned number:1',
    '8 main returned string:ok',
    '9 main returned string:not-equal',
    '10 main skipped',
  ]);
});

test('a join of an agent that was terminated does not hang, and the runner retires', async () => {
  for (const [feature, name, args] of [['terminate', 'spin', []], ['terminate-waiting', 'wait', FOREVER]]) {
    if (hello.features[feature] !== true) continue;
    const { observations, closing } = await runner.run({
      guests: [SHARED],
      agents: [W],
      steps: [
        ...SHARE,
        instantiate(W, 'there'),
        call(W, name, args, [], { start: { join: 6 } }),
        { op: 'terminate', target: W },
        { op: 'join', started: 4 },
        call(W, 'size', [], ['i32']),
        { op: 'size', memory: 'mem' },
      ],
    });
    assert.deepEqual(story(observations).slice(4), ['4 worker started', '5 main returned', '6 main skipped', '7 worker skipped', '8 main returned number:1']);
    assert.equal(closing.retire, true);
  }
});

test('long lines of two agents stay whole', async () => {
  const read = { op: 'read', buffer: MEM, at: number(0), count: number(65536) };
  const { observations } = await runner.run({
    agents: [W],
    steps: [...SHARE, { ...read, agent: W, repeat: 1, start: { join: 9 } }, read, read, read, read, read, { op: 'join', started: 3 }],
  });
  assert.deepEqual(runner.garbage, []);
  assert.equal(observations.filter((seen) => seen.values?.[0]?.value.length === 2 * 65536).length, 6);
});
