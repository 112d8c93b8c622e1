// The runner as a process: how it begins, how it ends, and what does not end it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NONCE, Runner, command, number, story } from './driver.js';

/** Runs script text in the runner's process before the runner; Node alone can. */
const intrude = (script) => [`--import=data:text/javascript,${encodeURIComponent(script)}`];
const skip = command()[0] === process.execPath ? false : 'needs --import';
const SIZE = { op: 'size', memory: 'none' };
/** Does this as soon as the case below waits, and so is under way. */
const once = (script) =>
  intrude(`const wait = Atomics.waitAsync; Atomics.waitAsync = (...args) => { setImmediate(() => { ${script} }); return wait(...args); };`);
// Pends for ever: nobody notifies.
const FOREVER = [
  { op: 'memory', as: 'm', descriptor: [['initial', number(1)], ['maximum', number(1)], ['shared', { type: 'boolean', value: 'true' }]] },
  { op: 'view', as: 'v', type: 'Int32Array', buffer: { handle: 'm', buffer: true } },
  { op: 'wait-async', as: 'p', view: 'v', index: number(0), value: number(0) },
  { op: 'settle', promise: 'p' },
];

/** A runner that does not outlive its test. */
function started(t, entry, flags) {
  const runner = new Runner(entry, flags);
  t.after(() => runner.kill());
  return runner;
}

test('the handshake says who answers and what it can do, feature by feature', async (t) => {
  const runner = started(t);
  const hello = await runner.hello();
  assert.equal(hello.type, 'hello');
  assert.equal(hello.protocol, 1);
  for (const text of [hello.runtime.name, hello.runtime.version, hello.engine.name, hello.engine.version]) assert.match(text, /./);
  assert.match(hello.platform, /^\w+-\w+$/);
  const names = 'threads memory64 shared-memory64 bulk-memory simd multi-memory agents js resizable-buffer wait-async transfer using terminate terminate-waiting large-memory';
  assert.deepEqual(Object.keys(hello.features), names.split(' '));
  for (const support of Object.values(hello.features)) assert.ok(support === true || typeof support === 'string');
  await runner.end();
});

test('the end of stdin and `bye` both end it with 0, in silence', async (t) => {
  for (const bye of [false, true]) {
    const runner = started(t);
    await runner.hello();
    await runner.run({ steps: [SIZE] });
    if (bye) runner.send({ type: 'bye' });
    assert.deepEqual(bye ? await runner.exit : await runner.end(), { code: 0, signal: null });
    await assert.rejects(runner.next());
  }
});

test('empty lines are passed over', async (t) => {
  const runner = started(t);
  await runner.hello();
  runner.write('\n \r\n\n');
  const { closing } = await runner.run({ steps: [SIZE] });
  assert.equal(closing.type, 'done');
  await runner.end();
});

test('many cases in one write are all answered', async (t) => {
  const runner = started(t);
  const hello = JSON.stringify({ type: 'hello', protocol: 1, nonce: NONCE });
  const plan = { id: 'é'.repeat(100), agents: [], needs: [], guests: [], callbacks: [], steps: [{ number: 0, agent: 'main', ...SIZE }] };
  const cases = Array.from({ length: 3000 }, (_, sequence) => JSON.stringify({ type: 'case', sequence, plan }));
  runner.write(`${[hello, ...cases].join('\n')}\n`);
  await runner.next();
  for (let sequence = 0; sequence < 3000; sequence++) {
    assert.equal((await runner.next()).result, 'skipped');
    assert.deepEqual(await runner.next(), { type: 'done', sequence, retire: false });
  }
  await runner.end();
});

test('a line that is no request makes it say so and exit', async (t) => {
  const runner = started(t);
  await runner.hello();
  runner.write('{"type":\n');
  assert.equal((await runner.next()).type, 'exiting');
  assert.equal((await runner.exit).code, 1);
});

test('an exit that nobody asked for is announced', { skip }, async (t) => {
  const runner = started(t, undefined, once('process.exit(0)'));
  await runner.hello();
  runner.run({ steps: FOREVER }).catch(() => {});
  const { code } = await runner.exit;
  assert.equal(code, 0);
  assert.ok(runner.heard.some(({ type }) => type === 'exiting'));
});

test('an error that nobody caught costs its case and no other', { skip }, async (t) => {
  const runner = started(t, undefined, once('Promise.reject(new Error("boom"))'));
  await runner.hello();
  const { closing } = await runner.run({ steps: FOREVER });
  assert.equal(closing.type, 'error');
  assert.match(closing.message, /boom/);
  const { observations } = await runner.run({ steps: [SIZE] });
  assert.deepEqual(story(observations), ['0 main skipped']);
  await runner.end();
});

test('what others print to the console is not on stdout', { skip }, async (t) => {
  const script = 'const later = setImmediate; globalThis.setImmediate = (...args) => { console.log("noise"); return later(...args); };';
  const runner = started(t, undefined, intrude(script));
  await runner.hello();
  await runner.run({ agents: ['worker'], steps: [{ op: 'turn' }, { op: 'turn', agent: 'worker' }] });
  await runner.end();
  assert.deepEqual(runner.garbage, []);
  assert.match(runner.stderr, /noise/);
});
