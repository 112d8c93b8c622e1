// Buffers of memories: which one is current, which are the same, what they say of themselves.

import { kind, method, plain } from './seen.js';

function detached(buffer) {
  if (typeof SharedArrayBuffer === 'function' && buffer instanceof SharedArrayBuffer) return false;
  if (typeof buffer.detached === 'boolean') return buffer.detached;
  try {
    new Uint8Array(buffer);
    return false;
  } catch (error) {
    if (error instanceof TypeError) return true;
    throw error;
  }
}

function keptBuffer(name) {
  return {
    run(step, agent) {
      const buffer = method(agent.get(step.memory), name);
      agent.set(step.as, buffer);
      return kind(buffer);
    },
    seen: plain,
  };
}

export const bufferOperations = {
  buffer: {
    run(step, agent) {
      const { buffer } = agent.get(step.memory);
      agent.set(step.as, buffer);
      return kind(buffer);
    },
    seen: plain,
  },
  'to-resizable': keptBuffer('toResizableBuffer'),
  'to-fixed-length': keptBuffer('toFixedLengthBuffer'),
  resize: {
    run(step, agent) {
      const buffer = agent.ref(step.buffer);
      const shared = typeof SharedArrayBuffer === 'function' && buffer instanceof SharedArrayBuffer;
      method(buffer, shared ? 'grow' : 'resize', agent.value(step.to));
    },
  },
  same: {
    run: (step, agent) => agent.ref(step.left) === agent.ref(step.right),
    seen: plain,
  },
  property: {
    run: (step, agent) => agent.ref(step.of)[step.property],
    seen: plain,
  },
  detached: {
    run: (step, agent) => detached(agent.ref(step.buffer)),
    seen: plain,
  },
};
