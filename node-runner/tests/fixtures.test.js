// The contract's examples: what the README calls a line of the protocol is one.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { operations } from '../lib/ops/index.js';
import { fromJs, toJs } from '../lib/values/wire.js';
import { seenAs } from '../lib/values/wasm.js';
import { Runner } from './driver.js';

const lines = (name) =>
  fs.readFileSync(new URL(`../fixtures/${name}.jsonl`, import.meta.url), 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line));

test('every operation has an example, and every example an operation', () => {
  const shown = new Set(lines('operations').map((step) => step.op));
  assert.deepEqual([...shown].sort(), Object.keys(operations).sort());
});

test('values come back from JavaScript as they went in', () => {
  for (const value of lines('values')) {
    if (['object', 'digest', 'bytes'].includes(value.type)) continue;
    const wasm = ['i32', 'i64', 'f32', 'f64'].includes(value.type);
    const { js, ...seen } = wasm ? seenAs(value.type, toJs(value)) : fromJs(toJs(value));
    assert.deepEqual(seen, value);
  }
});

test('the example session is what the runner answers', async (t) => {
  const runner = new Runner();
  t.after(() => runner.kill());
  await runner.hello();
  for (const { request, response } of lines('session')) {
    if (request?.type === 'case') runner.send(request);
    if (response) assert.deepEqual(await runner.next(), response);
  }
  assert.deepEqual(await runner.end(), { code: 0, signal: null });
});
