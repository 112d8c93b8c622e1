// Typed arrays and DataViews over buffers, and element access through them.

import { Buffer } from '../platform/index.js';
import { seenElement } from '../values/wasm.js';
import { kind } from './seen.js';

const METHODS = {
  int8: 'Int8',
  uint8: 'Uint8',
  int16: 'Int16',
  uint16: 'Uint16',
  int32: 'Int32',
  uint32: 'Uint32',
  float32: 'Float32',
  float64: 'Float64',
  'big-int64': 'BigInt64',
  'big-uint64': 'BigUint64',
};

export const viewOperations = {
  view: {
    run(step, agent) {
      const args = [agent.ref(step.buffer), ...agent.optional(step.offset, step.length)];
      agent.set(step.as, step.type === 'Buffer' ? Buffer.from(...args) : new globalThis[step.type](...args));
    },
  },
  subarray: {
    run(step, agent) {
      agent.set(step.as, agent.get(step.view).subarray(...agent.optional(step.begin, step.end)));
    },
  },
  slice: {
    run(step, agent) {
      agent.set(step.as, agent.ref(step.of).slice(...agent.optional(step.begin, step.end)));
    },
  },
  get: {
    run: (step, agent) => agent.get(step.view)[agent.value(step.index)],
    seen: (raw, step, agent) => [seenElement(kind(agent.get(step.view)), raw)],
  },
  put: {
    run(step, agent) {
      agent.get(step.view)[agent.value(step.index)] = agent.value(step.value);
    },
  },
  set: {
    run(step, agent) {
      const { view, values } = step.source;
      const source = view === undefined ? values.map((wire) => agent.value(wire)) : agent.get(view);
      agent.get(step.view).set(source, ...agent.optional(step.offset));
    },
  },
  fill: {
    run(step, agent) {
      agent.get(step.view).fill(agent.value(step.value), ...agent.optional(step.begin, step.end));
    },
  },
  'copy-within': {
    run(step, agent) {
      agent.get(step.view).copyWithin(...agent.optional(step.target, step.begin, step.end));
    },
  },
  'data-get': {
    run: (step, agent) => agent.get(step.view)[`get${METHODS[step.element]}`](agent.value(step.offset), step.little),
    seen: (raw, step) => [seenElement(step.element, raw)],
  },
  'data-put': {
    run(step, agent) {
      agent.get(step.view)[`set${METHODS[step.element]}`](agent.value(step.offset), agent.value(step.value), step.little);
    },
  },
};
